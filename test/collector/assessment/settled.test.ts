// What holds of a location's history: changes count after a day, whatever the order they are told in.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unjudged } from '#collector/assessment/assess.ts';
import { SETTLES_AFTER_MS, settledVerdict } from '#collector/assessment/settled.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { OUTCOMES, type Outcome, type Verdict } from '#shared/model/verdict.ts';

const HOUR_MS = 3_600_000;
const START = Date.parse('2026-03-02T03:00:00Z');

function given(hour: number, outcome: Outcome, normVersion = 'a'): Verdict {
  const judgedAt = new Date(START + hour * HOUR_MS).toISOString();
  return { ...unjudged(NORM_500_40, START), outcome, normVersion, judgedAt };
}
const at = (hour: number) => START + hour * HOUR_MS;

test('nothing is settled of nothing', () => {
  expect(settledVerdict([], at(0))).toEqual({});
});

test('the first verdict holds after 24 hours, not a millisecond before', () => {
  const history = [given(0, 'below')];
  expect(settledVerdict(history, at(24) - 1)).toEqual({
    pending: { verdict: history[0], settlesAt: at(24) },
  });
  expect(settledVerdict(history, at(24))).toEqual({ settled: history[0], since: at(0) });
});

test('a change waits beside what was settled before', () => {
  const history = [given(0, 'meets'), given(100, 'below')];
  expect(settledVerdict(history, at(110))).toEqual({
    settled: history[0],
    since: at(0),
    pending: { verdict: history[1], settlesAt: at(124) },
  });
  expect(settledVerdict(history, at(124)).settled).toBe(history[1]);
});

test('a change that goes back in time never held', () => {
  const history = [given(0, 'meets'), given(100, 'below'), given(110, 'meets')];
  const found = settledVerdict(history, at(120));
  expect(found.settled?.outcome).toBe('meets');
  expect(found.pending).toBeUndefined();
});

test('flapping between two others settles neither', () => {
  const flaps = Array.from({ length: 20 }, (_, i) =>
    given(100 + 12 * i, i % 2 === 0 ? 'below' : 'intermittent'),
  );
  const found = settledVerdict([given(0, 'meets'), ...flaps], at(340));
  expect(found.settled?.outcome).toBe('meets');
  expect(found.pending?.verdict).toBe(flaps.at(-1));
});

test('another norm with the same outcome is no change', () => {
  const history = [given(0, 'below', 'a'), given(20, 'below', 'b')];
  expect(settledVerdict(history, at(24))).toEqual({ settled: history[1], since: at(0) });
});

describe('of any history', () => {
  const histories = fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 400 }), fc.constantFrom(...OUTCOMES))
      .map(([hour, outcome]) => given(hour, outcome)),
    { maxLength: 12 },
  );
  const distinct = histories.map((all) => [
    ...new Map(all.map((verdict) => [verdict.judgedAt, verdict])).values(),
  ]);

  test('what is settled stood for a day, order makes no difference, the future is not looked at', () => {
    fc.assert(
      fc.property(distinct, fc.integer({ min: 0, max: 500 }), (history, hour) => {
        const now = at(hour);
        const found = settledVerdict(history, now);
        expect(settledVerdict(history.toReversed(), now)).toEqual(found);
        const known = history.filter(({ judgedAt }) => Date.parse(judgedAt) <= now);
        expect(settledVerdict(known, now)).toEqual(found);
        if (found.settled === undefined || found.since === undefined) return;
        const { since } = found;
        const within = known.filter(({ judgedAt }) => {
          const given = Date.parse(judgedAt);
          return given >= since && given < since + SETTLES_AFTER_MS;
        });
        expect(within.every(({ outcome }) => outcome === found.settled?.outcome)).toBe(true);
        expect(now - since).toBeGreaterThanOrEqual(SETTLES_AFTER_MS);
      }),
    );
  });
});
