// For each test of a line: does it count for capacity, for use, and if not, all that speaks against it.
// From the very samples that the verdict is made of. Pure.
import type { Direction, Norm } from '#shared/model/norm.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Account, DirectionAccount } from '#shared/wire/evidence-pack.ts';
import { type JudgedTests, judgeTests } from '../assessment/assess.ts';
import type { Counted } from '../assessment/confirm.ts';
import type { Evidence, TestEvidence } from '../assessment/evidence.ts';
import type { DirectionVerdict } from '../assessment/rules/direction.ts';

/** Why a test is beside the verdict altogether. */
export const BESIDE = ['outside_window', 'received_later', 'line_not_judged'] as const;
export type Beside = (typeof BESIDE)[number];

export interface TestAccount {
  readonly evidence: TestEvidence;
  readonly download: DirectionAccount;
  readonly upload: DirectionAccount;
}

export interface LineAccount {
  /** By the tests' ids. */
  readonly tests: ReadonlyMap<string, TestAccount>;
  readonly judged: JudgedTests;
}

/** The tests that the verdict was given by. */
export function accountJudged(evidence: Evidence, norm: Norm, now: EpochMs): LineAccount {
  const judged = judgeTests(evidence, norm, now);
  const [download, upload] = [accountsOf(judged, 'download'), accountsOf(judged, 'upload')];
  const tests = judged.tests.map(
    (test) =>
      [test.id, { evidence: test, download: download(test), upload: upload(test) }] as const,
  );
  return { tests: new Map(tests), judged };
}

/** A test that no verdict here was given by: `why`, and what else speaks against it. */
export function accountBeside(test: TestEvidence, why: Beside): TestAccount {
  const of = (direction: Direction): DirectionAccount => ({
    ...outcomeOf(test, direction),
    capacity: notCounted([why, ...againstCapacity(test, direction)]),
    use: notCounted([why, ...againstUse(test, direction)]),
  });
  return { evidence: test, download: of('download'), upload: of('upload') };
}

function accountsOf(
  judged: JudgedTests,
  direction: Direction,
): (test: TestEvidence) => DirectionAccount {
  const verdict = judged[direction];
  const capacity = countedAs(verdict.capacity.sample);
  const use = countedAs(verdict.samples.use.counted);
  const unconfirmed = {
    capacity: new Set(verdict.samples.capacity.unconfirmed),
    use: new Set(verdict.samples.use.unconfirmed),
  };
  return (test) => ({
    ...outcomeOf(test, direction),
    capacity:
      capacity.get(test) ??
      notCounted(or(againstCapacity(test, direction), unconfirmed.capacity.has(test))),
    use: use.get(test) ?? notCounted(or(againstUse(test, direction), unconfirmed.use.has(test))),
  });
}

function countedAs(sample: DirectionVerdict['capacity']['sample']): Map<TestEvidence, Account> {
  const accounts = new Map<TestEvidence, Account>();
  for (const { test, second, result } of sample satisfies readonly Counted[]) {
    if (second === undefined) {
      accounts.set(test, { counted: true, as: result });
      continue;
    }
    accounts.set(test, { counted: true, as: result, settledBy: second.id });
    accounts.set(second, { counted: true, as: result, settles: test.id });
  }
  return accounts;
}

function notCounted(because: string[]): Account {
  return { counted: false, because };
}

function or(reasons: string[], isUnconfirmed: boolean): string[] {
  return isUnconfirmed ? [...reasons, 'unconfirmed'] : reasons;
}

function outcomeOf(
  test: TestEvidence,
  direction: Direction,
): Pick<DirectionAccount, 'outcome'> | Record<string, never> {
  const result = test[direction];
  return result === undefined ? {} : { outcome: result.outcome };
}

function againstCapacity(test: TestEvidence, direction: Direction): string[] {
  const result = test[direction];
  if (result === undefined) return [test.failure ?? 'unknown_failure'];
  return [
    ...(test.oddity === undefined ? [] : [test.oddity]),
    ...test.flags,
    ...(test.quiet === 'no' && !test.flags.includes('cross_traffic') ? ['not_quiet'] : []),
    ...(result.outcome === 'inconclusive' ? ['undecided'] : []),
  ];
}

/** Others' traffic is what use is about; a fail that was withheld for it is decided here. */
function againstUse(test: TestEvidence, direction: Direction): string[] {
  const result = test[direction];
  if (result === undefined) return [test.failure ?? 'unknown_failure'];
  return [
    ...(test.oddity === undefined ? [] : [test.oddity]),
    ...test.flags.filter((flag) => flag !== 'cross_traffic'),
    ...(test.inSchoolHours ? [] : ['outside_school_hours']),
    ...(result.outcome === 'inconclusive' && result.withheld === undefined ? ['undecided'] : []),
  ];
}
