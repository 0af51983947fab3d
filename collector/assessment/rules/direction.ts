// Both questions together: the verdict on one direction of a line.
import type { Direction, Norm } from '#shared/model/norm.ts';
import type { Counted } from '../confirm.ts';
import type { TestEvidence } from '../evidence.ts';
import { type Samples, samplesOf } from '../samples.ts';
import { type CapacityFinding, judgeCapacity } from './capacity.ts';
import { levelReasons } from './level.ts';
import type { RuleReason } from './reason.ts';
import { judgeUse, type UseFinding } from './use.ts';

/**
 * Worst first. Not knowing is worse than meeting, and better than falling short for certain.
 * `full`: good enough on its own and intermittent in school hours; said as `intermittent`, and
 * better than not knowing, because about the line itself nothing is open.
 */
export const LINE_OUTCOMES = ['below', 'intermittent', 'inconclusive', 'full', 'meets'] as const;
export type LineOutcome = (typeof LINE_OUTCOMES)[number];

export interface DirectionVerdict {
  readonly direction: Direction;
  readonly outcome: LineOutcome;
  /** The one that decided first. */
  readonly reasons: readonly RuleReason[];
  readonly capacity: CapacityFinding;
  readonly use: UseFinding;
  readonly samples: Samples;
  /** Counted for capacity, second runs included. */
  readonly capacityTests: ReadonlySet<TestEvidence>;
  readonly useTests: ReadonlySet<TestEvidence>;
}

/** `tests`: those of the window, oldest first. */
export function judgeDirection(
  tests: readonly TestEvidence[],
  direction: Direction,
  norm: Norm,
): DirectionVerdict {
  const samples = samplesOf(tests, direction, norm);
  const capacity = judgeCapacity(samples, direction, norm);
  const use = judgeUse(samples.use.counted, direction, norm, capacity.outcome === 'meets');
  const isFull = capacity.outcome === 'meets' && use.outcome === 'intermittent';
  return {
    direction,
    outcome: isFull ? 'full' : lineOutcomeOf(capacity),
    reasons: [
      ...(isFull ? [...use.reasons, ...capacity.reasons] : [...capacity.reasons, ...use.reasons]),
      ...levelReasons(tests, direction, norm),
    ],
    capacity,
    use,
    samples,
    capacityTests: testsOf(capacity.sample),
    useTests: testsOf(samples.use.counted),
  };
}

/** The worse of two; the first when they are alike. */
export function worseOf(a: DirectionVerdict, b: DirectionVerdict): DirectionVerdict {
  return LINE_OUTCOMES.indexOf(b.outcome) < LINE_OUTCOMES.indexOf(a.outcome) ? b : a;
}

function lineOutcomeOf({ outcome }: CapacityFinding): LineOutcome {
  return outcome === 'open' || outcome === 'too_few' ? 'inconclusive' : outcome;
}

function testsOf(sample: readonly Counted[]): ReadonlySet<TestEvidence> {
  const tests = new Set<TestEvidence>();
  for (const { test, second } of sample) {
    tests.add(test);
    if (second !== undefined) tests.add(second);
  }
  return tests;
}
