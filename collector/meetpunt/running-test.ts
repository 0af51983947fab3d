// One test on the measure server: its bytes, its sockets, its end.
import type { Socket } from 'node:net';
import { Pacer } from '#shared/flow/pacer.ts';
import type { Mbps } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { SAMPLE_MS } from '#shared/wire/speed.ts';

export interface RunningTestOptions {
  readonly id: string;
  readonly maxBytes: number;
  /** Incompressible bytes, shared by all tests. */
  readonly payload: Buffer;
  readonly clock: Clock;
}

const PACE_TICK_MS = 5;
/** Small enough that streams share a pace fairly, large enough to cost little. */
const PACED_CHUNK_BYTES = 16 * 1024;

export class RunningTest {
  readonly id: string;
  readonly startedMs: number;
  sentBytes = 0;
  receivedBytes = 0;
  serverLimited = false;
  readonly #options: RunningTestOptions;
  readonly #sockets = new Set<Socket>();
  readonly #pumps = new Set<() => void>();
  #pacer: Pacer | undefined;
  #stopTicks: (() => void) | undefined;

  constructor(options: RunningTestOptions) {
    this.id = options.id;
    this.#options = options;
    this.startedMs = options.clock.monotonicMs();
  }

  /** Sends on `socket` until it closes or the test's bytes are spent. */
  send(socket: Socket, pace: Mbps | undefined): void {
    this.hold(socket);
    if (pace !== undefined) this.#setPace(pace);
    const pump = () => this.#pump(socket);
    this.#pumps.add(pump);
    socket.on('drain', pump);
    socket.on('close', () => this.#pumps.delete(pump));
    pump();
  }

  receive(chunk: Buffer): void {
    this.receivedBytes += chunk.length;
    if (this.#left() <= 0) this.end();
  }

  /** Calls `onCount` every 100 ms until the socket closes. */
  count(socket: Socket, onCount: (elapsedMs: number, bytes: number) => void): void {
    this.hold(socket);
    const tell = () =>
      onCount(this.#options.clock.monotonicMs() - this.startedMs, this.receivedBytes);
    const stop = this.#options.clock.every(SAMPLE_MS, tell);
    socket.on('close', stop);
    tell();
  }

  /** The socket belongs to this test and is closed with it. */
  hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
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
    const { payload } = this.#options;
    while (!socket.destroyed && !socket.writableNeedDrain) {
      const wanted = Math.min(
        this.#left(),
        this.#pacer === undefined ? payload.length : PACED_CHUNK_BYTES,
      );
      if (wanted <= 0) {
        this.end();
        return;
      }
      const count = this.#pacer?.take(wanted) ?? wanted;
      if (count === 0) return;
      this.sentBytes += count;
      socket.write(payload.subarray(0, count));
    }
  }
}
