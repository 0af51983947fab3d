// Which tests did not count, and why: part of every verdict, so that nobody has to guess.
import type { TestEvidence } from '../evidence.ts';
import { ODDITIES } from '../plausible.ts';
import type { DirectionVerdict } from './direction.ts';
import type { RuleReason } from './reason.ts';

/** Beside flags and failure codes. */
export const OTHER_CAUSES = ['unconfirmed', 'undecided', 'not_quiet', ...ODDITIES] as const;

export interface Exclusions {
  /** Tests of which at least one direction counted for neither question. */
  readonly tests: number;
  /** Those tests by cause; one with two causes is in both. */
  readonly byCause: Readonly<Record<string, number>>;
}

export function exclusionsOf(
  tests: readonly TestEvidence[],
  verdicts: readonly DirectionVerdict[],
): Exclusions {
  const counts = new Map<string, number>();
  let excluded = 0;
  for (const test of tests) {
    const causes = causesOfAll(test, verdicts);
    if (causes.length > 0) excluded += 1;
    for (const cause of causes) counts.set(cause, (counts.get(cause) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return { tests: excluded, byCause: Object.fromEntries(sorted) };
}

export function disqualifiedReason({ tests, byCause }: Exclusions, n: number): RuleReason {
  return {
    rule: 'disqualified',
    ...(n === 0 ? {} : { observed: tests / n }),
    n,
    detail: { excluded: tests, ...byCause },
  };
}

/** Each once, why a direction of a test counted for neither question; none when all did for one. */
function causesOfAll(test: TestEvidence, verdicts: readonly DirectionVerdict[]): readonly string[] {
  let causes = NONE;
  for (const verdict of verdicts) {
    if (verdict.capacityTests.has(test) || verdict.useTests.has(test)) continue;
    const more = causesOf(test, verdict);
    if (causes.length === 0) causes = more;
    else if (more !== causes) causes = [...new Set([...causes, ...more])];
  }
  return causes;
}

const NONE: readonly string[] = [];

function causesOf(test: TestEvidence, verdict: DirectionVerdict): readonly string[] {
  const result = test[verdict.direction];
  if (result === undefined) return [test.failure ?? 'unknown_failure'];
  if (test.oddity !== undefined) return [test.oddity];
  if (test.flags.length > 0) return test.flags;
  if (result.outcome === 'inconclusive') return ['undecided'];
  const isUnconfirmed =
    verdict.samples.capacity.unconfirmed.includes(test) ||
    verdict.samples.use.unconfirmed.includes(test);
  return [isUnconfirmed ? 'unconfirmed' : 'not_quiet'];
}
