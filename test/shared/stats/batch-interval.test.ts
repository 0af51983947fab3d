import { expect, test } from 'vitest';
import { confidenceAtLook, intervalOf, summariseBatches } from '#shared/stats/batch-interval.ts';
import { normalQuantile, studentTQuantile } from '#shared/stats/student-t.ts';
import { seededRandom } from '#test/support/seeded-random.ts';

// Published tables of Student's t.
test.each([
  [0.975, 1, 12.706],
  [0.975, 2, 4.303],
  [0.975, 3, 3.182],
  [0.975, 4, 2.776],
  [0.975, 9, 2.262],
  [0.975, 30, 2.042],
  [0.995, 3, 5.841],
  [0.995, 5, 4.032],
  [0.999, 4, 7.173],
  [0.9995, 3, 12.924],
  [0.9995, 10, 4.587],
])('t quantile at %d with %d degrees of freedom is %d', (p, df, expected) => {
  expect(Math.abs(studentTQuantile(p, df) / expected - 1)).toBeLessThan(0.002);
});

test('the normal quantile agrees with its table', () => {
  expect(normalQuantile(0.975)).toBeCloseTo(1.959964, 6);
  expect(normalQuantile(0.001)).toBeCloseTo(-3.090232, 6);
});

test('the looks of a sequential test spend no more error than one test has', () => {
  const spent = Array.from({ length: 10_000 }, (_, i) => 1 - confidenceAtLook(0.95, i + 1));
  expect(spent.reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(0.05);
});

test('the interval holds the true mean about as often as it says', () => {
  const random = seededRandom(11);
  const gauss = () => normalQuantile(Math.min(1 - 1e-9, Math.max(1e-9, random.next())));
  let held = 0;
  for (let run = 0; run < 2000; run += 1) {
    const batches = Array.from({ length: 8 }, () => 500 * (1 + 0.05 * gauss()));
    const [low, high] = intervalOf(summariseBatches(batches), 0.95);
    if (low <= 500 && 500 <= high) held += 1;
  }
  expect(held / 2000).toBeGreaterThan(0.93);
});

test('batches that hang together widen the interval', () => {
  const apart = [500, 510, 490, 505, 495, 508, 492, 500];
  const together = [490, 492, 495, 500, 500, 505, 508, 510];
  expect(summariseBatches(together).standardError).toBeGreaterThan(
    summariseBatches(apart).standardError * 1.3,
  );
});

test('18 looks, each with a tenth of the error, err to one side less than one look may', () => {
  const random = seededRandom(3);
  const gauss = () => normalQuantile(Math.min(1 - 1e-9, Math.max(1e-9, random.next())));
  let passed = 0;
  for (let run = 0; run < 4000; run += 1) {
    const batches = Array.from({ length: 20 }, () => 490 * (1 + 0.02 * gauss()));
    const isPassed = Array.from({ length: 18 }, (_, i) => i + 1).some((look) => {
      const summary = summariseBatches(batches.slice(0, look + 2));
      return intervalOf(summary, confidenceAtLook(0.95, look, 0.1))[0] > 490;
    });
    if (isPassed) passed += 1;
  }
  expect(passed / 4000).toBeLessThan(0.025);
});
