// Which tests answer which question, per direction. The two questions are kept apart:
// capacity asks the line on its own, use asks what is left of it in school hours.
import type { Direction, Norm } from '#shared/model/norm.ts';
import { type Confirmed, type Counted, confirm } from './confirm.ts';
import type { DirectionEvidence, TestEvidence } from './evidence.ts';

export interface Samples {
  readonly direction: Direction;
  /** Of the window, without those whose figures cannot be. */
  readonly tests: readonly TestEvidence[];
  /** Unflagged tests on a quiet line. */
  readonly capacity: Confirmed;
  /** In school hours. */
  readonly use: Confirmed;
}

/** `tests`: those of the window, oldest first. Those whose figures cannot be are in no sample. */
export function samplesOf(
  tests: readonly TestEvidence[],
  direction: Direction,
  norm: Norm,
): Samples {
  const plausible = tests.some(isOdd) ? tests.filter((test) => !isOdd(test)) : tests;
  return {
    direction,
    tests: plausible,
    capacity: confirm(plausible, (test) => test[direction], countsForCapacity, norm),
    use: confirm(plausible, (test) => withWithheld(test[direction]), countsForUse, norm),
  };
}

/** Every pass, whatever its flags and the hour: the line carried the norm. */
export function passesOf({ tests, direction }: Samples): readonly TestEvidence[] {
  return tests.filter((test) => test[direction]?.outcome === 'pass');
}

function isOdd({ oddity }: TestEvidence): boolean {
  return oddity !== undefined;
}

/** Whether a test may prove a fail of the line itself. */
export function countsForCapacity(test: TestEvidence): boolean {
  return test.quiet !== 'no' && test.flags.length === 0 && test.oddity === undefined;
}

/** Other traffic is what this question is about, so it does not disqualify here. */
function countsForUse(test: TestEvidence): boolean {
  return test.inSchoolHours && test.flags.every((flag) => flag === 'cross_traffic');
}

/** What was left of the line fell short, whatever took the rest. */
function withWithheld(result: DirectionEvidence | undefined): DirectionEvidence | undefined {
  return result?.withheld === undefined
    ? result
    : { ...result, outcome: 'fail', provisional: result.withheld.provisional };
}

/**
 * The sample for capacity with the flagged tests on a quiet line, every fail held against the line,
 * confirmed or not: a share that can only be too low, and so can prove `meets` and nothing else.
 */
export function pessimisticSample(samples: Samples): readonly Counted[] {
  return withHeldAgainst(samples, ({ quiet, flags }) => quiet !== 'no' && flags.length > 0);
}

/**
 * The same with every test at every hour. Whoever else used the line then only took from it, so the
 * share of a quiet line is this one or more.
 */
export function anyHourSample(samples: Samples): readonly Counted[] {
  return withHeldAgainst(samples, ({ quiet, flags }) => quiet === 'no' || flags.length > 0);
}

function withHeldAgainst(
  { tests, direction, capacity: { counted, unconfirmed } }: Samples,
  isMore: (test: TestEvidence) => boolean,
): readonly Counted[] {
  const others = tests.filter(isMore);
  if (others.length === 0) return counted;
  const seconds = new Set(counted.map(({ second }) => second));
  const more = [...others.filter((test) => !seconds.has(test)), ...unconfirmed].flatMap((test) => {
    const result = withWithheld(test[direction]);
    if (result === undefined || result.outcome === 'inconclusive') return [];
    return [{ result: result.outcome, test, ipCapacity: result.ipCapacity }];
  });
  return [...counted, ...more];
}
