// Evidence → verdict. Pure: the same evidence, norm and time give the same verdict, in whatever
// order the tests came in. The rules are one file each in rules/.
import type { Norm } from '#shared/model/norm.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Outcome, Reason, Verdict } from '#shared/model/verdict.ts';
import { type Evidence, NO_EVIDENCE, type TestEvidence } from './evidence.ts';
import { type DirectionVerdict, judgeDirection, worseOf } from './rules/direction.ts';
import { disqualifiedReason, exclusionsOf } from './rules/disqualified.ts';
import { missingReasons } from './rules/missing.ts';
import { atRiskReason, noDataReason } from './rules/no-data.ts';
import { unfitReasons } from './rules/unfit.ts';
import { tooFewInUse } from './rules/use.ts';
import { RULES_VERSION } from './rules-version.ts';
import { windowOf } from './window.ts';

/** The window's tests, oldest first, with what each direction makes of them. */
export interface JudgedTests {
  readonly tests: readonly TestEvidence[];
  readonly download: DirectionVerdict;
  readonly upload: DirectionVerdict;
}

export function judgeTests(evidence: Evidence, norm: Norm, now: EpochMs): JudgedTests {
  const { from, to } = windowOf(norm, now);
  const tests = inOrder(
    evidence.tests.filter(({ startedAt }) => startedAt >= from && startedAt <= to),
  );
  return {
    tests,
    download: judgeDirection(tests, 'download', norm),
    upload: judgeDirection(tests, 'upload', norm),
  };
}

export function assess(evidence: Evidence, norm: Norm, now: EpochMs): Verdict {
  const { from, to } = windowOf(norm, now);
  const { tests, download, upload } = judgeTests(evidence, norm, now);
  const exclusions = exclusionsOf(tests, [download, upload]);
  const { outcome, reasons } = decide({ evidence, norm, now, tests, download, upload });
  const atRisk = outcome === 'no_data' ? undefined : atRiskReason(evidence, tests, now);
  return {
    outcome,
    maatwerk: outcome === 'below',
    reasons: [
      ...reasons,
      ...(atRisk === undefined ? [] : [atRisk]),
      disqualifiedReason(exclusions, tests.length),
    ],
    evidence: {
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      tests: tests.length,
      capacityIds: idsIn(tests, download.capacityTests, upload.capacityTests),
      useIds: idsIn(tests, download.useTests, upload.useTests),
      excluded: { ...exclusions.byCause },
    },
    normVersion: norm.version,
    rulesVersion: RULES_VERSION,
    judgedAt: new Date(now).toISOString(),
  };
}

/** The verdict on a location that nothing is known of. */
export function unjudged(norm: Norm, now: EpochMs): Verdict {
  return assess(NO_EVIDENCE, norm, now);
}

interface Findings extends JudgedTests {
  readonly evidence: Evidence;
  readonly norm: Norm;
  readonly now: EpochMs;
}

/**
 * That both directions are good enough is proven or not, and stands whatever the set-up. Anything less from a
 * set-up that spoils most of its tests says nothing of the line: which tests it leaves unspoilt
 * is not chance (a weak processor is at its limit when the line is fast).
 */
function decide(findings: Findings): { outcome: Outcome; reasons: readonly Reason[] } {
  const { evidence, norm, tests, now, download, upload } = findings;
  const noData = noDataReason(evidence, tests, now);
  if (noData !== undefined) return { outcome: 'no_data', reasons: [noData] };
  const worse = worseOf(download, upload);
  const ordered = worse === download ? [download, upload] : [upload, download];
  const reasons = ordered.flatMap((verdict) => verdict.reasons);
  if (worse.outcome === 'meets' || worse.outcome === 'full') {
    const uses = ordered.map(({ use }) => use);
    return {
      outcome: worse.outcome === 'full' ? 'intermittent' : 'meets',
      reasons: [...reasons, ...tooFewInUse(uses, norm)],
    };
  }
  const unfit = unfitReasons(tests);
  if (unfit.length > 0) return { outcome: 'unfit', reasons: [...unfit, ...reasons] };
  if (worse.outcome !== 'inconclusive') return { outcome: worse.outcome, reasons };
  const missing = missingReasons(ordered, findings);
  return { outcome: 'inconclusive', reasons: [...missing, ...reasons] };
}

/** A store gives them in order, nearly always. */
function inOrder(tests: TestEvidence[]): readonly TestEvidence[] {
  for (let index = 1; index < tests.length; index += 1) {
    const [before, test] = [tests[index - 1], tests[index]];
    if (before !== undefined && test !== undefined && byTimeThenId(before, test) > 0) {
      return tests.sort(byTimeThenId);
    }
  }
  return tests;
}

/** Ids are time-ordered and unique, so ties have one order too. */
function byTimeThenId(a: TestEvidence, b: TestEvidence): number {
  return a.startedAt - b.startedAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** Of the tests in either set, oldest first. */
function idsIn(
  tests: readonly TestEvidence[],
  a: ReadonlySet<TestEvidence>,
  b: ReadonlySet<TestEvidence>,
): string[] {
  const ids: string[] = [];
  for (const test of tests) if (a.has(test) || b.has(test)) ids.push(test.id);
  return ids;
}
