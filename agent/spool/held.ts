// Records on their way to the disk, oldest first. Where the disk takes them, they are here for a
// moment; where it is full or read-only, they wait here, within a bound. Owns no file.
import type { Bytes } from '#shared/model/units.ts';

export interface HeldRecord {
  readonly position: number;
  /** As it lies in a segment: header and payload. */
  readonly bytes: Buffer;
}

export class Held {
  #records: HeldRecord[] = [];
  #bytes: Bytes = 0;

  get count(): number {
    return this.#records.length;
  }

  get bytes(): Bytes {
    return this.#bytes;
  }

  get records(): readonly HeldRecord[] {
    return this.#records;
  }

  add(record: HeldRecord): void {
    this.#records.push(record);
    this.#bytes += record.bytes.length;
  }

  /** The oldest that fit into `room` together, and at least one; they stay. */
  first(room: Bytes): readonly HeldRecord[] {
    let bytes = 0;
    const count = this.#records.findIndex((record) => {
      bytes += record.bytes.length;
      return bytes > room;
    });
    return count < 0 ? this.#records : this.#records.slice(0, Math.max(1, count));
  }

  /** Up to and including `position`; says how many they were. */
  forget(position: number): number {
    const before = this.#records.length;
    this.#records = this.#records.filter((record) => record.position > position);
    this.#bytes = this.#records.reduce((sum, { bytes }) => sum + bytes.length, 0);
    return before - this.#records.length;
  }

  /** Drops the oldest until at most `room` is taken, but never the newest; says how many they were. */
  shrinkTo(room: Bytes): number {
    let count = 0;
    while (this.#bytes > room && this.#records.length > 1) {
      this.#bytes -= this.#records.shift()?.bytes.length ?? 0;
      count += 1;
    }
    return count;
  }
}
