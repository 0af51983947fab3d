import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalQuantile } from '#shared/stats/normal-quantile.ts';
import { wilson } from '#shared/stats/wilson.ts';

test.each([
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('%i of %i, as published', (successes, trials, low, high) => {
  const interval = wilson(successes, trials, 0.95);
  expect(interval[0]).toBeCloseTo(low, 4);
  expect(interval[1]).toBeCloseTo(high, 4);
});

test('holds the share itself and stays within 0 and 1', () => {
  const counts = fc
    .integer({ min: 1, max: 5000 })
    .chain((trials) => fc.tuple(fc.integer({ min: 0, max: trials }), fc.constant(trials)));
  fc.assert(
    fc.property(counts, ([successes, trials]) => {
      const [low, high] = wilson(successes, trials, 0.95);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(low).toBeLessThanOrEqual(successes / trials);
      expect(high).toBeGreaterThanOrEqual(successes / trials);
    }),
  );
});

test('without trials nothing is known', () => {
  expect(wilson(0, 0, 0.95)).toEqual([0, 1]);
  expect(() => wilson(2, 1, 0.95)).toThrow(/successes/);
});

test('normal quantiles as tabulated', () => {
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 8);
  expect(normalQuantile(0.5)).toBeCloseTo(0, 12);
  expect(normalQuantile(0.999)).toBeCloseTo(3.090232306, 8);
  expect(normalQuantile(0.01)).toBeCloseTo(-2.326347874, 8);
  expect(() => normalQuantile(1)).toThrow(/strictly between/);
});
