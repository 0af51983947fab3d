// A clock that stands still until a test moves it; sleepers wake in order of their time.
import type { Clock } from '#shared/runtime/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export class FakeClock implements Clock {
  #wall: number;
  #monotonic = 0;
  readonly #sleepers = new Set<Sleeper>();

  constructor(wall = Date.parse('2026-03-02T08:00:00.000Z')) {
    this.#wall = wall;
  }

  now(): number {
    return this.#wall;
  }

  monotonicMs(): number {
    return this.#monotonic;
  }

  get sleepers(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const sleeper = { at: this.#monotonic + ms, wake: () => end(resolve) };
      const onAbort = () => end(() => reject(signal?.reason));
      const end = (settle: () => void) => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', onAbort);
        settle();
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  every(ms: number, tick: () => void): () => void {
    let sleeper: Sleeper;
    const arm = (at: number) => {
      sleeper = {
        at,
        wake: () => {
          this.#sleepers.delete(sleeper);
          arm(at + ms);
          tick();
        },
      };
      this.#sleepers.add(sleeper);
    };
    arm(this.#monotonic + ms);
    return () => this.#sleepers.delete(sleeper);
  }

  /** Moves both clocks on, waking sleepers in order and letting promises settle between them. */
  async advance(ms: number): Promise<void> {
    const until = this.#monotonic + ms;
    for (;;) {
      await settle();
      const next = [...this.#sleepers].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > until) break;
      this.#move(next.at);
      next.wake();
    }
    this.#move(until);
    await settle();
  }

  /** Steps the wall clock alone, as NTP or a battery-less board does. */
  step(ms: number): void {
    this.#wall += ms;
  }

  #move(to: number): void {
    const by = Math.max(0, to - this.#monotonic);
    this.#monotonic += by;
    this.#wall += by;
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
