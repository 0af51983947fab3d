// STAMP's session-sender (RFC 8762 §4.2): numbered packets at a steady rate, matched with what a stateful
// reflector sends back. Durations are by this side's monotonic clock; the reflector's own stay comes off.
import { createSocket, type Socket } from 'node:dgram';
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { decodeReflected, encodeSender } from '#shared/wire/stamp.ts';
import type { Probe } from './probe.ts';
import type { ProbeReply } from './probe-log.ts';

export interface StampProbeOptions {
  /** An address, not a name. */
  readonly address: string;
  readonly port: number;
  readonly perSecond: number;
  /** 1–65,535, of this session alone. */
  readonly sessionId: number;
  readonly clock: Clock;
}

/** Sends from the moment that it resolves. Rejects when the system gives no socket. */
export async function openStampProbe(options: StampProbeOptions): Promise<Probe> {
  const { address, port, clock, perSecond } = options;
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.connect(port, address, resolve);
  }).catch((error: unknown) => {
    socket.close();
    throw error;
  });
  socket.removeAllListeners('error');
  const session = new Session(socket, options);
  session.send();
  const stopSending = clock.every(1000 / perSecond, () => session.send());
  return {
    stop: async (graceMs) => {
      stopSending();
      await clock.sleep(graceMs);
      socket.close();
      return session.log();
    },
  };
}

class Session {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #sessionId: number;
  readonly #startMs: Ms;
  readonly #epochMs: number;
  readonly #sentMs: Ms[] = [];
  readonly #replies: ProbeReply[] = [];

  constructor(socket: Socket, { clock, sessionId }: StampProbeOptions) {
    this.#socket = socket;
    this.#clock = clock;
    this.#sessionId = sessionId;
    this.#startMs = clock.monotonicMs();
    this.#epochMs = clock.now() - this.#startMs;
    // A refused or unreachable port comes back as an error: for a probe that is a loss like another.
    socket.on('error', () => {});
    socket.on('message', (message) => this.#take(message));
  }

  send(): void {
    const nowMs = this.#clock.monotonicMs();
    const sequence = this.#sentMs.length;
    this.#sentMs.push(nowMs - this.#startMs);
    const sentAt = this.#epochMs + nowMs;
    const packet = { sequence, sentAt, sessionId: this.#sessionId, isSynced: false };
    this.#socket.send(encodeSender(packet), () => {});
  }

  #take(message: Buffer): void {
    const nowMs = this.#clock.monotonicMs();
    const packet = decodeReflected(message);
    if (packet === undefined || packet.sessionId !== this.#sessionId) return;
    const sentMs = this.#sentMs[packet.sender.sequence];
    // What was never sent is somebody else's.
    if (sentMs === undefined) return;
    const stayMs = Math.max(0, packet.sentAt - packet.receivedAt);
    this.#replies.push({
      sequence: packet.sender.sequence,
      reflected: packet.sequence,
      roundTripMs: Math.max(0, nowMs - this.#startMs - sentMs - stayMs),
      forwardMs: packet.receivedAt - packet.sender.sentAt,
      reverseMs: this.#epochMs + nowMs - packet.sentAt,
    });
  }

  log() {
    return {
      transport: 'udp' as const,
      sentMs: this.#sentMs,
      replies: this.#replies,
      endMs: this.#clock.monotonicMs() - this.#startMs,
    };
  }
}
