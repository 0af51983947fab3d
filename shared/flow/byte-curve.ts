// Bytes over time as the counters gave them: cumulative samples, read at any time in between.
import { mbpsOf } from '#shared/model/units.ts';

export interface Sample {
  /** Since the load began, from a monotonic clock; the real time of the reading. */
  readonly elapsedMs: number;
  /** Payload so far, all streams together. */
  readonly bytes: number;
}

export class ByteCurve {
  readonly #samples: Sample[] = [{ elapsedMs: 0, bytes: 0 }];

  /** Samples that do not move on in time are dropped: a rate over no time is no rate. */
  add(sample: Sample): boolean {
    if (sample.elapsedMs <= this.last.elapsedMs) return false;
    this.#samples.push(sample);
    return true;
  }

  get last(): Sample {
    return this.#samples.at(-1) ?? { elapsedMs: 0, bytes: 0 };
  }

  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** Linear between the readings around `elapsedMs`. */
  bytesAt(elapsedMs: number): number {
    for (let i = this.#samples.length - 1; i > 0; i -= 1) {
      const before = this.#samples[i - 1];
      const after = this.#samples[i];
      if (before === undefined || after === undefined) break;
      if (elapsedMs >= before.elapsedMs) {
        const share = (elapsedMs - before.elapsedMs) / (after.elapsedMs - before.elapsedMs);
        return before.bytes + Math.min(1, share) * (after.bytes - before.bytes);
      }
    }
    return 0;
  }

  /** Mbit/s of payload between two times. */
  rate(fromMs: number, toMs: number): number {
    return toMs > fromMs ? mbpsOf(this.bytesAt(toMs) - this.bytesAt(fromMs), toMs - fromMs) : 0;
  }
}
