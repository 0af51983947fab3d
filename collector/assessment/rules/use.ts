// What is left of the line in school hours? Asked apart from capacity, and never `below`.
import type { Direction, Norm } from '#shared/model/norm.ts';
import type { Counted } from '../confirm.ts';
import { hasRecovered, newestRun, recoveredAfter } from '../newest-run.ts';
import { isEnough, type PassShare, passShare } from '../share.ts';
import { type RuleId, type RuleReason, runReason, shareReason } from './reason.ts';

export interface UseFinding {
  readonly outcome: 'fine' | 'intermittent' | 'too_few';
  /** Absent when there are too few tests; `tooFewInUse` says so for the location. */
  readonly reasons: readonly RuleReason[];
  readonly share: PassShare;
}

/** `isLineGood`: on its own; only then can it be said that the school fills it. */
export function judgeUse(
  sample: readonly Counted[],
  direction: Direction,
  norm: Norm,
  isLineGood: boolean,
): UseFinding {
  const share = passShare(sample, norm);
  if (!isEnough(share, norm)) return { outcome: 'too_few', reasons: [], share };
  const reasonOf = (rule: RuleId, detail = {}) =>
    shareReason(rule, direction, share, norm.intermittentShare, norm.confidence, detail);
  if (share.interval[1] >= norm.intermittentShare) {
    return { outcome: 'fine', reasons: [reasonOf('use_fine')], share };
  }
  const run = norm.newestRunsFirst ? newestRun(sample) : undefined;
  if (hasRecovered(run, norm)) {
    const reason = runReason('use_recovered', direction, run, recoveredAfter(norm));
    return { outcome: 'fine', reasons: [reason], share };
  }
  const cause = causeOf(sample);
  const reason = reasonOf('use_intermittent', isLineGood || cause === 'others' ? { cause } : {});
  return { outcome: 'intermittent', reasons: [reason], share };
}

/** Said once for a location, by the direction that has fewest. */
export function tooFewInUse(findings: readonly UseFinding[], norm: Norm): readonly RuleReason[] {
  const [fewest] = findings
    .filter(({ outcome }) => outcome === 'too_few')
    .sort((a, b) => a.share.n - b.share.n || a.share.days - b.share.days);
  if (fewest === undefined) return [];
  const { minTests, minDays } = norm;
  const { n, days } = fewest.share;
  return [{ rule: 'use_too_few', required: minTests, n, detail: { days, minTests, minDays } }];
}

/**
 * Who fills the line: only a device in path sees the school's own traffic. Said when it is so in
 * most of the fails.
 */
function causeOf(sample: readonly Counted[]): 'school' | 'others' | 'unknown' {
  const fails = sample.filter(({ result }) => result === 'fail').map(({ test }) => test);
  const inPath = fails.filter(({ position }) => position === 'in_path');
  const own = inPath.filter(({ flags }) => flags.includes('cross_traffic')).length;
  const others = inPath.filter(({ quiet }) => quiet === 'known').length;
  if (own > fails.length / 2) return 'school';
  return others > fails.length / 2 ? 'others' : 'unknown';
}
