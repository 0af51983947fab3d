import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { allowance, NOTHING_SPENT, spend } from '#agent/schedule/budget.ts';

const BUDGET = { testBytes: 1_000_000_000, dayBytes: 2_000_000_000, monthBytes: 9_000_000_000 };
const START = Date.parse('2026-11-23T10:00:00Z');

test('whatever tests cost within their allowance, no day and no month is overrun', () => {
  const tests = fc.array(
    fc.record({ hours: fc.nat(40), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    {
      maxLength: 120,
    },
  );
  fc.assert(
    fc.property(tests, (moves) => {
      let [now, spent] = [START, NOTHING_SPENT];
      const days = new Map<string, number>();
      const months = new Map<string, number>();
      for (const { hours, share } of moves) {
        now += hours * 3_600_000;
        const allowed = allowance(BUDGET, spent, now);
        expect(allowed).toBeLessThanOrEqual(BUDGET.testBytes);
        const cost = Math.floor(allowed * share);
        spent = spend(spent, cost, now);
        const day = new Date(now).toISOString().slice(0, 10);
        days.set(day, (days.get(day) ?? 0) + cost);
        months.set(day.slice(0, 7), (months.get(day.slice(0, 7)) ?? 0) + cost);
      }
      expect(Math.max(0, ...days.values())).toBeLessThanOrEqual(BUDGET.dayBytes);
      expect(Math.max(0, ...months.values())).toBeLessThanOrEqual(BUDGET.monthBytes);
    }),
  );
});

test('what is left over but useless is not begun; the next day all is there again', () => {
  const spent = spend(NOTHING_SPENT, 1_900_000_000, START);
  expect(allowance(BUDGET, spent, START)).toBe(0);
  expect(allowance(BUDGET, spent, START + 24 * 3_600_000)).toBe(BUDGET.testBytes);
});
