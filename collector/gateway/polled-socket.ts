// One agent's frames over requests (shared/wire/uplink-polling.ts): what it sends is taken in once,
// what it is to have waits until it says that it has it.
import type { Bytes } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { MAX_FRAME_BYTES } from '#shared/wire/uplink.ts';
import {
  type CloseRequest,
  MAX_FRAMES_A_REQUEST,
  type PollReply,
  type PollRequest,
  type SendRequest,
} from '#shared/wire/uplink-polling.ts';
import {
  type AgentSocket,
  type AgentSocketEvents,
  closeReason,
  errorFrameText,
} from './agent-socket.ts';

export class PolledSocket implements AgentSocket {
  readonly #clock: Pick<Clock, 'sleep'>;
  #events: AgentSocketEvents | undefined;
  #state: 'open' | 'closing' | 'over' = 'open';
  /** Not yet known to be at the agent. */
  #out: string[] = [];
  /** Number of the first of `#out`. */
  #first = 1;
  #unsentBytes: Bytes = 0;
  /** Number of the last frame that came. */
  #received = 0;
  #goodbye: { readonly code: number; readonly reason: string } | undefined;
  /** Ends the wait of the poll that is held. */
  #held = new AbortController();
  #paused: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  /** Requests with frames, one after the other: a slow one is sent again before it is answered. */
  #receiving: Promise<void> = Promise.resolve();

  constructor(clock: Pick<Clock, 'sleep'>) {
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get unsentBytes(): Bytes {
    return this.#unsentBytes;
  }

  listen(events: AgentSocketEvents): void {
    this.#events = events;
  }

  send(text: string): void {
    if (this.#state !== 'open') return;
    this.#out.push(text);
    this.#unsentBytes += Buffer.byteLength(text);
    this.#held.abort();
  }

  pause(): void {
    this.#paused ??= Promise.withResolvers<void>();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  close(code: number, reason: string): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#goodbye = { code, reason };
    this.#held.abort();
    this.resume();
  }

  refuse(closeCode: number, code: string, message: string): void {
    this.send(errorFrameText(code, message));
    this.close(closeCode, closeReason(code, message));
  }

  terminate(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#held.abort();
    this.resume();
    this.#events?.onClosed();
  }

  /** Resolves when all of it has been taken in. Throws `bad_request` for frames that left a gap. */
  receive(request: Omit<SendRequest, 'session'>): Promise<void> {
    this.#events?.onSign();
    const taken = this.#receiving.then(() => this.#take(request));
    this.#receiving = taken.catch(() => {});
    return taken;
  }

  /** `signal` fires when the asker is gone. Throws `bad_request` for frames that never were. */
  async poll(
    { after, holdMs }: Omit<PollRequest, 'session'>,
    signal: AbortSignal,
  ): Promise<PollReply> {
    this.#events?.onSign();
    const had = after + 1 - this.#first;
    if (had < 0 || had > this.#out.length) {
      const known = `from ${this.#first - 1} to ${this.#first - 1 + this.#out.length}`;
      throw new AppError('bad_request', `after: must be ${known}; open a new session`);
    }
    for (const text of this.#out.splice(0, had)) this.#unsentBytes -= Buffer.byteLength(text);
    this.#first += had;
    // The one that was held is answered: whoever asked has asked again.
    this.#held.abort();
    if (this.#out.length === 0 && this.#state === 'open' && holdMs > 0) {
      const held = new AbortController();
      this.#held = held;
      await this.#clock.sleep(holdMs, AbortSignal.any([signal, held.signal])).catch(() => {});
      if (this.#held !== held) return { first: this.#first, frames: [] };
    }
    return this.#reply();
  }

  closeFrom({ code, reason }: Omit<CloseRequest, 'session'>): void {
    if (this.#state === 'open') this.#goodbye = { code, reason };
    this.terminate();
  }

  async #take({ first, frames }: Omit<SendRequest, 'session'>): Promise<void> {
    if (first > this.#received + 1) {
      throw new AppError(
        'bad_request',
        `first: frame ${this.#received + 1} is due, not ${first}; open a new session`,
      );
    }
    for (const [index, text] of frames.entries()) {
      if (this.#state !== 'open') return;
      // It came before: its answer was lost on the way, or has not gone yet.
      if (first + index <= this.#received) continue;
      this.#received += 1;
      this.#events?.onText(text);
      await this.#paused?.promise;
    }
  }

  #reply(): PollReply {
    const frames: string[] = [];
    let bytes = 0;
    for (const text of this.#out.slice(0, MAX_FRAMES_A_REQUEST)) {
      bytes += Buffer.byteLength(text);
      if (bytes > MAX_FRAME_BYTES && frames.length > 0) break;
      frames.push(text);
    }
    const isAll = frames.length === this.#out.length;
    const reply = { first: this.#first, frames };
    if (this.#state === 'open' || this.#goodbye === undefined || !isAll) return reply;
    // It has heard; if this answer is lost, it finds the session gone.
    const closed = this.#goodbye;
    this.terminate();
    return { ...reply, closed };
  }
}
