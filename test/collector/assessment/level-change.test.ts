// A change of level: what holds of any readings, how often chance is taken for one, and how soon one
// is seen. Boundaries are golden cases in test/scenarios/change.json.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newestLevelChange, type Reading } from '#collector/assessment/level-change.ts';
import type { Random } from '#shared/runtime/random.ts';
import { gauss } from '#test/fleet/true-line.ts';
import { seededRandom } from '#test/support/seeded-random.ts';

const DAY_MS = 86_400_000;
/** Two a night, as the usual plan has it. */
const readingsOf = (rates: readonly number[]): Reading[] =>
  rates.map((ipCapacity, index) => ({
    startedAt: Math.floor(index / 2) * DAY_MS + (index % 2) * 3_600_000,
    day: Math.floor(index / 2),
    ipCapacity,
  }));
const noisy = (random: Random, level: number, noise: number) =>
  level * Math.max(0.01, 1 + noise * gauss(random));

describe('of any readings', () => {
  const rates = fc.array(fc.double({ min: 1, max: 1000, noNaN: true }), { maxLength: 80 });

  test('a change has enough tests on either side and says their medians', () => {
    const stepped = fc
      .tuple(rates, fc.double({ min: 0.05, max: 0.8, noNaN: true }), fc.nat(80))
      .map(([all, factor, at]) =>
        all.map((_, i) => (i < at ? 500 + (i % 7) : factor * 500 + (i % 5))),
      );
    fc.assert(
      fc.property(fc.oneof(rates, stepped), (all) => {
        const readings = readingsOf(all);
        const change = newestLevelChange(readings);
        if (change === undefined) return;
        const later = readings.filter(({ startedAt }) => startedAt >= change.at);
        expect(later).toHaveLength(change.testsAfter);
        expect(change.testsAfter).toBeGreaterThanOrEqual(6);
        expect(change.testsBefore).toBeGreaterThanOrEqual(6);
        const most = Math.max(change.before, change.after);
        expect(Math.abs(change.after - change.before)).toBeGreaterThanOrEqual(0.1 * most);
      }),
      { numRuns: 500 },
    );
  });

  test('is the same whatever unit the readings are in', () => {
    fc.assert(
      fc.property(rates, (all) => {
        const change = newestLevelChange(readingsOf(all));
        const doubled = newestLevelChange(readingsOf(all.map((rate) => 2 * rate)));
        expect(doubled?.at).toBe(change?.at);
        expect(doubled?.after).toBe(change === undefined ? undefined : 2 * change.after);
      }),
    );
  });

  test('a constant line and one wild reading are no change', () => {
    fc.assert(
      fc.property(fc.nat(55), fc.double({ min: 1, max: 5000, noNaN: true }), (at, wild) => {
        const all = Array.from({ length: 56 }, (_, index) => (index === at ? wild : 525));
        expect(newestLevelChange(readingsOf(all))).toBeUndefined();
      }),
    );
  });
});

test.each([0.02, 0.08, 0.2, 0.4])(
  'chance alone: at most 3 in 2,000 windows at a noise of %d',
  (noise) => {
    const random = seededRandom(1945);
    let alarms = 0;
    for (let line = 0; line < 2000; line += 1) {
      const all = Array.from({ length: 56 }, () => noisy(random, 400, noise));
      if (newestLevelChange(readingsOf(all)) !== undefined) alarms += 1;
    }
    expect(alarms).toBeLessThanOrEqual(3);
  },
);

test.each([
  // [level after, noise, most nights until half of the lines' changes are seen, and nine in ten]
  [300, 0.03, 3, 3],
  [420, 0.03, 3, 4],
  [300, 0.15, 4, 5],
])('a fall from 525 to %d at a noise of %d is seen within nights', (after, noise, half, most) => {
  const random = seededRandom(1947);
  const delays = Array.from({ length: 200 }, () => {
    const before = Array.from({ length: 36 }, () => noisy(random, 525, noise));
    const since: number[] = [];
    while (since.length < 40) {
      since.push(noisy(random, after, noise), noisy(random, after, noise));
      const change = newestLevelChange(readingsOf([...before, ...since]));
      if (change !== undefined && Math.abs(change.testsAfter - since.length) <= 2) break;
    }
    return since.length / 2;
  }).sort((a, b) => a - b);
  expect(delays[99]).toBeLessThanOrEqual(half);
  expect(delays[179]).toBeLessThanOrEqual(most);
});
