import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideFaults } from '#collector/assessment/servers/decide-faults.ts';
import type { ServerReading } from '#collector/assessment/servers/reading.ts';
import { ReadingLog } from '#collector/assessment/servers/reading-log.ts';
import { typicalOf } from '#collector/assessment/servers/typical.ts';
import { DAY_MS, HOUR_MS, habitOf, NIGHT, readingAt, SERVER } from './lines.ts';

function logOf(readings: readonly ServerReading[]): ReadingLog {
  const log = new ReadingLog();
  for (const reading of readings) log.add(reading);
  return log;
}

test('typical is the median, with the share that falls from it and half a fall more', () => {
  expect(typicalOf([500, 510, 520, 530])).toBeUndefined();
  expect(typicalOf([530, 500, 520, 510, 100])).toEqual({ median: 510, usualRate: 0.25 });
  expect(typicalOf([530, 500, 520, 510, 540, 550])).toEqual({ median: 525, usualRate: 0.5 / 7 });
  expect(typicalOf(Array(40).fill(500))?.usualRate).toBe(0.05);
  expect(typicalOf([1, 1, 1, 500, 500, 500])?.usualRate).toBe(0.5);
});

test('a reading is held against those of the same series before it, of 28 days', () => {
  const old = habitOf(1, 5).map((each) => ({ ...each, startedAt: each.startedAt - 27 * DAY_MS }));
  const before = habitOf(2, 5, 600);
  const at = NIGHT + HOUR_MS;
  const log = logOf([...old, ...before, readingAt(1, at, 200), readingAt(2, at, 481)]);
  const compared = () => log.comparisons(SERVER, 'download', NIGHT);
  expect(compared().map(({ locationId }) => locationId)).toEqual(['00AA02']);
  log.add(readingAt(3, at, 200));
  expect(compared()).toHaveLength(1);
  for (const each of habitOf(3, 5, 600)) log.add(each);
  expect(compared().map(({ locationId, hasFallen }) => [locationId, hasFallen])).toEqual([
    ['00AA02', false],
    ['00AA03', true],
  ]);
});

test('it fell when it is no pass and at least a fifth lower', () => {
  const at = NIGHT + HOUR_MS;
  const fellFrom = (typical: number, reading: number) => {
    const log = logOf([...habitOf(1, 14, typical), readingAt(1, at, reading)]);
    return log.comparisons(SERVER, 'download', NIGHT).map(({ hasFallen }) => hasFallen);
  };
  expect(fellFrom(600, 480)).toEqual([true]);
  expect(fellFrom(600, 481)).toEqual([false]);
  expect(fellFrom(940, 495)).toEqual([false]);
  expect(fellFrom(100, 79)).toEqual([true]);
});

const scene = fc
  .array(
    fc.record({
      line: fc.nat(7),
      hour: fc.integer({ min: -900, max: 24 }),
      download: fc.integer({ min: 50, max: 600 }),
    }),
    { maxLength: 150 },
  )
  .map((all) => [
    ...Array.from({ length: 8 }, (_, line) => habitOf(line, 12)).flat(),
    ...all.map(({ line, hour, download }) => readingAt(line, NIGHT + hour * HOUR_MS, download)),
  ])
  // A device starts one test at a time.
  .map((all) => [
    ...new Map(all.map((each) => [`${each.series} ${each.startedAt}`, each])).values(),
  ]);

test('in whatever order readings come, also twice and asked for in between, it says the same', () => {
  fc.assert(
    fc.property(
      scene.chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
      ),
      ([all, shuffled]) => {
        const inOrder = logOf(all.toSorted((a, b) => a.startedAt - b.startedAt));
        const other = new ReadingLog();
        for (const [index, reading] of shuffled.entries()) {
          other.add(reading);
          if (index % 9 === 0) other.comparisons(SERVER, 'download', NIGHT - 30 * DAY_MS);
          if (index % 7 === 0) other.add(reading);
        }
        for (const direction of ['download', 'upload'] as const) {
          const faults = (log: ReadingLog) =>
            decideFaults(SERVER, direction, log.comparisons(SERVER, direction, NIGHT - 7 * DAY_MS));
          expect(faults(other)).toEqual(faults(inOrder));
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('what is pruned is forgotten, and the rest stands', () => {
  const at = NIGHT + HOUR_MS;
  const log = logOf([...habitOf(1, 14), readingAt(1, at, 200), ...habitOf(2, 14)]);
  expect(log.takeTouched()).toEqual([SERVER]);
  expect(log.takeTouched()).toEqual([]);
  expect(log.locationsWithin(SERVER, at, at)).toEqual(['00AA01']);
  log.prune(NIGHT - 6 * DAY_MS);
  expect(log.comparisons(SERVER, 'download', NIGHT)).toMatchObject([{ hasFallen: true }]);
  log.prune(NIGHT);
  expect(log.locationsWithin(SERVER, 0, at)).toEqual(['00AA01']);
  log.prune(at + 1);
  expect(log.locationsWithin(SERVER, 0, at)).toEqual([]);
});
