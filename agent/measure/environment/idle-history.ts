// What this device's idle round trips to each server were in the last days, and what is usual by them:
// pure. Where it sits off path, a round trip well above that is all it can know of others' traffic.
import { z } from 'zod';
import type { Measurement } from '#shared/model/measurement.ts';
import type { EpochMs, Ms } from '#shared/model/units.ts';
import { idleBaseline } from '#shared/stats/idle-baseline.ts';

/** Probes and a test's pings take other ways through both ends, so each has a usual time of its own. */
const kindSchema = z.enum(['test', 'probes']);

const pathSchema = z.object({
  server: z.string(),
  ipVersion: z.union([z.literal(4), z.literal(6)]),
  /** Oldest first. */
  readings: z.array(z.object({ at: z.number(), kind: kindSchema, medianMs: z.number() })),
});
/** By path, the one read last at the end. */
export const idleHistorySchema = z.array(pathSchema);
export type IdleHistory = Readonly<z.infer<typeof idleHistorySchema>>;
type Path = z.infer<typeof pathSchema>;

export interface IdleReading {
  readonly server: string;
  readonly ipVersion: 4 | 6;
  readonly at: EpochMs;
  readonly kind: z.infer<typeof kindSchema>;
  readonly medianMs: Ms;
}

/** By IP version; absent where there is too little to say what is usual. */
export type UsualRoundTrip = Readonly<Partial<Record<4 | 6, Ms>>>;

/** A lasting change of route is the usual way within a week. */
const KEEP_MS = 7 * 86_400_000;
/** A week of hourly probes and eight tests a day. */
const KEEP_READINGS = 224;
const KEEP_PATHS = 8;
/** With less, the quietest that was seen may have been busy. */
const LEAST_READINGS = 12;
const LEAST_SPAN_MS = 12 * 3_600_000;

/** What a measurement says of the idle line; undefined where it has nothing to say. */
export function idleReadingOf(measurement: Measurement): IdleReading | undefined {
  const { conditions, latency, startedAt } = measurement;
  const { server, ipVersion, idleLatency } = conditions;
  if (ipVersion === undefined) return undefined;
  const path = { server, ipVersion, at: Date.parse(startedAt) };
  const { probes } = latency ?? {};
  if (probes?.roundTrip !== undefined) {
    if (2 * probes.received < probes.sent) return undefined;
    return { ...path, kind: 'probes', medianMs: probes.roundTrip.p50Ms };
  }
  if (idleLatency === undefined || 2 * idleLatency.lost > idleLatency.count) return undefined;
  return { ...path, kind: 'test', medianMs: idleLatency.p50Ms };
}

/** What is older than a week, or too much, goes. */
export function remember(history: IdleHistory, reading: IdleReading): IdleHistory {
  const { server, ipVersion, ...rest } = reading;
  const isPath = (path: Path) => path.server === server && path.ipVersion === ipVersion;
  const before = history.find(isPath)?.readings ?? [];
  const readings = [...before, rest]
    .filter((old) => isRecent(old.at, reading.at))
    .slice(-KEEP_READINGS);
  return [...history.filter((path) => !isPath(path)), { server, ipVersion, readings }].slice(
    -KEEP_PATHS,
  );
}

/**
 * The higher one of what is usual for pings and for probes: the pings that it is held against come of a
 * weak device later than probes do, and a few of them in a busy hour are no usual time.
 */
export function usualRoundTrip(history: IdleHistory, server: string, now: EpochMs): UsualRoundTrip {
  const usual: Partial<Record<4 | 6, Ms>> = {};
  for (const path of history) {
    if (path.server !== server) continue;
    const ms = usualOf(path.readings.filter(({ at }) => isRecent(at, now)));
    if (ms !== undefined) usual[path.ipVersion] = ms;
  }
  return usual;
}

function usualOf(readings: Path['readings']): Ms | undefined {
  const times = readings.map(({ at }) => at);
  if (times.length < LEAST_READINGS) return undefined;
  if (Math.max(...times) - Math.min(...times) < LEAST_SPAN_MS) return undefined;
  const of = (kind: IdleReading['kind']) =>
    idleBaseline(readings.flatMap((reading) => (reading.kind === kind ? [reading.medianMs] : [])));
  const tests = of('test');
  // Without a single test it is not known how much later than probes its pings come.
  return tests === undefined ? undefined : Math.max(tests, of('probes') ?? 0);
}

/** A clock that was set back leaves times of the future: those say nothing. */
function isRecent(at: EpochMs, now: EpochMs): boolean {
  return at <= now && now - at <= KEEP_MS;
}
