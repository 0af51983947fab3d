// Full-jitter exponential backoff, without end: an agent that gives up needs a visit.
import type { Random } from './random.ts';

export interface BackoffPolicy {
  readonly baseMs: number;
  readonly capMs: number;
}

/** 1 s to 5 minutes: 9,000 agents spread over 5 minutes are 30 a second at the collector. */
export const UPLINK_BACKOFF: BackoffPolicy = { baseMs: 1_000, capMs: 300_000 };

/**
 * Wait before attempt number `attempt` (0 is the first retry): uniform in
 * [0, min(cap, base·2^attempt)]. Source: "Exponential Backoff And Jitter", AWS Architecture Blog.
 */
export function backoffMs(
  policy: BackoffPolicy,
  attempt: number,
  random: Pick<Random, 'next'>,
): number {
  const ceiling = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(attempt, 30));
  return Math.floor(random.next() * ceiling);
}
