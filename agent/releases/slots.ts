// Which release the agent starts: the current one, one on trial, the one before, or the packaged one
// that is always there. Pure, and without packages: the launcher loads it at each start.
import type { Ms } from '#shared/model/units.ts';
import { isNewer } from '#shared/release/version-order.ts';

export interface Slot {
  readonly version: string;
  /** Of the bundle, hexadecimal. */
  readonly sha256: string;
  /** The packaged version that it was taken over; another one that is not older goes before it. */
  readonly base: string;
}

export interface Trial extends Slot {
  readonly trialSeconds: number;
  /** How often it was started. */
  readonly starts: number;
  /** What the last start ended by, where it said so. */
  readonly lastError?: string;
}

/** What has proved itself. */
export interface Current extends Slot {
  /** How often it was started since it last ran for `LONG_RUN_MS`; absent: not once. */
  readonly starts?: number;
  /** What the last start ended by, where it said so. */
  readonly lastError?: string;
}

/** A release that was no good here; it is not tried again. */
export interface Failure {
  readonly version: string;
  readonly reason: string;
}

export interface SlotState {
  /** Absent: the packaged one. */
  readonly current?: Current;
  readonly previous?: Slot;
  readonly trial?: Trial;
  /** Oldest first. */
  readonly failures: readonly Failure[];
}

export const AS_PACKAGED: SlotState = { failures: [] };
/** A power cut counts as well: it cannot be told from a crash. */
export const MAX_STARTS = 3;
/** Of the current one, none of which ran for long. More than a trial's: power cuts count as well. */
export const MAX_SHORT_RUNS = 10;
/** Connected or not: it is crashes that are looked for. */
export const LONG_RUN_MS: Ms = 600_000;
const MAX_FAILURES = 20;
const MAX_REASON = 400;

/** What runs next; undefined: the packaged one. */
export function chosen(state: SlotState): Slot | undefined {
  return state.trial ?? state.current;
}

export function isFailed({ failures }: SlotState, version: string): boolean {
  return failures.some((failure) => failure.version === version);
}

/** A release lies ready on disk. */
export function taken(state: SlotState, slot: Slot, trialSeconds: number): SlotState {
  return { ...state, trial: { ...slot, trialSeconds, starts: 0 } };
}

/** At a start, under the packaged version `base`. */
export function started(state: SlotState, base: string): SlotState {
  const { trial, ...rest } = withoutOutdated(state, base);
  if (trial === undefined) return currentStarted(rest);
  const counted = { ...trial, starts: trial.starts + 1 };
  if (counted.starts <= MAX_STARTS) return { ...rest, trial: counted };
  const said = trial.lastError === undefined ? '' : `: ${trial.lastError}`;
  const reason = `it ended ${MAX_STARTS} times before the collector welcomed it${said}`;
  return currentStarted(rolledBack({ ...rest, trial }, reason));
}

/** The current one has run for `LONG_RUN_MS` as `version`. */
export function ranLong(state: SlotState, version: string): SlotState {
  if (state.current?.version !== version || state.current.starts === undefined) return state;
  return { ...state, current: plain(state.current) };
}

/** The trial runs as `version`, and the collector has welcomed the agent under it. */
export function proved(state: SlotState, version: string): SlotState {
  if (state.trial?.version !== version) return state;
  const { trial, current, failures } = state;
  const previous = current === undefined ? {} : { previous: plain(current) };
  return { current: plain(trial), ...previous, failures };
}

export function rolledBack(state: SlotState, reason: string): SlotState {
  if (state.trial === undefined) return state;
  const { trial, ...rest } = state;
  return failed(rest, trial.version, reason);
}

/** What was chosen is not on disk as it was put there. */
export function damaged(state: SlotState): SlotState {
  const reason = 'its file on disk is missing or damaged';
  if (state.trial !== undefined) return rolledBack(state, reason);
  return withoutCurrent(state, reason);
}

export function crashed(state: SlotState, version: string, error: string): SlotState {
  const { trial, current } = state;
  const lastError = error.slice(0, MAX_REASON);
  if (trial?.version === version) return { ...state, trial: { ...trial, lastError } };
  if (current?.version !== version || current.starts === undefined) return state;
  return { ...state, current: { ...current, lastError } };
}

export function failed(state: SlotState, version: string, reason: string): SlotState {
  const others = state.failures.filter((failure) => failure.version !== version);
  const failures = [...others, { version, reason: reason.slice(0, MAX_REASON) }];
  return { ...state, failures: failures.slice(-MAX_FAILURES) };
}

/** Versions whose files are still wanted. */
export function wantedVersions({ current, previous, trial }: SlotState): string[] {
  return [current, previous, trial].flatMap((slot) => slot?.version ?? []);
}

/** Anything that is no state of ours is as packaged. */
export function parseSlots(text: string): SlotState {
  try {
    const { current, previous, trial, failures } = JSON.parse(text);
    return {
      ...(isSlot(current) ? { current: counted(current) } : {}),
      ...(isSlot(previous) ? { previous } : {}),
      ...(isSlot(trial) && isTrial(trial) ? { trial } : {}),
      failures: Array.isArray(failures) ? failures.filter(isFailure) : [],
    };
  } catch {
    return AS_PACKAGED;
  }
}

function currentStarted(state: SlotState): SlotState {
  const { current } = state;
  if (current === undefined) return state;
  const { starts = 0, lastError } = current;
  if (starts < MAX_SHORT_RUNS) return { ...state, current: { ...current, starts: starts + 1 } };
  const said = lastError === undefined ? '' : `: ${lastError}`;
  const minutes = LONG_RUN_MS / 60_000;
  const reason = `crash_loop: it ended ${starts} times within ${minutes} minutes of its start${said}`;
  return currentStarted(withoutCurrent(state, reason));
}

/** The one before it is the current one then, or none. */
function withoutCurrent(state: SlotState, reason: string): SlotState {
  const { current, previous, ...rest } = state;
  if (current === undefined) return state;
  const isGood = previous !== undefined && !isFailed(state, previous.version);
  const before = isGood ? { ...rest, current: previous } : rest;
  return failed(before, current.version, reason);
}

function plain({ version, sha256, base }: Slot): Slot {
  return { version, sha256, base };
}

/** As read: a count that is none is 0. */
function counted(current: Current): Current {
  const { starts, lastError } = current;
  if (!Number.isInteger(starts) || (starts ?? 0) < 0) return plain(current);
  return {
    ...plain(current),
    ...(starts === undefined ? {} : { starts }),
    ...(typeof lastError === 'string' ? { lastError } : {}),
  };
}

/** Without what another package goes before. */
export function withoutOutdated(state: SlotState, base: string): SlotState {
  const { current, previous, trial, failures } = state;
  const holds = (slot: Slot | undefined) =>
    slot !== undefined && (slot.base === base || isNewer(slot.version, base));
  return {
    ...(current !== undefined && holds(current) ? { current } : {}),
    ...(previous !== undefined && holds(previous) ? { previous } : {}),
    ...(trial !== undefined && holds(trial) ? { trial } : {}),
    failures,
  };
}

function isSlot(value: unknown): value is Slot {
  const { version, sha256, base } = (value ?? {}) as Partial<Slot>;
  // It becomes a path.
  return (
    typeof version === 'string' &&
    /^[0-9A-Za-z][0-9A-Za-z.+-]{0,39}$/.test(version) &&
    typeof sha256 === 'string' &&
    typeof base === 'string'
  );
}

function isTrial(slot: Slot): slot is Trial {
  const { starts, trialSeconds } = slot as Partial<Trial>;
  return Number.isInteger(starts) && Number.isInteger(trialSeconds);
}

function isFailure(value: unknown): value is Failure {
  const { version, reason } = (value ?? {}) as Partial<Failure>;
  return typeof version === 'string' && typeof reason === 'string';
}
