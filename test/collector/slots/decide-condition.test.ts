import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  afterCheck,
  type CheckFailure,
  FAILURES_TO_AWAY,
  nextCheckMs,
  notCheckedYet,
  type ServerCondition,
} from '#collector/slots/decide-condition.ts';

const T0 = 1_000_000;
const REFUSED: CheckFailure = { code: 'connect_refused', message: 'connect ECONNREFUSED' };

function after(checks: readonly ('ok' | 'fail')[]): ServerCondition {
  return checks.reduce(
    (condition, check, index) =>
      afterCheck(condition, T0 + index + 1, check === 'ok' ? undefined : REFUSED),
    notCheckedYet(T0),
  );
}

test('one that was not checked is unknown; the first answer makes it up', () => {
  expect(notCheckedYet(T0)).toEqual({ state: 'unknown', since: T0, failures: 0 });
  expect(after(['ok'])).toEqual({ state: 'up', since: T0 + 1, failures: 0, checkedAt: T0 + 1 });
});

test('the third failure in a row makes it away, and says by what; one answer makes it up', () => {
  expect(after(['ok', 'fail', 'fail'])).toMatchObject({ state: 'up', since: T0 + 1, failures: 2 });
  const away = after(['ok', 'fail', 'fail', 'fail', 'fail']);
  expect(away).toEqual({
    ...{ state: 'away', since: T0 + 4, failures: 4, checkedAt: T0 + 5 },
    lastError: { ...REFUSED, at: T0 + 5 },
  });
  expect(after(['fail', 'fail', 'fail', 'ok'])).toMatchObject({
    ...{ state: 'up', since: T0 + 4, failures: 0 },
    lastError: { at: T0 + 3 },
  });
  expect(after(['fail', 'fail'])).toMatchObject({ state: 'unknown', since: T0 });
});

test('it is looked at sooner while something is wrong, and never all at the same moment', () => {
  const [well, failing, away] = [
    after(['ok']),
    after(['ok', 'fail']),
    after(['fail', 'fail', 'fail']),
  ];
  for (const [condition, least, most] of [
    [well, 24_000, 36_000],
    [failing, 1_600, 2_400],
    [away, 8_000, 12_000],
  ] as const) {
    expect(nextCheckMs(condition, 0)).toBe(least);
    expect(nextCheckMs(condition, 1)).toBe(most);
  }
});

test('after any checks it is away exactly when the last three failed, since the third of them', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('ok' as const, 'fail' as const)), (checks) => {
      const condition = after(checks);
      const last = checks.lastIndexOf('ok');
      const inARow = checks.length - 1 - last;
      expect(condition.failures).toBe(inARow);
      const isAway = inARow >= FAILURES_TO_AWAY;
      expect(condition.state === 'away').toBe(isAway);
      if (isAway) expect(condition.since).toBe(T0 + last + 1 + FAILURES_TO_AWAY);
      if (checks.at(-1) === 'ok') expect(condition.state).toBe('up');
      expect(condition.checkedAt).toBe(checks.length === 0 ? undefined : T0 + checks.length);
    }),
  );
});
