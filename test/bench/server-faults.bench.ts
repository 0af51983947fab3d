// How long the look for faults of measure servers takes with the whole country on one server:
// `node test/bench/server-faults.bench.ts [locations]`. Reading the store is not in it. Prints,
// asserts nothing.
import { createCalendar } from '#collector/assessment/calendar.ts';
import { decideFaults } from '#collector/assessment/servers/decide-faults.ts';
import { readingOf } from '#collector/assessment/servers/reading.ts';
import { ReadingLog } from '#collector/assessment/servers/reading-log.ts';
import type { StoredMeasurement } from '#collector/series/series.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { directionResult, measurementAt } from '#test/support/measurements.ts';
import { seededRandom } from '#test/support/seeded-random.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Local hours of a day's four tests: one in the quiet hours, three in school hours. */
const HOURS = [1, 8, 11, 14];
const SERVER = 'http://meet.example:8081';
const END = Date.parse('2026-03-20T00:00:00Z');
const DAYS = 35;
/** The server is short for an hour of the last night. */
const SHORT_FROM = END - DAY_MS + 1.5 * HOUR_MS;

const locations = Number(process.argv[2] ?? 9000);
const random = seededRandom(1);
const calendar = createCalendar(NORM_500_40.timeZone);
const base = measurementAt('3f0c8f5e-54a0-4b8e-9d43-6a1f0a4b8f11', END);
const log = new ReadingLog();

function stored(location: number, startedAt: number): StoredMeasurement {
  const isShort = startedAt >= SHORT_FROM && startedAt < SHORT_FROM + HOUR_MS;
  const speed = (location % 100 === 0 ? 200 : 525) * (random.next() < 0.03 ? 0.6 : 1);
  return {
    locationId: String(location),
    ...{ startedAt, receivedAt: startedAt },
    measurement: {
      ...base,
      deviceId: String(location),
      download: directionResult(isShort ? Math.min(speed, 150) : speed),
      conditions: { ...base.conditions, server: SERVER },
    },
  };
}

const before = process.memoryUsage().heapUsed;
let tests = 0;
let addedMs = 0;
for (let day = DAYS; day >= 1; day -= 1) {
  for (const hour of HOURS) {
    const hours = hour === 1 ? 3 : 2;
    for (let location = 0; location < locations; location += 1) {
      const at = END - day * DAY_MS + (hour + random.next() * hours) * HOUR_MS;
      const record = stored(location, Math.round(at));
      const start = systemClock.monotonicMs();
      const reading = readingOf(record, calendar, NORM_500_40);
      if (reading !== undefined) log.add(reading);
      addedMs += systemClock.monotonicMs() - start;
      tests += 1;
    }
  }
}
globalThis.gc?.();
const heapMb = (process.memoryUsage().heapUsed - before) / 1e6;
console.log(
  `${locations} locations, ${tests} tests of ${DAYS} days: added in ${(addedMs / 1000).toFixed(2)} s ` +
    `(${((addedMs * 1000) / tests).toFixed(1)} µs a test), ${heapMb.toFixed(0)} MB`,
);
for (const round of ['first', 'second', 'third'] as const) {
  for (const direction of ['download', 'upload'] as const) {
    const start = systemClock.monotonicMs();
    const comparisons = log.comparisons(SERVER, direction, END - 7 * DAY_MS);
    const middle = systemClock.monotonicMs();
    const faults = decideFaults(SERVER, direction, comparisons);
    const end = systemClock.monotonicMs();
    console.log(
      `${round} look, ${direction}: ${comparisons.length} tests compared in ${(middle - start).toFixed(0)} ms, ` +
        `decided in ${(end - middle).toFixed(0)} ms, ${faults.length} fault(s)`,
    );
    if (round === 'first') for (const fault of faults) console.log(' ', describe(fault));
  }
}

function describe(fault: ReturnType<typeof decideFaults>[number]): string {
  const [from, to] = [fault.from, fault.to].map((at) => new Date(at).toISOString().slice(11, 19));
  return `${from} to ${to}: ${fault.fallen} of ${fault.lines} lines fell, usual ${fault.usualRate.toFixed(3)}`;
}
