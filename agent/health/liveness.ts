// Does the agent move? Each part has a time in which it must have done something, on the monotonic
// clock; a process whose timers still fire but whose parts stand still is stuck. Pure.
import type { EpochMs, Ms } from '#shared/model/units.ts';
import { UPLINK_BACKOFF } from '#shared/runtime/backoff.ts';
import { HEARTBEAT_MS } from '#shared/wire/uplink.ts';

export interface Progress {
  readonly uplink: {
    readonly isConnected: boolean;
    /** When the collector last answered a ping, monotonic. */
    readonly answeredMs?: Ms;
    /** When it last began to connect, to wait or to be connected, monotonic. */
    readonly changedMs: Ms;
  };
  readonly timetable: {
    /** The next time that it announces, wall clock. */
    readonly nextAt?: EpochMs;
    /** Grows when one of its times has come, and when they are reckoned anew. */
    readonly turns: number;
  };
  readonly isTesting: boolean;
  /** How many status files were written or given up. */
  readonly statusesSettled: number;
}

export interface Moment {
  readonly wallMs: EpochMs;
  readonly monotonicMs: Ms;
}

export type Part = 'uplink' | 'timetable' | 'test' | 'status';

/** What is remembered from one look to the next. */
export interface Liveness {
  readonly stuck: readonly Part[];
  /** The announced time that is waited for, and the clocks when it was first seen. */
  readonly awaited?: { readonly at: EpochMs; readonly turns: number; readonly seen: Moment };
  readonly testingSinceMs?: Ms;
  readonly status: { readonly settled: number; readonly sinceMs: Ms };
}

/** A wait between attempts that the collector asked for, its own jitter, and an attempt's deadlines. */
const ATTEMPT_MS: Ms = 2 * UPLINK_BACKOFF.capMs + 5 * 60_000;
/** After three pings without an answer the session ends itself; this is well beyond. */
const ANSWER_MS: Ms = 12 * HEARTBEAT_MS;
const SLOT_GRACE_MS: Ms = 15 * 60_000;
/** A slot waited for, and a test that its own limit must have ended long ago. */
const TEST_MS: Ms = 40 * 60_000;
const STATUS_MS: Ms = 15 * 60_000;
/** A wall clock that drifts is corrected by less than this between two looks. */
const STEP_MS: Ms = 2_000;

export function startLiveness(seen: Progress, now: Moment): Liveness {
  return {
    stuck: [],
    ...awaitedOf(undefined, seen, now),
    ...(seen.isTesting ? { testingSinceMs: now.monotonicMs } : {}),
    status: { settled: seen.statusesSettled, sinceMs: now.monotonicMs },
  };
}

export function look(before: Liveness, seen: Progress, now: Moment): Liveness {
  const { awaited } = awaitedOf(before.awaited, seen, now);
  const testingSinceMs = seen.isTesting ? (before.testingSinceMs ?? now.monotonicMs) : undefined;
  const status =
    seen.statusesSettled === before.status.settled
      ? before.status
      : { settled: seen.statusesSettled, sinceMs: now.monotonicMs };
  const { isConnected, answeredMs = Number.NEGATIVE_INFINITY, changedMs } = seen.uplink;
  // Also when it is connected no more: that a session is over is told before the state is another.
  const uplinkMovedMs = Math.max(changedMs, answeredMs);
  const overdue: Record<Part, boolean> = {
    uplink: now.monotonicMs - uplinkMovedMs > (isConnected ? ANSWER_MS : ATTEMPT_MS),
    timetable: awaited !== undefined && now.monotonicMs > dueMs(awaited) + SLOT_GRACE_MS,
    test: testingSinceMs !== undefined && now.monotonicMs - testingSinceMs > TEST_MS,
    status: now.monotonicMs - status.sinceMs > STATUS_MS,
  };
  return {
    stuck: (Object.keys(overdue) as Part[]).filter((part) => overdue[part]),
    ...(awaited === undefined ? {} : { awaited }),
    ...(testingSinceMs === undefined ? {} : { testingSinceMs }),
    status,
  };
}

type Awaited = NonNullable<Liveness['awaited']>;

/** When the announced time comes, on the monotonic clock. */
function dueMs({ at, seen }: Awaited): Ms {
  return seen.monotonicMs + (at - seen.wallMs);
}

/**
 * The time that was announced stays awaited until the timetable has had its turn, however many later
 * ones are announced: the announcement is computed, and goes on in a timetable whose timers are dead.
 * A step of the wall clock begins anew.
 */
function awaitedOf(
  before: Awaited | undefined,
  { timetable: { nextAt, turns } }: Progress,
  now: Moment,
): { awaited?: Awaited } {
  if (nextAt === undefined) return {};
  if (before !== undefined && before.turns === turns) {
    const steppedMs = now.wallMs - before.seen.wallMs - (now.monotonicMs - before.seen.monotonicMs);
    if (Math.abs(steppedMs) <= STEP_MS) return { awaited: before };
  }
  return { awaited: { at: nextAt, turns, seen: now } };
}
