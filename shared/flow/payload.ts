// The bytes of a test's load, taken from one random block in turn: shared by all streams, so that
// a link that compresses finds nothing to save within any usual window.

export class Payload {
  readonly #block: Uint8Array;
  #offset = 0;

  /** `block` must be random, and longer than what is taken at a time. */
  constructor(block: Uint8Array) {
    this.#block = block;
  }

  /** A view, no copy. */
  take(count: number): Uint8Array {
    if (this.#offset + count > this.#block.length) this.#offset = 0;
    const chunk = this.#block.subarray(this.#offset, this.#offset + count);
    this.#offset += count;
    return chunk;
  }
}
