import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { idleBaseline } from '#shared/stats/idle-baseline.ts';

const times = fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 1 });

test('a tenth of the readings is at or under it, and no more than that is under it', () => {
  fc.assert(
    fc.property(times, (readings) => {
      const baseline = idleBaseline(readings) ?? Number.NaN;
      expect(readings).toContain(baseline);
      expect(readings.filter((ms) => ms <= baseline).length).toBeGreaterThanOrEqual(
        readings.length / 10,
      );
      expect(readings.filter((ms) => ms < baseline).length).toBeLessThan(readings.length / 10);
    }),
  );
});

test('the order does not matter, and what is given stays as it is', () => {
  const readings = [9, 8, 30, 8.5];
  expect(idleBaseline(readings)).toBe(8);
  expect(readings).toEqual([9, 8, 30, 8.5]);
  expect(idleBaseline([])).toBeUndefined();
  // One reading by a shorter route is no baseline.
  expect(idleBaseline([2, ...Array.from({ length: 19 }, () => 8)])).toBe(8);
});
