// The compact notation of the golden cases: one line a group of tests.
//
//   d1-20 03:10 530/42 rtt=8        each day of the window's days 1 to 20, at 03:10 local time
//   w1-28 10:00 300/42              the same on Mondays to Fridays only
//   d1,3,5 03:10 !connect_refused   tests that failed
//   d0 …                            the day on whose evening the window begins
//
// DOWN/UP in Mbit/s; pass and fail follow from the norm, `?` behind a figure makes it inconclusive,
// `~` a fail that the agent called provisional, `^` one that a flag withheld, `!` bytes that cannot have
// made it. Then, in any order: flags by name; `in_path` with `busy` (others' traffic before the test, and
// its flag) or `uncounted` (no counters); `rtt=MS` (idle round trip, default 8) or `rtt=none`; `offset=MS`
// (of the clock); `calibrated=DOWN/UP` (by itself, Mbit/s); `server=NAME`; `device=NAME`; `atleast`;
// `confirming` (names the line before as what it confirms); `stuck` (the same bytes at every test).
import type { StoredMeasurement } from '#collector/series/series.ts';
import type { Failure } from '#shared/model/failure.ts';
import {
  type Conditions,
  type DirectionResult,
  type Flag,
  measurementSchema,
  QUALITY_FLAGS,
} from '#shared/model/measurement.ts';
import { type Direction, NORM_500_40, requiredMbps } from '#shared/model/norm.ts';

/** Friday; the window's first whole day, d1, is Saturday 21 February. No clock changes in it. */
export const SCENARIO_NOW = Date.parse('2026-03-20T18:00:00+01:00');
const DAY_0 = Date.parse('2026-02-20T00:00:00+01:00');
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export function measurementsOf(lines: readonly string[]): StoredMeasurement[] {
  const all: StoredMeasurement[] = [];
  let before: readonly StoredMeasurement[] = [];
  for (const line of lines) {
    const group = groupOf(line, all.length, before);
    all.push(...group);
    before = group;
  }
  return all;
}

function groupOf(
  line: string,
  count: number,
  before: readonly StoredMeasurement[],
): StoredMeasurement[] {
  const [days = '', time = '', figures = '', ...words] = line.trim().split(/\s+/);
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const known = new Set([
    ...QUALITY_FLAGS,
    'in_path',
    'busy',
    'uncounted',
    'atleast',
    'confirming',
    'stuck',
  ]);
  const unknown = words.find(
    (word) => !known.has(word) && !/^(rtt|server|device|offset|calibrated)=/.test(word),
  );
  if (unknown !== undefined) throw new Error(`'${unknown}' in '${line}' is not of the notation`);
  return daysOf(days).map((day, index) => {
    const startedAt = DAY_0 + day * DAY_MS + (hour * 60 + minute) * MINUTE_MS;
    const measurement = measurementSchema.parse({
      id: idOf(startedAt, count + index),
      deviceId: deviceOf(optionOf(words, 'device') ?? 'A'),
      kind: 'throughput',
      protocol: 'meetpunt/1',
      startedAt: new Date(startedAt).toISOString(),
      durationMs: 7000,
      conditions: conditionsOf(words),
      flags: flagsOf(words),
      ...(words.includes('confirming') ? { confirms: before[index]?.measurement.id } : {}),
      ...resultsOf(figures, words, words.includes('stuck') ? 0 : count + index),
    });
    return { measurement, locationId: '16SW03', startedAt, receivedAt: startedAt + 8000 };
  });
}

/** `d1-3,7` → 1, 2, 3, 7; `w…` keeps Mondays to Fridays (d1 is a Saturday). */
function daysOf(text: string): number[] {
  const days = text
    .slice(1)
    .split(',')
    .flatMap((part) => {
      const [from = Number.NaN, to = from] = part.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, index) => from + index);
    });
  if (days.length === 0 || days.some(Number.isNaN)) throw new Error(`'${text}' names no days`);
  return text.startsWith('w') ? days.filter((day) => (day + 6) % 7 > 1) : days;
}

function resultsOf(figures: string, words: readonly string[], extraBytes: number) {
  if (figures.startsWith('!')) {
    const failure = { code: figures.slice(1), operation: 'connect', message: 'for a golden case' };
    return { failure: failure as Failure };
  }
  const [down = '', up = ''] = figures.split('/');
  const atLeast = words.includes('atleast');
  return {
    download: directionOf(down, 'download', atLeast, extraBytes),
    upload: directionOf(up, 'upload', atLeast, extraBytes),
  };
}

function directionOf(
  figure: string,
  direction: Direction,
  atLeast: boolean,
  /** No two tests move the same bytes. */
  extraBytes: number,
): DirectionResult {
  const isTorn = figure.endsWith('!');
  const mbps = Number.parseFloat(figure);
  const passes = mbps >= requiredMbps(NORM_500_40, direction);
  const isOpen = figure.endsWith('?') || figure.endsWith('^');
  const outcome = isOpen ? 'inconclusive' : passes ? 'pass' : 'fail';
  return {
    goodput: mbps * 0.965,
    ipCapacity: mbps,
    interval: [mbps * 0.99, mbps * 1.01],
    bytes: isTorn ? 1000 : Math.round(mbps * 300_000) + extraBytes,
    outcome,
    ...(figure.endsWith('~') ? { provisional: true } : {}),
    ...(figure.endsWith('^') ? { withheld: 'fail' } : {}),
    ...(atLeast ? { atLeast } : {}),
    durationMs: 3000,
    warmUpMs: 800,
    streams: direction === 'download' ? 4 : 2,
    stoppedBy: outcome === 'inconclusive' ? 'time' : outcome,
  };
}

function conditionsOf(words: readonly string[]): Conditions {
  const rtt = optionOf(words, 'rtt') ?? '8';
  const isInPath = words.includes('in_path');
  const offset = optionOf(words, 'offset');
  const p50Ms = Number(rtt);
  const calibrated = optionOf(words, 'calibrated')?.split('/').map(Number);
  return {
    position: isInPath ? 'in_path' : 'off_path',
    mode: 'check',
    agentVersion: '0.1.0',
    nodeVersion: 'v24.21.0',
    server: `http://${optionOf(words, 'server') ?? 'meet'}.example:8081`,
    ...(offset === undefined ? {} : { clockOffsetMs: Number(offset) }),
    ...(rtt === 'none'
      ? {}
      : { idleLatency: { count: 10, lost: 0, minMs: p50Ms - 1, p50Ms, p95Ms: p50Ms + 3 } }),
    ...(calibrated === undefined
      ? {}
      : {
          calibration: {
            ...{ downloadMbps: calibrated[0] ?? 0, uploadMbps: calibrated[1] ?? 0 },
            ...{ at: '2026-01-05T10:00:00.000Z', agentVersion: '0.1.0', nodeVersion: 'v24.21.0' },
          },
        }),
    ...(isInPath && !words.includes('uncounted')
      ? {
          crossTraffic: {
            beforeBytesPerS: words.includes('busy') ? 4_000_000 : 2_000,
            duringShare: words.includes('busy') ? 0.2 : 0.001,
          },
        }
      : {}),
  };
}

function flagsOf(words: readonly string[]): Flag[] {
  const flags = QUALITY_FLAGS.filter((flag) => words.includes(flag));
  return words.includes('busy') && !flags.includes('cross_traffic')
    ? [...flags, 'cross_traffic']
    : flags;
}

function optionOf(words: readonly string[], name: string): string | undefined {
  return words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** A UUIDv7 by time and count, the same at every run. */
function idOf(at: number, count: number): string {
  const hex = at.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${count.toString(16).padStart(12, '0')}`;
}

function deviceOf(name: string): string {
  return `00000000-0000-4000-8000-${name.charCodeAt(0).toString(16).padStart(12, '0')}`;
}
