import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clopperPearson } from '#shared/stats/clopper-pearson.ts';

const counts = fc
  .integer({ min: 1, max: 300 })
  .chain((trials) => fc.tuple(fc.integer({ min: 0, max: trials }), fc.constant(trials)));
const confidence = fc.constantFrom(0.8, 0.9, 0.95, 0.99);

describe('published values', () => {
  test.each([
    // R's binom.test: its manual's example, and its answers for round counts.
    [682, 925, 0.95, 0.7076683, 0.7654066],
    [0, 10, 0.95, 0, 0.3084971],
    [1, 10, 0.95, 0.002528579, 0.4450161],
    [5, 10, 0.95, 0.187086, 0.812914],
    [10, 20, 0.95, 0.2719578, 0.7280422],
    [10, 10, 0.95, 0.6915029, 1],
    [95, 100, 0.95, 0.8871651, 0.9835681],
    [99, 100, 0.95, 0.9455406, 0.9997469],
    // Newcombe, Statistics in Medicine 17 (1998), table I, method 5; four digits.
    [81, 263, 0.95, 0.2527, 0.3676],
  ])('%i of %i at %f', (successes, trials, level, low, high) => {
    const interval = clopperPearson(successes, trials, level);
    const digits = low === 0.2527 ? 4 : 6;
    expect(interval[0]).toBeCloseTo(low, digits);
    expect(interval[1]).toBeCloseTo(high, digits);
  });

  test('the bounds that the verdicts hang on', () => {
    expect(clopperPearson(20, 20, 0.95)[0]).toBeCloseTo(0.025 ** (1 / 20), 12);
    expect(clopperPearson(20, 20, 0.95)[0]).toBeGreaterThan(0.8);
    expect(clopperPearson(19, 20, 0.95)[0]).toBeLessThan(0.8);
    expect(clopperPearson(24, 25, 0.95)[0]).toBeLessThan(0.8);
    expect(clopperPearson(25, 26, 0.95)[0]).toBeGreaterThan(0.8);
    expect(clopperPearson(5, 20, 0.95)[1]).toBeLessThan(0.5);
    expect(clopperPearson(6, 20, 0.95)[1]).toBeGreaterThan(0.5);
    expect(clopperPearson(14, 20, 0.95)[1]).toBeLessThan(0.9);
    expect(clopperPearson(15, 20, 0.95)[1]).toBeGreaterThan(0.9);
  });
});

describe('against sums of binomial chances', () => {
  test('at the lower bound, as many successes or more have the chance of one tail', () => {
    fc.assert(
      fc.property(counts, confidence, ([successes, trials], level) => {
        const [low] = clopperPearson(successes, trials, level);
        if (successes === 0) expect(low).toBe(0);
        else expect(atLeast(successes, trials, low)).toBeCloseTo((1 - level) / 2, 9);
      }),
      { numRuns: 500 },
    );
  });

  test('at the upper bound, as many successes or fewer have the chance of one tail', () => {
    fc.assert(
      fc.property(counts, confidence, ([successes, trials], level) => {
        const [, high] = clopperPearson(successes, trials, level);
        if (successes === trials) expect(high).toBe(1);
        else expect(1 - atLeast(successes + 1, trials, high)).toBeCloseTo((1 - level) / 2, 9);
      }),
      { numRuns: 500 },
    );
  });

  test('covers every share at least as often as it says', () => {
    for (const p of [0.05, 0.31, 0.5, 0.8, 0.9, 0.97]) {
      for (const trials of [5, 20, 28, 60]) {
        let covered = 0;
        for (let successes = 0; successes <= trials; successes += 1) {
          const [low, high] = clopperPearson(successes, trials, 0.95);
          if (low <= p && p <= high) {
            covered += atLeast(successes, trials, p) - atLeast(successes + 1, trials, p);
          }
        }
        expect(covered).toBeGreaterThanOrEqual(0.95);
      }
    }
  });
});

test('one more success raises both bounds, one more failure lowers both', () => {
  fc.assert(
    fc.property(counts, confidence, ([successes, trials], level) => {
      const [low, high] = clopperPearson(successes, trials, level);
      const [lowUp, highUp] = clopperPearson(successes + 1, trials + 1, level);
      const [lowDown, highDown] = clopperPearson(successes, trials + 1, level);
      expect(lowUp).toBeGreaterThanOrEqual(low);
      expect(highUp).toBeGreaterThanOrEqual(high);
      expect(lowDown).toBeLessThanOrEqual(low);
      expect(highDown).toBeLessThanOrEqual(high);
    }),
  );
});

test('without trials nothing is known; counts that cannot be are refused by name', () => {
  expect(clopperPearson(0, 0, 0.95)).toEqual([0, 1]);
  expect(() => clopperPearson(3, 2, 0.95)).toThrow(/successes .* 0 to 2, got 3/);
  expect(() => clopperPearson(-1, 2, 0.95)).toThrow(/successes/);
  expect(() => clopperPearson(1, 2.5, 0.95)).toThrow(/trials .* got 2.5/);
  expect(() => clopperPearson(1, 2, 95)).toThrow(/confidence .* got 95/);
});

/** P(X ≥ successes), summed term by term from the largest. */
function atLeast(successes: number, trials: number, p: number): number {
  if (successes <= 0) return 1;
  const terms: number[] = [];
  let logChoose = 0;
  for (let k = 0; k <= trials; k += 1) {
    if (k > 0) logChoose += Math.log((trials - k + 1) / k);
    const log = logChoose + k * Math.log(p) + (trials - k) * Math.log1p(-p);
    if (k >= successes) terms.push(Math.exp(log));
  }
  return terms.sort((a, b) => a - b).reduce((sum, term) => sum + term, 0);
}
