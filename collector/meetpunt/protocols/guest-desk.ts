// Lets guests in by the policy and shows them out: each visit is one bulk request or one ndt7 test,
// with its bytes counted, its time limited, and its socket closed when an agent needs the place.
import type { Duplex } from 'node:stream';
import { Payload } from '#shared/flow/payload.ts';
import type { Bytes, Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { GuestPolicy, GuestRefusal } from './guest-policy.ts';

export interface GuestDeskOptions {
  readonly policy: GuestPolicy;
  readonly clock: Clock;
  /** Random bytes, shared by all. */
  readonly payload: Uint8Array;
  /** Places that neither an agent's test nor a guest holds. */
  readonly placesFree: () => number;
}

/** One guest's request in progress. */
export interface Visit {
  /** Random bytes to send, up to `wanted`; empty when the day's bytes are spent. */
  take(wanted: Bytes): Uint8Array;
  /** Counts what came in; false when the day's bytes are spent. */
  receive(count: Bytes): boolean;
  /** Gives the place back; called also by itself when the socket closes. */
  end(): void;
}

export interface GuestStats {
  readonly places: number;
  readonly visits: number;
  readonly refused: number;
  readonly sentBytes: Bytes;
  readonly receivedBytes: Bytes;
}

/** The reply to a refusal, as headers and in words. */
export const RETRY_AFTER_S: Readonly<Record<GuestRefusal, number>> = {
  busy: 15,
  too_many_requests: 5,
  bytes_spent: 3600,
};
const WORDS: Readonly<Record<GuestRefusal, string>> = {
  busy: 'all places of this measure server are taken; try again in a minute',
  too_many_requests: 'too many requests at the same time from one network; wait for those to end',
  bytes_spent: 'the bytes that one network may test with in a day are spent; try again tomorrow',
};

export class GuestRefused extends AppError {
  readonly retryAfterS: number;

  constructor(refusal: GuestRefusal) {
    super(refusal === 'busy' ? 'server_full' : 'too_many_requests', WORDS[refusal]);
    this.retryAfterS = RETRY_AFTER_S[refusal];
  }
}

export class GuestDesk {
  readonly #options: GuestDeskOptions;
  readonly #payload: Payload;
  readonly #running = new Set<{ readonly socket: Duplex; readonly end: () => void }>();
  #visits = 0;
  #refused = 0;
  #sentBytes = 0;
  #receivedBytes = 0;

  constructor(options: GuestDeskOptions) {
    this.#options = options;
    this.#payload = new Payload(options.payload);
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  /** The socket is destroyed after `limitMs`. Throws GuestRefused. */
  admit(network: string, socket: Duplex, limitMs: Ms): Visit {
    const { policy, clock, placesFree } = this.#options;
    const refusal = policy.begin(network, {
      nowMs: clock.monotonicMs(),
      now: clock.now(),
      placesFree: placesFree(),
    });
    if (refusal !== undefined) {
      this.#refused += 1;
      throw new GuestRefused(refusal);
    }
    this.#visits += 1;
    const over = new AbortController();
    const end = () => {
      if (over.signal.aborted) return;
      over.abort();
      this.#running.delete(running);
      socket.off('close', end);
      policy.end(network, clock.monotonicMs());
    };
    const running = { socket, end };
    this.#running.add(running);
    socket.once('close', end);
    clock.sleep(limitMs, over.signal).then(
      () => socket.destroy(),
      () => {},
    );
    return {
      take: (wanted) => {
        const count = policy.spend(network, wanted);
        this.#sentBytes += count;
        return this.#payload.take(count);
      },
      receive: (count) => {
        this.#receivedBytes += count;
        return policy.spend(network, count) === count;
      },
      end,
    };
  }

  /** An agent needs the place: guests go at once. */
  makeRoom(): void {
    for (const { socket, end } of [...this.#running]) {
      end();
      socket.destroy();
    }
    this.#options.policy.giveUpLingering();
  }

  places(): number {
    return this.#options.policy.places(this.#options.clock.monotonicMs());
  }

  stats(): GuestStats {
    return {
      places: this.places(),
      visits: this.#visits,
      refused: this.#refused,
      sentBytes: this.#sentBytes,
      receivedBytes: this.#receivedBytes,
    };
  }
}
