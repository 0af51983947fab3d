// Whether a measure server is there, from checks of it, and when to check again. Pure.
import type { FailureCode } from '#shared/model/failure.ts';
import type { EpochMs, Ms, Share } from '#shared/model/units.ts';

export interface CheckFailure {
  readonly code: FailureCode;
  /** For operators; names the fault of a certificate. */
  readonly message: string;
}

export interface ServerCondition {
  /** `unknown`: not checked yet; it gets slots, because most are there. */
  readonly state: 'unknown' | 'up' | 'away';
  readonly since: EpochMs;
  /** Checks that failed since the last that did not. */
  readonly failures: number;
  readonly checkedAt?: EpochMs;
  /** The last one there was, also when it answers again. */
  readonly lastError?: CheckFailure & { readonly at: EpochMs };
}

/** One lost connection is nothing; a server that is started again is back within three checks. */
export const FAILURES_TO_AWAY = 3;
const WHEN_WELL_MS: Ms = 30_000;
const WHEN_FAILING_MS: Ms = 2_000;
const WHEN_AWAY_MS: Ms = 10_000;
/** Checks of several servers, and of several collectors, spread by this much either way. */
const SPREAD: Share = 0.2;

export function notCheckedYet(now: EpochMs): ServerCondition {
  return { state: 'unknown', since: now, failures: 0 };
}

export function afterCheck(
  before: ServerCondition,
  at: EpochMs,
  failure?: CheckFailure,
): ServerCondition {
  const failures = failure === undefined ? 0 : before.failures + 1;
  const isAway = failures >= FAILURES_TO_AWAY;
  const state = failure === undefined ? 'up' : isAway ? 'away' : before.state;
  const lastError = failure === undefined ? before.lastError : { ...failure, at };
  return {
    state,
    since: state === before.state ? before.since : at,
    failures,
    checkedAt: at,
    ...(lastError === undefined ? {} : { lastError }),
  };
}

/** `jitter`: uniform in [0, 1). */
export function nextCheckMs({ state, failures }: ServerCondition, jitter: Share): Ms {
  const base = state === 'away' ? WHEN_AWAY_MS : failures > 0 ? WHEN_FAILING_MS : WHEN_WELL_MS;
  return Math.round(base * (1 - SPREAD + 2 * SPREAD * jitter));
}
