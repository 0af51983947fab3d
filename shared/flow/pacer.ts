// How many bytes may go at once so that a rate is kept over all streams of a test: credit grows
// with time and is forgotten beyond a few milliseconds, so that a stall is not made good by a burst.
import { bytesAt, type Mbps } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';

/**
 * More than a timer is late on a busy machine, or the rate falls short; little enough for the buffers
 * on the way. [lab: at 44 to 2,000 Mbit/s every half second was within 1%; with 8 ms up to 3% less]
 */
const MOST_CREDIT_MS = 15;
/** Credit grows while it is being spent; without a grain a sender would never come to rest. */
const GRAIN_BYTES = 4 * 1448;

export class Pacer {
  readonly #rate: Mbps;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #credit = 0;
  #since: number;

  constructor(rate: Mbps, clock: Pick<Clock, 'monotonicMs'>) {
    this.#rate = rate;
    this.#clock = clock;
    this.#since = clock.monotonicMs();
  }

  /** Takes up to `wanted` bytes from the credit and says how many. */
  take(wanted: number): number {
    const now = this.#clock.monotonicMs();
    const most = Math.max(2 * GRAIN_BYTES, bytesAt(this.#rate, MOST_CREDIT_MS));
    this.#credit = Math.min(most, this.#credit + bytesAt(this.#rate, now - this.#since));
    this.#since = now;
    if (this.#credit < Math.min(wanted, GRAIN_BYTES)) return 0;
    const taken = Math.min(wanted, Math.floor(this.#credit));
    this.#credit -= taken;
    return taken;
  }
}
