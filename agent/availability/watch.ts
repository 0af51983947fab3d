// Signs of the line over time → stretches of one state. Pure: each sign says when it was, on the
// monotonic clock. Owns when a state begins, holds and ends; not what a look means (classify.ts).
import type { LineLook, LineState, StretchEnd } from '#shared/model/availability.ts';
import type { Ms } from '#shared/model/units.ts';

export interface Sign {
  readonly state: LineState;
  /** When the look began, or the answer came. */
  readonly atMs: Ms;
  /** Since when something else was asked without an answer, a sign by itself: the uplink's ping. */
  readonly sinceMs?: Ms;
  /** Absent for an answer on the uplink. */
  readonly evidence?: LineLook;
}

export interface Stretch {
  /** Of the measurement that it becomes. */
  readonly id: string;
  readonly state: LineState;
  readonly sinceMs: Ms;
  /** The last sign of it. */
  readonly lastMs: Ms;
  readonly startUncertaintyMs?: Ms;
  readonly looks: number;
  readonly evidence?: LineLook;
}

export interface EndedStretch extends Stretch {
  readonly untilMs: Ms;
  readonly ended: StretchEnd;
}

/** A state that was seen, but not often enough to be believed. */
interface Suspicion {
  readonly state: LineState;
  readonly sinceMs: Ms;
  readonly lastMs: Ms;
  readonly looks: number;
  /** Of this state in a row. */
  readonly agreeing: number;
}

export interface Watch {
  readonly open?: Stretch;
  readonly suspicion?: Suspicion;
}

export interface WatchStep {
  readonly watch: Watch;
  readonly ended: readonly EndedStretch[];
}

export const NOTHING_SEEN: Watch = {};

/** Longer than the slowest pace of looks and the look itself. */
export const HOLD_MS: Ms = 150_000;
/** Looks, or a ping and a look. A look is three packets to each target: a lost one is no outage. */
const AGREEING_LOOKS = 2;
/** Looks that go on to differ are believed in the end: nothing would be recorded otherwise. */
const PATIENCE_LOOKS = 4;
/** Nothing is lost when the agent ends: what is open is kept on disk. So a day is four records. */
const MAX_UP_STRETCH_MS: Ms = 6 * 3_600_000;
/** Of a state that is not up: it is not delivered soon, and may be lost with the device. */
const MAX_DOWN_STRETCH_MS: Ms = 3_600_000;

/** Signs come in the order of their looks; one that is no newer than the last changes nothing. */
export function observe(watch: Watch, sign: Sign, newId: () => string): WatchStep {
  const { open } = watch;
  if (open !== undefined && sign.atMs <= open.lastMs) return { watch, ended: [] };
  if (open !== undefined && sign.atMs - open.lastMs > HOLD_MS) {
    const after = observe(NOTHING_SEEN, sign, newId);
    return { ...after, ended: [endAt(open, open.lastMs, 'paused'), ...after.ended] };
  }
  if (open?.state === sign.state) return goneOn(open, sign, newId);
  if (isLineUp(sign.state) && !(open?.state === 'up')) return changed(open, sign, sign.atMs, newId);
  return suspected(watch, sign, newId);
}

/** Ends what is open at its last sign: the agent stops, or was away. */
export function endWatch(watch: Watch, ended: 'stopped' | 'paused'): readonly EndedStretch[] {
  return watch.open === undefined ? [] : [endAt(watch.open, watch.open.lastMs, ended)];
}

function goneOn(open: Stretch, sign: Sign, newId: () => string): WatchStep {
  const { evidence = open.evidence } = sign;
  const now: Stretch = {
    ...open,
    lastMs: sign.atMs,
    looks: open.looks + 1,
    ...(evidence === undefined ? {} : { evidence }),
  };
  const limit = open.state === 'up' ? MAX_UP_STRETCH_MS : MAX_DOWN_STRETCH_MS;
  if (now.lastMs - now.sinceMs < limit) return { watch: { open: now }, ended: [] };
  // Not past the limit, however late the sign: a record speaks of no more.
  const untilMs = now.sinceMs + limit;
  const next = { id: newId(), state: now.state, sinceMs: untilMs, lastMs: now.lastMs, looks: 1 };
  return {
    watch: { open: { ...next, startUncertaintyMs: 0 } },
    ended: [endAt(now, untilMs, 'continues')],
  };
}

function suspected({ open, suspicion }: Watch, sign: Sign, newId: () => string): WatchStep {
  const before =
    suspicion !== undefined &&
    isLineUp(suspicion.state) === isLineUp(sign.state) &&
    sign.atMs - suspicion.lastMs <= HOLD_MS
      ? suspicion
      : undefined;
  // What was asked before the last sign of the open state was answered in its place.
  const askedMs = sign.sinceMs ?? sign.atMs;
  const sinceMs = before?.sinceMs ?? Math.max(askedMs, open?.lastMs ?? askedMs);
  const own = sign.sinceMs === undefined ? 1 : 2;
  const agreeing = before?.state === sign.state ? before.agreeing + own : own;
  const looks = (before?.looks ?? 0) + 1;
  if (agreeing < AGREEING_LOOKS && looks < PATIENCE_LOOKS) {
    const doubt = { state: sign.state, sinceMs, lastMs: sign.atMs, looks, agreeing };
    return { watch: { ...(open === undefined ? {} : { open }), suspicion: doubt }, ended: [] };
  }
  return changed(open, sign, sinceMs, newId, looks);
}

function changed(
  open: Stretch | undefined,
  sign: Sign,
  sinceMs: Ms,
  newId: () => string,
  looks = 1,
): WatchStep {
  const { state, evidence } = sign;
  const next: Stretch = {
    ...{ id: newId(), state, sinceMs, lastMs: Math.max(sinceMs, sign.atMs), looks },
    ...(open === undefined ? {} : { startUncertaintyMs: Math.max(0, sinceMs - open.lastMs) }),
    ...(evidence === undefined ? {} : { evidence }),
  };
  return {
    watch: { open: next },
    ended: open === undefined ? [] : [endAt(open, Math.max(open.sinceMs, sinceMs), 'changed')],
  };
}

function endAt(stretch: Stretch, untilMs: Ms, ended: StretchEnd): EndedStretch {
  return { ...stretch, untilMs, ended };
}

export function isLineUp(state: LineState): boolean {
  return state === 'up' || state === 'collector_down';
}
