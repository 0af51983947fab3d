import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Comparison, decideFaults } from '#collector/assessment/servers/decide-faults.ts';
import { HOUR_MS, NIGHT, SERVER } from './lines.ts';

const MINUTE_MS = 60_000;

function compared(line: number, minute: number, hasFallen: boolean, usualRate = 0.05): Comparison {
  const startedAt = NIGHT + minute * MINUTE_MS;
  return { locationId: `00AA${line}`, startedAt, hasFallen, usualRate };
}

const decide = (comparisons: readonly Comparison[]) =>
  decideFaults(SERVER, 'download', comparisons);

/** Five steady lines that fall within an hour, and what is around them. */
const FIVE = [1, 2, 3, 4, 5].map((line) => compared(line, 60 + line * 10, true));

test('five lines that fall together are a fault, from the first to the last of them', () => {
  expect(decide(FIVE)).toEqual([
    {
      server: SERVER,
      direction: 'download',
      // Ten minutes more on either side: tests of lines without a habit.
      from: NIGHT + 60 * MINUTE_MS,
      to: NIGHT + 120 * MINUTE_MS,
      lines: 5,
      fallen: 5,
      usualRate: expect.closeTo(0.05),
    },
  ]);
});

test('a test that did well ends it', () => {
  const [fault] = decide([compared(6, 67, false), ...FIVE, compared(7, 111, false)]);
  expect(fault).toMatchObject({
    from: NIGHT + 67 * MINUTE_MS + 1,
    to: NIGHT + 111 * MINUTE_MS - 1,
    lines: 5,
  });
});

describe('is none', () => {
  test('of four lines, however often they are tested', () => {
    const tests = Array.from({ length: 80 }, (_, index) => compared(index % 4, index, true));
    expect(decide(tests)).toEqual([]);
  });

  test('of five among many that did well meanwhile', () => {
    const others = Array.from({ length: 20 }, (_, index) =>
      compared(10 + index, 60 + index * 3, false),
    );
    expect(decide([...FIVE, ...others])).toEqual([]);
  });

  test('of lines that come and go by habit', () => {
    expect(decide(FIVE.map((each) => ({ ...each, usualRate: 0.3 })))).toEqual([]);
  });

  test('over a silence of more than six hours', () => {
    const apart = FIVE.map((each, index) =>
      index < 3 ? each : { ...each, startedAt: each.startedAt + 7 * HOUR_MS },
    );
    expect(decide(apart)).toEqual([]);
  });
});

test('a short server is found by the lines that are fast enough to see it, and all their tests', () => {
  const scene = fc.record({
    lines: fc.integer({ min: 10, max: 60 }),
    from: fc.integer({ min: 0, max: 200 }),
    lasts: fc.integer({ min: 60, max: 100 }),
    /** One line in so many is slower than what the server still carries. */
    slowEvery: fc.integer({ min: 4, max: 12 }),
    /** One test in so many falls anyway. */
    fallsEvery: fc.integer({ min: 30, max: 90 }),
  });
  fc.assert(
    fc.property(scene, ({ lines, from, lasts, slowEvery, fallsEvery }) => {
      const isShortAt = (at: number) =>
        at >= NIGHT + from * MINUTE_MS && at <= NIGHT + (from + lasts) * MINUTE_MS;
      const tests = Array.from({ length: lines * 10 }, (_, index) => {
        const line = index % lines;
        const minute = (index * 300) / (lines * 10);
        const isShort = isShortAt(NIGHT + minute * MINUTE_MS);
        const hasFallen = isShort ? line % slowEvery !== 0 : index % fallsEvery === 0;
        return compared(line, minute, hasFallen);
      });
      const faults = decide(tests);
      const missed = tests.filter(
        ({ startedAt, hasFallen }) =>
          hasFallen &&
          isShortAt(startedAt) &&
          !faults.some((fault) => fault.from <= startedAt && startedAt <= fault.to),
      );
      expect(missed).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

const anyComparison = fc
  .record({
    line: fc.nat(12),
    minute: fc.nat(1_500),
    hasFallen: fc.boolean(),
    usualRate: fc.double({ min: 0.05, max: 0.5, noNaN: true }),
  })
  .map(({ line, minute, hasFallen, usualRate }) => compared(line, minute, hasFallen, usualRate));

test('the order in which tests are given never matters', () => {
  const shuffled = fc
    .array(anyComparison, { maxLength: 120 })
    .chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
  fc.assert(
    fc.property(shuffled, ([all, other]) => {
      expect(decide(other)).toEqual(decide(all));
    }),
    { numRuns: 300 },
  );
});

test('no four lines make a fault, whatever they do among others that do well', () => {
  const bad = fc
    .array(anyComparison, { maxLength: 80 })
    .map((all) =>
      all.map((each, index) => ({ ...each, hasFallen: true, locationId: `bad ${index % 4}` })),
    );
  const good = fc
    .array(anyComparison, { maxLength: 80 })
    .map((all) => all.map((each) => ({ ...each, hasFallen: false })));
  fc.assert(
    fc.property(bad, good, (fallen, well) => {
      expect(decide([...fallen, ...well])).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('faults are in order, apart, and each has enough fallen lines of its own', () => {
  fc.assert(
    fc.property(fc.array(anyComparison, { minLength: 40, maxLength: 200 }), (all) => {
      const faults = decide(all);
      for (const [index, fault] of faults.entries()) {
        expect(fault.to).toBeGreaterThanOrEqual(fault.from);
        expect(fault.fallen).toBeGreaterThanOrEqual(5);
        expect(fault.fallen).toBeGreaterThanOrEqual(fault.lines / 3);
        const fallenWithin = new Set(
          all
            .filter(
              (each) =>
                each.hasFallen && each.startedAt >= fault.from && each.startedAt <= fault.to,
            )
            .map(({ locationId }) => locationId),
        );
        expect(fallenWithin.size).toBeGreaterThanOrEqual(fault.fallen);
        const next = faults[index + 1];
        if (next !== undefined) expect(next.from).toBeGreaterThan(fault.from);
      }
    }),
    { numRuns: 200 },
  );
});

test('chance alone makes next to none: a year of a hundred lines that fall one time in twenty', () => {
  let state = 12_345;
  const uniform = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const tests = Array.from({ length: 100 * 4 * 365 }, (_, index) =>
    compared(index % 100, (index * 1_440) / 400, uniform() < 0.05),
  );
  expect(decide(tests).length).toBeLessThanOrEqual(1);
});
