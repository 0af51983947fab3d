import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs, UPLINK_BACKOFF } from '#shared/runtime/backoff.ts';
import { seededRandom } from '#test/support/seeded-random.ts';

test('a wait lies between nothing and the doubled base, and never above the cap', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(), (attempt, seed) => {
      const wait = backoffMs(UPLINK_BACKOFF, attempt, seededRandom(seed));
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(
        Math.min(UPLINK_BACKOFF.capMs, 1000 * 2 ** Math.min(attempt, 30)),
      );
    }),
  );
});

test('agents that lost the collector together come back spread over the whole cap', () => {
  const random = seededRandom(7);
  const waits = Array.from({ length: 9000 }, () => backoffMs(UPLINK_BACKOFF, 12, random));
  const perTenth = Array.from(
    { length: 10 },
    (_, tenth) => waits.filter((wait) => Math.floor(wait / 30_000) === tenth).length,
  );
  expect(Math.min(...perTenth)).toBeGreaterThan(800);
  expect(Math.max(...perTenth)).toBeLessThan(1000);
});
