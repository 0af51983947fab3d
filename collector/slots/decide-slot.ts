// Whether a device may test now, against which measure server, or when to ask again. Pure: state
// and time in, new state and answer out.
import type { EpochMs, Ms, Share } from '#shared/model/units.ts';

export interface MeasureServer {
  /** Origin, e.g. `http://meet.example:8081`. */
  readonly url: string;
  /** Tests at the same time. */
  readonly capacity: number;
  /** It did not answer when it was last looked at, time and again. */
  readonly state?: 'away';
}

export interface LiveSlot {
  readonly slotId: string;
  readonly deviceId: string;
  readonly server: string;
  readonly grantedAt: EpochMs;
  readonly expiresAt: EpochMs;
}

/** A device that was denied and told when to come back. */
export interface WaitingDevice {
  readonly deviceId: string;
  readonly since: EpochMs;
  readonly dueAt: EpochMs;
}

export interface SlotState {
  readonly live: readonly LiveSlot[];
  /** In the order in which they first asked. */
  readonly waiting: readonly WaitingDevice[];
}

export interface SlotRequest {
  readonly deviceId: string;
  /** Of the slot that may come of it. */
  readonly slotId: string;
  /** Uniform in [0, 1): spreads those who are to come back. */
  readonly jitter: Share;
  /** Another server is given while one has a place: a fail on these is to be confirmed elsewhere. */
  readonly avoid?: readonly string[];
}

export type SlotDecision =
  | { readonly state: SlotState; readonly granted: LiveSlot }
  | { readonly state: SlotState; readonly reason: string; readonly retryAfterMs: Ms };

export const NO_SLOTS: SlotState = { live: [], waiting: [] };

/** A whole test, up and down, takes 6 to 25 s; a slow line with its set-up under a minute. */
export const SLOT_MS: Ms = 60_000;
/** How long a slot is held as a rule, for the estimate of when the next is free. */
const TYPICAL_MS: Ms = 15_000;
/** A place is kept for who is due this soon… */
const COMING_MS: Ms = 2_000;
/** …or was due this long ago; then it has gone elsewhere. */
const PATIENCE_MS: Ms = 10_000;
const MIN_RETRY_MS: Ms = 1_000;
const MAX_RETRY_MS: Ms = 600_000;
/** Those told to come back at about the same time come spread over this long. */
const SPREAD_MS: Ms = 5_000;

export function decideSlot(
  before: SlotState,
  servers: readonly MeasureServer[],
  request: SlotRequest,
  now: EpochMs,
): SlotDecision {
  // A device that asks again has given up the slot it had. A slot that ends later than a slot can
  // is of before the clock was set back.
  const live = before.live.filter(
    (slot) =>
      slot.deviceId !== request.deviceId &&
      slot.expiresAt > now &&
      slot.expiresAt <= now + 2 * SLOT_MS,
  );
  const waiting = before.waiting.filter(({ dueAt }) => now < dueAt + PATIENCE_MS);
  const own = waiting.find(({ deviceId }) => deviceId === request.deviceId);
  const others = waiting.filter((each) => each !== own);
  const ahead = own === undefined ? others : waiting.slice(0, waiting.indexOf(own));

  const usable = servers.filter(({ state }) => state !== 'away');
  const coming = ahead.filter(({ dueAt }) => dueAt <= now + COMING_MS).length;
  const free = freePlaces(usable, live);
  const avoid = request.avoid ?? [];
  const best = free.find((url) => !avoid.includes(url)) ?? free[0];
  const server = free.length > coming ? best : undefined;
  if (server !== undefined) {
    const granted = {
      slotId: request.slotId,
      deviceId: request.deviceId,
      server,
      grantedAt: now,
      expiresAt: now + SLOT_MS,
    };
    return { state: { live: [...live, granted], waiting: others }, granted };
  }

  const retryAfterMs = retryAfter(usable, live, ahead.length, request.jitter, now);
  const entry = {
    deviceId: request.deviceId,
    since: own?.since ?? now,
    dueAt: now + retryAfterMs,
  };
  return {
    state: {
      live,
      waiting: waiting.map((each) => (each === own ? entry : each)).concat(own ? [] : [entry]),
    },
    reason: reasonOf(servers, usable, ahead.length),
    retryAfterMs,
  };
}

/** Only the device that has a slot can give it back. */
export function releaseSlot(state: SlotState, deviceId: string, slotId: string): SlotState {
  return {
    ...state,
    live: state.live.filter((slot) => slot.slotId !== slotId || slot.deviceId !== deviceId),
  };
}

function reasonOf(
  servers: readonly MeasureServer[],
  usable: readonly MeasureServer[],
  aheadCount: number,
): string {
  if (capacityOf(servers) === 0) return 'no measure server is set up';
  if (capacityOf(usable) === 0) return 'no measure server answers the collector; ask again later';
  return `all measure servers are in use, ${aheadCount} device(s) wait before this one`;
}

/** How many places of a server are taken. */
export function placesTaken({ live }: SlotState, url: string, now: EpochMs): number {
  return live.filter(({ server, expiresAt }) => server === url && expiresAt > now).length;
}

/** One entry for each place that is free, on the emptiest server first. */
function freePlaces(servers: readonly MeasureServer[], live: readonly LiveSlot[]): string[] {
  return servers
    .flatMap(({ url, capacity }) => {
      const used = live.filter((slot) => slot.server === url).length;
      return Array.from({ length: Math.max(0, capacity - used) }, (_, place) => ({
        url,
        load: (used + place) / capacity,
      }));
    })
    .sort((a, b) => a.load - b.load)
    .map(({ url }) => url);
}

/** When the place after those ahead is free, if each test takes as long as tests do. */
function retryAfter(
  servers: readonly MeasureServer[],
  live: readonly LiveSlot[],
  aheadCount: number,
  jitter: Share,
  now: EpochMs,
): Ms {
  const capacity = capacityOf(servers);
  if (capacity === 0) return SLOT_MS + jitter * SLOT_MS;
  // A place on a server that is away frees none that could be had.
  const endings = live
    .filter(({ server }) => servers.some(({ url }) => url === server))
    .map((slot) => Math.min(slot.expiresAt, Math.max(now, slot.grantedAt + TYPICAL_MS)) - now)
    .sort((a, b) => a - b);
  const rounds = Math.floor(aheadCount / capacity);
  const base = (endings[aheadCount % capacity] ?? 0) + rounds * TYPICAL_MS;
  return Math.round(Math.min(MAX_RETRY_MS, Math.max(MIN_RETRY_MS, base)) + jitter * SPREAD_MS);
}

function capacityOf(servers: readonly MeasureServer[]): number {
  return servers.reduce((sum, { capacity }) => sum + capacity, 0);
}
