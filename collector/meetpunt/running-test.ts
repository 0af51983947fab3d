// One test on the measure server: its bytes, its sockets, its end.
import type { Socket } from 'node:net';
import { Pacer } from '#shared/flow/pacer.ts';
import { Payload } from '#shared/flow/payload.ts';
import type { Mbps, Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { SAMPLE_MS, STREAMS_MAX } from '#shared/wire/speed.ts';
import type { Busy } from './busy-watch.ts';

/** `full`: as many tests ran as there are places. */
export type LimitedBy = 'full' | Busy;

export interface RunningTestOptions {
  readonly id: string;
  readonly maxBytes: number;
  /** Random bytes, shared by all tests. */
  readonly payload: Uint8Array;
  readonly clock: Clock;
}

const PACE_TICK_MS = 5;
/** Unpaced: few and large writes. */
const CHUNK_BYTES = 256 * 1024;
/** A download's streams may still be closing when the upload's open, and its counts. */
export const MOST_SOCKETS = 2 * STREAMS_MAX + 2;
/** Small enough that streams share a pace fairly, large enough to cost little. */
const PACED_CHUNK_BYTES = 16 * 1024;

export class RunningTest {
  readonly id: string;
  readonly startedMs: number;
  sentBytes = 0;
  receivedBytes = 0;
  /** Why what it reads may be this server's limit and not the line's. */
  readonly limitedBy = new Set<LimitedBy>();
  readonly #options: RunningTestOptions;
  readonly #sockets = new Set<Socket>();
  readonly #pumps = new Set<() => void>();
  readonly #payload: Payload;
  #quietSinceMs: Ms;
  #pacer: Pacer | undefined;
  #stopTicks: (() => void) | undefined;

  constructor(options: RunningTestOptions) {
    this.id = options.id;
    this.#options = options;
    this.#payload = new Payload(options.payload);
    this.startedMs = options.clock.monotonicMs();
    this.#quietSinceMs = this.startedMs;
  }

  /** Sends on a held `socket` until it closes or the test's bytes are spent. */
  send(socket: Socket, pace: Mbps | undefined): void {
    if (pace !== undefined) this.#setPace(pace);
    const pump = () => this.#pump(socket);
    this.#pumps.add(pump);
    socket.on('drain', pump);
    socket.on('close', () => this.#pumps.delete(pump));
    pump();
  }

  receive(count: number): void {
    this.receivedBytes += count;
    if (this.#left() <= 0) this.end();
  }

  /** Calls `onCount` every 100 ms until the held socket closes. */
  count(socket: Socket, onCount: (elapsedMs: number, bytes: number) => void): void {
    const { clock } = this.#options;
    const tell = () => {
      if (socket.destroyed) return;
      onCount(clock.monotonicMs() - this.startedMs, this.receivedBytes);
    };
    // A timer's turn comes before the reads': what came in while it was late is counted first.
    const stop = clock.every(SAMPLE_MS, () => void clock.sleep(0).then(tell));
    socket.on('close', stop);
    tell();
  }

  /** How long this test has had no connection at all: its agent may be gone. */
  quietMs(): Ms {
    return this.#sockets.size > 0 ? 0 : this.#options.clock.monotonicMs() - this.#quietSinceMs;
  }

  /** One more socket may be held. */
  get hasRoom(): boolean {
    return this.#sockets.size < MOST_SOCKETS && this.#left() > 0;
  }

  /** The socket belongs to this test and is closed with it. Throws `too_many_requests`. */
  hold(socket: Socket): void {
    if (this.#sockets.size >= MOST_SOCKETS) {
      throw new AppError('too_many_requests', `a test has at most ${STREAMS_MAX} streams`);
    }
    // Or each new socket would bring one more chunk.
    if (this.#left() <= 0) {
      throw new AppError(
        'too_many_requests',
        `the ${this.#options.maxBytes} bytes of this test are spent; end it with DELETE`,
      );
    }
    this.#sockets.add(socket);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#quietSinceMs = this.#options.clock.monotonicMs();
    });
  }

  end(): void {
    this.#stopTicks?.();
    this.#stopTicks = undefined;
    for (const socket of this.#sockets) socket.destroy();
  }

  #left(): number {
    return this.#options.maxBytes - this.sentBytes - this.receivedBytes;
  }

  #setPace(pace: Mbps): void {
    if (this.#pacer !== undefined) return;
    this.#pacer = new Pacer(pace, this.#options.clock);
    let turn = 0;
    this.#stopTicks = this.#options.clock.every(PACE_TICK_MS, () => {
      // Another stream goes first each time, so that all get their share of the credit.
      const pumps = [...this.#pumps];
      turn += 1;
      for (let i = 0; i < pumps.length; i += 1) pumps[(i + turn) % pumps.length]?.();
    });
  }

  #pump(socket: Socket): void {
    while (!socket.destroyed && !socket.writableNeedDrain) {
      const wanted = Math.min(
        this.#left(),
        this.#pacer === undefined ? CHUNK_BYTES : PACED_CHUNK_BYTES,
      );
      if (wanted <= 0) {
        this.end();
        return;
      }
      const count = this.#pacer?.take(wanted) ?? wanted;
      if (count === 0) return;
      this.sentBytes += count;
      socket.write(this.#payload.take(count));
    }
  }
}
