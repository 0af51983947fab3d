// A stateful STAMP session-reflector (RFC 8762 §4.3) beside the measure server. Open to anyone, and
// harmless so: it never answers with more than it got, no faster than a probe is sent, and a session is
// 24 bytes that are forgotten in minutes.
import { createSocket, type Socket } from 'node:dgram';
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { decodeSender, encodeReflected, isReflected } from '#shared/wire/stamp.ts';

export interface StampReflectorOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly clock: Clock;
}

export interface StampReflector extends AsyncDisposable {
  readonly port: number;
  stats(): { readonly sessions: number; readonly reflected: number; readonly refused: number };
}

interface Session {
  /** Packets reflected: the next one's sequence number. */
  count: number;
  lastMs: Ms;
  /** Packets that may be reflected now. */
  credit: number;
}

/** RFC 8762 leaves it to the reflector when a session without packets is over. */
const FORGET_MS = 180_000;
const MOST_SESSIONS = 20_000;
/** Several times what an agent sends under load, and a burst of it. */
const PER_SECOND = 200;
const BURST = 400;
/** No program probes from a service's port; somebody may claim to, to have it sent to that service. */
const LEAST_PORT = 1024;

/** Listens when it resolves. Throws `address_in_use`. */
export async function openStampReflector(options: StampReflectorOptions): Promise<StampReflector> {
  const socket = createSocket(options.host.includes(':') ? 'udp6' : 'udp4');
  await bind(socket, options);
  const state = new Reflector(socket, options.clock);
  return {
    port: socket.address().port,
    stats: () => state.stats(),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        state.close();
        socket.close(() => resolve());
      }),
  };
}

function bind(socket: Socket, { host, port }: StampReflectorOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      const isTaken = error.code === 'EADDRINUSE';
      const message = isTaken
        ? `UDP port ${port} on ${host} is taken, which the latency probes need: stop what uses it, or choose another port for the measure server`
        : `cannot listen on UDP ${host} port ${port}: ${error.message}`;
      reject(new AppError(isTaken ? 'address_in_use' : 'bad_settings', message, { cause: error }));
    });
    socket.bind(port, host, () => {
      socket.removeAllListeners('error');
      resolve();
    });
  });
}

class Reflector {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #sessions = new Map<string, Session>();
  readonly #stopSweeps: () => void;
  /** Wall clock at a moment of the monotonic one: time stamps with fractions that do not step. */
  readonly #epochMs: number;
  #reflected = 0;
  #refused = 0;

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#epochMs = clock.now() - clock.monotonicMs();
    // What the network does to a reply (an unreachable port, say) is no fault of ours.
    socket.on('error', () => {});
    socket.on('message', (message, { address, port }) => this.#answer(message, address, port));
    this.#stopSweeps = clock.every(FORGET_MS / 4, () => this.#sweep());
  }

  stats() {
    return {
      sessions: this.#sessions.size,
      reflected: this.#reflected,
      refused: this.#refused,
    };
  }

  close(): void {
    this.#stopSweeps();
  }

  #answer(message: Buffer, address: string, port: number): void {
    const nowMs = this.#clock.monotonicMs();
    const packet = isReflected(message) || port < LEAST_PORT ? undefined : decodeSender(message);
    const session =
      packet === undefined
        ? undefined
        : this.#session(`${address} ${port} ${packet.sessionId}`, nowMs);
    if (packet === undefined || session === undefined) {
      this.#refused += 1;
      return;
    }
    const sequence = session.count;
    session.count += 1;
    this.#reflected += 1;
    const reply = encodeReflected(
      {
        ...{ sequence, sessionId: packet.sessionId, isSynced: false, sender: packet },
        receivedAt: this.#epochMs + nowMs,
        sentAt: this.#epochMs + this.#clock.monotonicMs(),
      },
      message,
    );
    this.#socket.send(reply, port, address, () => {});
  }

  /** Undefined when it has had its share, or there is no room for another. */
  #session(key: string, nowMs: Ms): Session | undefined {
    let session = this.#sessions.get(key);
    if (session === undefined) {
      if (this.#sessions.size >= MOST_SESSIONS) return undefined;
      session = { count: 0, lastMs: nowMs, credit: BURST };
      this.#sessions.set(key, session);
    }
    const earned = ((nowMs - session.lastMs) / 1000) * PER_SECOND;
    session.credit = Math.min(BURST, session.credit + earned);
    session.lastMs = nowMs;
    if (session.credit < 1) return undefined;
    session.credit -= 1;
    return session;
  }

  #sweep(): void {
    const before = this.#clock.monotonicMs() - FORGET_MS;
    for (const [key, { lastMs }] of this.#sessions) {
      if (lastMs < before) this.#sessions.delete(key);
    }
  }
}
