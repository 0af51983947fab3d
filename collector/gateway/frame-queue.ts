// Frames of one connection, handled one after the other in their order. Bounded: when enough wait,
// the socket is left to wait too, and TCP holds the sender back.

export interface Pausable {
  pause(): void;
  resume(): void;
}

/** Beyond the one in work; each may have a megabyte. */
const MAX_QUEUED = 4;

export class FrameQueue {
  readonly #source: Pausable;
  readonly #onError: (error: unknown) => void;
  #queued = 0;
  #isPausing = false;
  #work: Promise<void> = Promise.resolve();

  constructor(source: Pausable, onError: (error: unknown) => void) {
    this.#source = source;
    this.#onError = onError;
  }

  get size(): number {
    return this.#queued;
  }

  /** True while the sender is held back, and so cannot be heard. */
  get isPausing(): boolean {
    return this.#isPausing;
  }

  add(work: () => Promise<void>): void {
    this.#queued += 1;
    if (this.#queued >= MAX_QUEUED && !this.#isPausing) {
      this.#isPausing = true;
      this.#source.pause();
    }
    this.#work = this.#work
      .then(work)
      .catch(this.#onError)
      .then(() => this.#done());
  }

  /** Resolves when all that was added so far is done. */
  drained(): Promise<void> {
    return this.#work;
  }

  #done(): void {
    this.#queued -= 1;
    if (this.#queued >= MAX_QUEUED || !this.#isPausing) return;
    this.#isPausing = false;
    this.#source.resume();
  }
}
