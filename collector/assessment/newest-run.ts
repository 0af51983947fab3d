// What the newest tests say alike: evidence from before a change must not bury what is true after
// it. Asked where the norm says `newestRunsFirst`. Pure.
//
// Decided here, where the rule leaves room:
// - A line `meets` again when all tests since its last fail pass and are many enough for a verdict by
//   themselves. Their bound is asked for at 99%, not 95%: where the run begins was chosen by its
//   outcome. That is 24 tests in a row, which a line that passes 80% of them has once in 200 times.
// - A line that met the norm, or nearly, is `intermittent` when the newest four tests, on two days, all fail: one
//   that passes 95% has that once in 160,000 times.
// - Nothing makes a line `below` sooner than the whole window does: one that carried the norm within
//   the window has a fault, which its provider mends, and needs no maatwerk for it.
// - A run, and not the test of level-change.ts, decides: one more pass can make that test less
//   certain of a change, and must never make a verdict worse.
import type { Norm } from '#shared/model/norm.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { clopperPearson } from '#shared/stats/clopper-pearson.ts';
import type { Counted } from './confirm.ts';

export const FALLEN_TESTS = 4;
const FALLEN_DAYS = 2;
const RECOVERED_CONFIDENCE = 0.99;

export interface NewestRun {
  readonly result: 'pass' | 'fail';
  readonly n: number;
  /** Distinct local days. */
  readonly days: number;
  /** Start of its first test. */
  readonly since: EpochMs;
  /** Whether another result came before it. */
  readonly isAfterOther: boolean;
}

/** `sample`: oldest first. Undefined of an empty one. */
export function newestRun(sample: readonly Counted[]): NewestRun | undefined {
  const last = sample.at(-1);
  if (last === undefined) return undefined;
  let first = sample.length;
  while (sample[first - 1]?.result === last.result) first -= 1;
  const run = sample.slice(first);
  return {
    result: last.result,
    n: run.length,
    days: new Set(run.map(({ test }) => test.day)).size,
    since: run[0]?.test.startedAt ?? last.test.startedAt,
    isAfterOther: first > 0,
  };
}

export function hasRecovered(run: NewestRun | undefined, norm: Norm): run is NewestRun {
  if (run === undefined || run.result === 'fail' || !run.isAfterOther) return false;
  return run.n >= recoveredAfter(norm) && run.days >= norm.minDays;
}

export function hasFallen(run: NewestRun | undefined): run is NewestRun {
  if (run === undefined || run.result === 'pass' || !run.isAfterOther) return false;
  return run.n >= FALLEN_TESTS && run.days >= FALLEN_DAYS;
}

/** The least number of passes in a row that say `meets` by themselves. */
export function recoveredAfter(norm: Norm): number {
  const known = RECOVERED_AFTER.get(norm);
  if (known !== undefined) return known;
  let n = norm.minTests;
  while (n < MOST_TESTS && clopperPearson(n, n, RECOVERED_CONFIDENCE)[0] < norm.meetsShare) n += 1;
  RECOVERED_AFTER.set(norm, n);
  return n;
}

/** Remembered for as long as the norm is: it is asked for each direction of each line. */
const RECOVERED_AFTER = new WeakMap<Norm, number>();

/** A share of nearly 1 is never reached; no window holds as many tests as this. */
const MOST_TESTS = 2000;
