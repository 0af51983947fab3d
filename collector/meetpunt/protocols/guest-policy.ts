// What a guest (a client without a slot, speaking somebody else's protocol) may take of the measure
// server: a place, requests at the same time, bytes of its day. Pure: times are handed in, and who
// is asked for sockets or clocks is the desk's affair.
import type { Bytes, EpochMs, Ms } from '#shared/model/units.ts';

export interface GuestLimits {
  /** Bulk requests of one network at the same time; LibreSpeed's page has 6 streams. */
  readonly requests: number;
  /** Both directions together, per network and UTC day. */
  readonly dayBytes: Bytes;
  /** A test is many requests: its place is kept this long after the last of them. */
  readonly lingerMs: Ms;
  /** Networks that are remembered for their day's bytes; the least recently seen go first. */
  readonly networks: number;
}

export type GuestRefusal = 'busy' | 'too_many_requests' | 'bytes_spent';

interface Guest {
  requests: number;
  bytes: Bytes;
  day: number;
  /** Of the last request's end, on the monotonic clock; undefined: never had one. */
  lastEndMs: Ms | undefined;
}

const DAY_MS = 86_400_000;

export class GuestPolicy {
  readonly #limits: GuestLimits;
  /** Least recently begun first. */
  readonly #guests = new Map<string, Guest>();

  constructor(limits: GuestLimits) {
    this.#limits = limits;
  }

  /** A bulk request of `network` asks to begin. `placesFree`: places that nobody holds. */
  begin(
    network: string,
    { nowMs, now, placesFree }: { nowMs: Ms; now: EpochMs; placesFree: number },
  ): GuestRefusal | undefined {
    const guest = this.#guestOf(network, now);
    if (guest.bytes >= this.#limits.dayBytes) return 'bytes_spent';
    if (guest.requests >= this.#limits.requests) return 'too_many_requests';
    if (!this.#holds(guest, nowMs) && placesFree <= 0) return 'busy';
    guest.requests += 1;
    return undefined;
  }

  /** Takes up to `wanted` from what the day has left, and says how much. */
  spend(network: string, wanted: Bytes): Bytes {
    const guest = this.#guests.get(network);
    if (guest === undefined) return 0;
    const taken = Math.max(0, Math.min(wanted, this.#limits.dayBytes - guest.bytes));
    guest.bytes += taken;
    return taken;
  }

  end(network: string, nowMs: Ms): void {
    const guest = this.#guests.get(network);
    if (guest === undefined) return;
    guest.requests = Math.max(0, guest.requests - 1);
    guest.lastEndMs = nowMs;
  }

  /** Places that guests hold: one for each network that is in a test. */
  places(nowMs: Ms): number {
    let count = 0;
    for (const guest of this.#guests.values()) if (this.#holds(guest, nowMs)) count += 1;
    return count;
  }

  /** Nobody lingers any longer: places are wanted for agents. */
  giveUpLingering(): void {
    for (const guest of this.#guests.values()) guest.lastEndMs = undefined;
  }

  #holds(guest: Guest, nowMs: Ms): boolean {
    if (guest.requests > 0) return true;
    return guest.lastEndMs !== undefined && nowMs - guest.lastEndMs < this.#limits.lingerMs;
  }

  #guestOf(network: string, now: EpochMs): Guest {
    const day = Math.floor(now / DAY_MS);
    const known = this.#guests.get(network);
    this.#guests.delete(network);
    const guest = known ?? { requests: 0, bytes: 0, day, lastEndMs: undefined };
    if (guest.day !== day) Object.assign(guest, { day, bytes: 0 });
    this.#guests.set(network, guest);
    if (this.#guests.size > this.#limits.networks) this.#forgetOne();
    return guest;
  }

  #forgetOne(): void {
    for (const [network, guest] of this.#guests) {
      if (guest.requests > 0) continue;
      this.#guests.delete(network);
      return;
    }
  }
}
