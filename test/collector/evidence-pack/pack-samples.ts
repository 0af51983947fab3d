// A location with evidence for a pack: from a seed, so the same every time, ids and bytes too.
import { assess } from '#collector/assessment/assess.ts';
import { createCalendar } from '#collector/assessment/calendar.ts';
import { locationVerdict } from '#collector/assessment/location-verdict.ts';
import { toEvidence } from '#collector/assessment/to-evidence.ts';
import type { LineInput, PackInput } from '#collector/evidence-pack/pack.ts';
import type { StoredMeasurement } from '#collector/series/series.ts';
import type { Line } from '#shared/model/line.ts';
import type { DirectionResult, Flag, Measurement } from '#shared/model/measurement.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import type { Random } from '#shared/runtime/random.ts';
import { directionResult, measurementAt } from '#test/support/measurements.ts';
import { seededRandom } from '#test/support/seeded-random.ts';

export const DAY_MS = 86_400_000;
export const NOW = Date.parse('2026-03-20T11:00:00Z');
const DEVICES = ['3f0c8f5e-54a0-4b8e-9d43-6a1f0a4b8f11', '4f0c8f5e-54a0-4b8e-9d43-6a1f0a4b8f22'];
const LINE: Line = {
  ...{ id: '0b9f8a52-7a0a-4a61-93a5-5c6f3c3d1a01', locationId: '16SW03', name: 'hoofdlijn' },
  ...{ role: 'main', kind: 'copper', provider: 'Kabel & Zoon B.V.' },
  ...{ contractedDownMbps: 100, contractedUpMbps: 30 },
  ...{ createdAt: NOW - 400 * DAY_MS, endedAt: null },
};
const BACKUP: Line = {
  ...{ id: '1c9f8a52-7a0a-4a61-93a5-5c6f3c3d1a02', locationId: '16SW03', name: '4G' },
  ...{ role: 'backup', kind: 'mobile', createdAt: NOW - 300 * DAY_MS, endedAt: null },
};

export interface SampleOptions {
  readonly seed?: number;
  readonly days?: number;
  /** At night, at noon, at night and so on. */
  readonly testsPerDay?: number;
  /** What the line carries, Mbit/s. */
  readonly down?: number;
  readonly up?: number;
  readonly hasBackup?: boolean;
  /** Share of tests with something wrong. */
  readonly spoilt?: number;
}

export function packSample(options: SampleOptions = {}): PackInput {
  const { seed = 1, hasBackup = false, days = 28 } = options;
  const random = seededRandom(seed);
  const lines = [LINE, ...(hasBackup ? [BACKUP] : [])].map((line, index) =>
    lineInput(line, DEVICES[index] ?? '', options, random),
  );
  const judged = lines.flatMap(({ line, judged: of }) =>
    of === undefined ? [] : [{ line, verdict: of.verdict }],
  );
  const verdict = locationVerdict(judged, NORM_500_40, NOW);
  return {
    location: {
      ...{ id: '16SW03', boardId: '41234', name: 'Basisschool De Zoë' },
      ...{ street: 'Dorpsstraat', houseNumber: '12', postalCode: '5831CR', city: 'Boxmeer' },
      ...{ municipality: 'Land van Cuijk', pupils: 143, pupilsMargin: 8 },
    },
    board: { id: '41234', name: 'Stichting De Peel' },
    lines,
    norm: NORM_500_40,
    verdict,
    reproduction: { result: 'reproduced', notes: [] },
    period: { from: NOW - Math.max(28, days) * DAY_MS, to: NOW },
    madeAt: NOW,
    collectorVersion: '0.1.0',
  };
}

function lineInput(line: Line, device: string, options: SampleOptions, random: Random): LineInput {
  const { days = 28, testsPerDay = 4 } = options;
  const measurements: StoredMeasurement[] = [];
  for (let day = days - 1; day >= 0; day -= 1) {
    for (let index = 0; index < testsPerDay; index += 1) {
      const hour = index % 2 === 0 ? 1 + (index / 2) * 0.3 : 11 + index * 0.3;
      const at = Math.round(NOW - (NOW % DAY_MS) - day * DAY_MS + hour * 3_600_000);
      if (at < NOW) measurements.push(stored(sampleTest(device, at, options, random)));
    }
  }
  const calendar = createCalendar(NORM_500_40.timeZone);
  const context = { calendar, devices: [{ id: device, lastSignAt: NOW }], plannedPerDay: 1 };
  const window = measurements.filter(({ startedAt }) => startedAt >= NOW - 28 * DAY_MS);
  const evidence = toEvidence(window, context, NORM_500_40);
  return {
    ...{ line, measurements, inPeriod: toEvidence(measurements, context, NORM_500_40) },
    devices: [{ id: device, position: 'off_path', enrolledAt: NOW - 200 * DAY_MS }],
    judged: { evidence, verdict: assess(evidence, NORM_500_40, NOW) },
  };
}

function sampleTest(
  device: string,
  at: number,
  { down = 96, up = 41, spoilt = 0.25 }: SampleOptions,
  random: Random,
): Measurement {
  const isNight = new Date(at).getUTCHours() < 5;
  const result = (rate: number, norm: number): DirectionResult => {
    const ipCapacity = Math.round(rate * (0.97 + 0.05 * random.next()) * 100) / 100;
    const isPass = ipCapacity >= norm * 0.98;
    return {
      ...directionResult(ipCapacity),
      ...{ goodput: Math.round(ipCapacity * 96.5) / 100, outcome: isPass ? 'pass' : 'fail' },
      interval: [Math.round(ipCapacity * 99) / 100, Math.round(ipCapacity * 101) / 100],
      ...{ bytes: Math.round(ipCapacity * 300_000) + Math.floor(random.next() * 1000) },
      ...(isPass ? { atLeast: true } : {}),
      ...(!isPass && ipCapacity > norm * 0.8 ? { provisional: true } : {}),
    };
  };
  const made = measurementAt(device, at, {
    id: idAt(at, random),
    ...{ download: result(isNight ? down : down * 0.8, 500), upload: result(up, 40) },
  });
  const p50Ms = 8 + (random.next() < 0.1 ? 6 : random.next());
  const idleLatency = { count: 10, lost: 0, minMs: 7, p50Ms, p95Ms: 16 };
  const test = { ...made, conditions: { ...made.conditions, idleLatency } };
  return random.next() < spoilt ? spoil(test, random) : test;
}

function spoil(test: Measurement, random: Random): Measurement {
  const flags: readonly Flag[] = ['cpu_limited', 'wifi', 'server_limited', 'clock_unsynced'];
  const { download, upload: _, ...rest } = test;
  const choice = Math.floor(random.next() * 7);
  if (choice < 4) return { ...test, flags: [flags[choice] as Flag] };
  if (choice === 4) {
    const failure = { code: 'connection_reset', operation: 'upload', message: '192.0.2.7 closed' };
    return { ...rest, ...(download && { download }), failure: failure as Measurement['failure'] };
  }
  if (choice === 5) {
    const failure = { code: 'connect_timed_out', operation: 'connect', message: 'no answer' };
    return { ...rest, failure: failure as Measurement['failure'] };
  }
  return { ...test, ...(download && { download: { ...download, outcome: 'inconclusive' } }) };
}

function idAt(at: number, random: Random): string {
  const hex = Buffer.from(random.bytes(10)).toString('hex');
  const time = at.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-8${hex.slice(3, 6)}-${hex.slice(6, 18)}`;
}

function stored(measurement: Measurement): StoredMeasurement {
  const startedAt = Date.parse(measurement.startedAt);
  return { measurement, locationId: '16SW03', startedAt, receivedAt: startedAt + 7000 };
}
