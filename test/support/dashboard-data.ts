// A small country for the pages: one location for each kind of verdict, with four weeks of
// measurements behind it from which the collector judges for itself.
import type { LoadedLatency } from '#shared/model/latency.ts';
import type { DirectionResult, Flag, Measurement } from '#shared/model/measurement.ts';
import type { DashboardServer } from './dashboard-server.ts';
import { availabilityRecord, directionResult, measurementAt } from './measurements.ts';
import { seededRandom } from './seeded-random.ts';

export const BOARDS = [
  { id: '41234', name: 'Stichting De Peel' },
  { id: '40001', name: 'Vereniging voor Protestants-Christelijk Onderwijs Noord' },
];

/** By the verdict that its measurements lead to. */
export const PLACES = {
  meets: place('16SW03', '41234', 'De Peelschool', 'Boxmeer', 212),
  below: place('00AP00', '40001', "'t Noorderlicht", 'Ferwert', 58),
  intermittent: place('23KL01', '40001', 'De Wissel', 'Dokkum', 145),
  inconclusive: place('08QR02', '41234', 'Basisschool De Zoë', 'Deurne', 301),
  unfit: place('19MN00', '41234', 'Het Kompas', 'Gemert', 97),
  no_data: place('27ZZ00', '40001', 'De Stille Hoek', 'Holwerd', 33),
} as const;

function place(id: string, boardId: string, name: string, city: string, pupils: number) {
  const address = { street: 'Dorpsstraat', houseNumber: '12', postalCode: '5831CR' };
  return { id, boardId, name, city, pupils, municipality: `Gemeente ${city}`, ...address };
}

const DAY_MS = 86_400_000;
const random = seededRandom(500_40);

/** Imports the locations, enrols a device at all but one, and records what they measured. */
export async function furnish(server: DashboardServer): Promise<Record<string, string>> {
  await server.registry.importLocations(BOARDS, Object.values(PLACES));
  const devices: Record<string, string> = {};
  for (const [kind, { id }] of Object.entries(PLACES)) {
    if (kind === 'no_data') continue;
    const deviceId = await server.enrol(id, `meetkast-${id.toLowerCase()}`);
    devices[kind] = deviceId;
    await server.registry.recordContact(deviceId, {
      at: Date.now() - (kind === 'below' ? 3 * 3_600_000 : 20_000),
      agentVersion: '0.1.0',
      clockOffsetMs: 12.4,
      spool: {
        records: kind === 'below' ? 4 : 0,
        bytes: 8_214,
        droppedRecords: 0,
        corruptRecords: 0,
      },
    });
    if (kind !== 'below') server.connected.add(deviceId);
    await server.record(id, history(kind, deviceId));
    await server.record(id, watchOf(kind, deviceId));
    await server.record(id, [minuteOfProbes(deviceId, Date.now() - 900_000, kind === 'below')]);
  }
  return devices;
}

function history(kind: string, deviceId: string): Measurement[] {
  const now = Date.now();
  const days = kind === 'inconclusive' ? 3 : 27;
  return Array.from({ length: days }, (_, index) => index + 1).flatMap((daysAgo) =>
    [0, 1].map((turn) => {
      const at = now - daysAgo * DAY_MS + turn * 7 * 3_600_000 + random.next() * 1_800_000;
      return measured(kind, deviceId, Math.round(at));
    }),
  );
}

function measured(kind: string, deviceId: string, at: number): Measurement {
  if (random.next() < 0.05) return failedTest(deviceId, at);
  const flags: Flag[] = kind === 'unfit' ? ['wifi', 'high_variance'] : [];
  const isLow =
    kind === 'below' || kind === 'unfit' || (kind === 'intermittent' && random.next() < 0.4);
  // A line may jump, but one that jumps by a factor of five is taken for a faulty device.
  const low = kind === 'intermittent' ? 210 : 92;
  return quietTest(deviceId, at, isLow ? low : 520, isLow ? 28 : 42, flags);
}

/**
 * Four weeks of watching: one outage of an hour and a half, one that the location's own network was
 * to blame for, and a night in which the device was off. `below` has not been heard of for 3 hours.
 */
function watchOf(kind: string, deviceId: string): Measurement[] {
  const HOUR_MS = 3_600_000;
  const now = Date.now();
  const hours = (ago: number, length: number, report: Parameters<typeof availabilityRecord>[3]) =>
    Array.from({ length: Math.ceil(length / 6) }, (_, part) =>
      availabilityRecord(
        deviceId,
        Math.round(now - (ago - 6 * part) * HOUR_MS),
        Math.min(6, length - 6 * part) * HOUR_MS,
        report,
      ),
    );
  const last = kind === 'below' ? 3 : 0;
  return [
    ...hours(650, 300, { state: 'up' }),
    ...hours(350, 1.5, { state: 'line_down', startUncertaintyMs: 25_000 }),
    ...hours(348.5, 100.5, { state: 'up', startUncertaintyMs: 60_000, ended: 'restarted' }),
    ...hours(236, 136, { state: 'up' }),
    ...hours(100, 0.2, { state: 'local_down' }),
    ...hours(99.8, 99.8 - last, { state: 'up' }),
  ];
}

/** An hourly minute of probes; over TCP where the network lets no UDP through. */
export function minuteOfProbes(deviceId: string, at: number, isBlocked = false): Measurement {
  const { download: _down, upload: _up, ...rest } = measurementAt(deviceId, Math.round(at));
  const counts = { sent: 600, received: isBlocked ? 600 : 597, duplicates: 0, reordered: 0 };
  return {
    ...rest,
    kind: 'latency',
    protocol: isBlocked ? 'meetpunt/1' : 'stamp/rfc8762',
    latency: {
      lookups: [{ name: 'meetpunt.example.nl', ms: 4.2 }],
      reach: [{ name: 'meetnet.example.nl:443', ms: 9.8 }],
      probes: {
        transport: isBlocked ? 'tcp' : 'udp',
        ...counts,
        roundTrip: { minMs: 6.1, p50Ms: 7.4, p95Ms: 12.9, maxMs: 48.2 },
        variation: { roundTripMs: 6.8 },
        ...(isBlocked
          ? {}
          : {
              loss: {
                ...{ forward: 2, reverse: 1, unattributed: 0, share: 0.005 },
                interval: [0.0017, 0.0146],
              },
            }),
      },
    },
  };
}

/** A test on a line that is known to be quiet: in path, no other traffic. */
export function quietTest(
  deviceId: string,
  at: number,
  download: number,
  upload: number,
  flags: Flag[] = [],
): Measurement {
  return measurementAt(deviceId, at, {
    download: { ...result(download, 500), loaded: loaded(28.4, 1_450) },
    upload: { ...result(upload, 40), loaded: loaded(61.9, 870) },
    flags,
    conditions: {
      position: 'in_path',
      mode: 'check',
      agentVersion: '0.1.0',
      nodeVersion: 'v24.21.0',
      server: 'http://127.0.0.1:8081',
      crossTraffic: { beforeBytesPerS: 900, duringShare: 0.002 },
      idleLatency: { count: 20, lost: 0, minMs: 4.1, p50Ms: 4.8, p95Ms: 7.2 },
    },
  });
}

function loaded(p50Ms: number, responsivenessRpm: number): LoadedLatency {
  return {
    probes: {
      ...{ transport: 'udp', sent: 92, received: 92, duplicates: 0, reordered: 0 },
      roundTrip: { minMs: 6.2, p50Ms, p95Ms: 2 * p50Ms, maxMs: 3 * p50Ms },
    },
    responsivenessRpm,
  };
}

function result(around: number, norm: number): DirectionResult {
  const value = around * (0.98 + random.next() * 0.04);
  const half = value * (0.005 + random.next() * 0.02);
  const isPass = value >= norm * 0.98;
  return directionResult(value, {
    interval: [value - half, value + half],
    outcome: isPass ? 'pass' : 'fail',
    stoppedBy: isPass ? 'pass' : 'fail',
    // Of each test's own: a device that moves the same bytes every time is not believed.
    bytes: Math.round(value * (isPass ? 250_000 : 600_000)),
    ...(isPass ? { atLeast: true } : {}),
  });
}

function failedTest(deviceId: string, at: number): Measurement {
  const { download: _download, upload: _upload, ...rest } = quietTest(deviceId, at, 1, 1);
  const message = 'no answer within 10 s';
  return { ...rest, failure: { code: 'connect_timed_out', operation: 'connect', message } };
}
