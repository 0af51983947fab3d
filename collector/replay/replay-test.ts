// One direction of an old test through the stop rule again: pure.
import { type Reading, StopRule, type StopRuleOptions } from '#shared/flow/stop-rule.ts';
import type { TestOutcome } from '#shared/model/measurement.ts';
import type { Bytes, Mbps } from '#shared/model/units.ts';
import type { RawSample } from '#shared/wire/raw-series.ts';

/** What an operator may ask otherwise than the agent did. */
export type WhatIf = Partial<
  Pick<StopRuleOptions, 'required' | 'provisionalShare' | 'confidence' | 'limitMs' | 'maxBytes'>
>;

export interface Replayed {
  /** At the IP layer. */
  readonly ipCapacity: Mbps;
  readonly interval: readonly [Mbps, Mbps];
  readonly outcome: TestOutcome;
  readonly stoppedBy: Reading['stoppedBy'];
  readonly bytes: Bytes;
  /** The rule would have gone on beyond what was counted: what it would have said is not known. */
  readonly needsMore: boolean;
}

/**
 * Streams that the rule would add at another moment than the agent did cannot be added any more: the
 * counters are taken as they were.
 */
export function replayDirection(
  rule: StopRuleOptions,
  payloadShare: number,
  samples: readonly RawSample[],
  whatIf: WhatIf = {},
): Replayed {
  const again = new StopRule({ ...rule, ...whatIf });
  const isStopped = samples.some((sample) => again.update(sample).action === 'stop');
  const { goodput, interval, outcome, stoppedBy } = again.reading();
  return {
    ipCapacity: goodput / payloadShare,
    interval: [interval[0] / payloadShare, interval[1] / payloadShare],
    outcome,
    stoppedBy,
    bytes: again.bytes,
    needsMore: !isStopped,
  };
}
