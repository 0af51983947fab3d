// Every rule that a reason can name. explain/ has a sentence for each, in each language.
import type { Reason } from '#shared/model/verdict.ts';
import type { NewestRun } from '../newest-run.ts';
import type { PassShare } from '../share.ts';

export const RULES = [
  /** Capacity: the share of tests on a quiet line that pass. */
  'capacity_meets',
  /** The same, proven with flagged tests counted in, their fails against the line. */
  'capacity_meets_flagged',
  /** The same with tests at any hour, on a line that others may be using. */
  'capacity_meets_any_hour',
  'capacity_below',
  'capacity_intermittent',
  /** Enough tests, but the interval fits none of the above. */
  'capacity_open',
  'capacity_too_few',
  /** The line passed often enough, at whatever hour, not to be `below`. */
  'clean_passes',
  /** The newest tests all say otherwise than those before them. */
  'capacity_recovered',
  'capacity_fallen',
  'typical_speed',
  /** A sudden change of level, with its date. */
  'level_changed',
  /** Use: the share of tests in school hours that pass. */
  'use_fine',
  'use_recovered',
  'use_intermittent',
  'use_too_few',
  /** What is missing for a verdict, and when it is expected. */
  'missing_tests',
  'rate_too_low',
  'open_needs',
  'device_unfit',
  'mend_nic_limited',
  'mend_cpu_limited',
  /** In place of that where the device's own calibration says so. */
  'mend_too_slow',
  'mend_wifi',
  'mend_figures',
  'mend_swapped',
  'no_device',
  'never_measured',
  'silent',
  /** Told by the agents' own watch. */
  'line_down',
  'device_off',
  'no_tests',
  'only_failures',
  /** How many tests did not count, and why; part of every verdict. */
  'disqualified',
  'at_risk',
  /** Of several main lines, the one whose verdict is the location's. */
  'line_decides',
  /** A main line without data, where the others' do not decide. */
  'line_without_data',
] as const;
export type RuleId = (typeof RULES)[number];

export interface RuleReason extends Reason {
  readonly rule: RuleId;
}

/** The figures that every reason about a share has in common. */
export function shareReason(
  rule: RuleId,
  direction: NonNullable<Reason['direction']>,
  share: PassShare,
  required: number,
  confidence: number,
  detail: Readonly<Record<string, number | string>> = {},
): RuleReason {
  return {
    rule,
    direction,
    ...(share.n === 0 ? {} : { observed: share.passes / share.n }),
    required,
    interval: [...share.interval],
    n: share.n,
    detail: { passes: share.passes, days: share.days, confidence, ...detail },
  };
}

/** Of the newest tests, which all say the same. */
export function runReason(
  rule: RuleId,
  direction: NonNullable<Reason['direction']>,
  { n, days, since }: NewestRun,
  required: number,
): RuleReason {
  return { rule, direction, required, n, detail: { days, since: new Date(since).toISOString() } };
}
