// One agent's connection: challenge, hello, welcome, then frames in order until it closes. Faults
// end this connection and no other. Owns the socket; the gateway owns the list of connections.
import type { Plan } from '#shared/model/plan.ts';
import type { Bytes, EpochMs, Ms } from '#shared/model/units.ts';
import { type Clock, withDeadline } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import {
  type AgentFrame,
  CLOSE,
  type CollectorFrame,
  HANDSHAKE_DEADLINE_MS,
  HEARTBEAT_MS,
  UPLINK_PROTOCOL,
} from '#shared/wire/uplink.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { Device, DeviceContact, Registry } from '../registry/registry.ts';
import type { ReleaseReport } from '../releases/release-care.ts';
import type { Slots } from '../slots/slots.ts';
import type { AgentSocket } from './agent-socket.ts';
import { parseFrame } from './frame.ts';
import { FrameQueue } from './frame-queue.ts';
import { type Hello, identify } from './identify.ts';
import type { Report } from './remote-care.ts';

type Frame<T extends AgentFrame['type']> = Extract<AgentFrame, { type: T }>;

export interface Session {
  readonly device: Device;
  readonly purpose: Hello['purpose'];
  /** Of the configuration that the agent runs by; absent: as installed. */
  readonly configurationVersion?: number | undefined;
  readonly agentVersion: string;
  readonly takesReleases: boolean;
}

export interface ConnectionOptions {
  readonly socket: AgentSocket;
  readonly registry: Pick<Registry, 'device' | 'recordContact'>;
  readonly ingest: Pick<Ingest, 'ingest'>;
  readonly slots: Slots;
  readonly plan: Plan;
  readonly clock: Clock;
  readonly log: Logger;
  /** Fresh for each connection. */
  readonly nonce: string;
  readonly sessionId: string;
  /** The device has proved its key; called before it is welcomed. */
  readonly onOpen: (session: Session) => void;
  /** Of a standing session. */
  readonly onReport: (device: Device, report: Report | ReleaseReport) => Promise<void>;
  /** A stranger, or nobody who speaks our protocol. */
  readonly onFailedHandshake: () => void;
}

/** A hello has a few hundred bytes; strangers may not make us hold more. */
const MAX_HELLO_BYTES: Bytes = 4_096;
/** Acknowledgements are small: who leaves this much unread is not reading. */
const MAX_UNSENT_BYTES: Bytes = 4_194_304;
const CONTACT_EVERY_MS: Ms = 60_000;
/** Two pings missed, and some. */
const SILENCE_MS: Ms = 2.5 * HEARTBEAT_MS;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #over = new AbortController();
  readonly #queue: FrameQueue;
  readonly #closed = Promise.withResolvers<void>();
  #session: Session | undefined;
  #closing = false;
  #frames = 0;
  #lastSeenMs: number;
  #lastContactMs = Number.NEGATIVE_INFINITY;
  #clockOffsetMs: number | undefined;

  constructor(options: ConnectionOptions) {
    const { socket, clock, nonce } = options;
    this.#options = options;
    this.#lastSeenMs = clock.monotonicMs();
    this.#queue = new FrameQueue(
      {
        pause: () => socket.pause(),
        resume: () => {
          this.#seen();
          socket.resume();
        },
      },
      (error) => this.#fail(error),
    );
    socket.listen({
      onText: (text) => this.#receive(text),
      onBinary: () => this.#receiveBinary(),
      onSign: () => this.#seen(),
      onError: (error, isFault) => {
        options.log.debug('connection failed', { error: error.message });
        if (isFault && this.#session === undefined) options.onFailedHandshake();
      },
      onClosed: () => {
        this.#closing = true;
        this.#over.abort();
        this.#closed.resolve();
      },
    });
    this.#send({ type: 'challenge', protocol: UPLINK_PROTOCOL, nonce });
    clock.sleep(HANDSHAKE_DEADLINE_MS, this.#over.signal).then(
      () => this.#checkGreeted(),
      () => {},
    );
  }

  /** Resolves when the socket is gone. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** An instruction to an agent that has been welcomed. */
  tell(frame: CollectorFrame): void {
    this.#send(frame);
  }

  /** Closed for want of any sign of life; not while it is we who leave the socket to wait. */
  endIfSilent(): void {
    if (this.#queue.isPausing) return;
    if (this.#options.clock.monotonicMs() - this.#lastSeenMs <= SILENCE_MS) return;
    this.#options.log.debug('silent for too long', { deviceId: this.#session?.device.id });
    this.#options.socket.terminate();
  }

  close(code: number, reason: string): void {
    this.#closing = true;
    this.#options.socket.resume();
    this.#options.socket.close(code, reason);
  }

  /** Takes in nothing more; resolves when what was taken in has been answered. */
  drain(): Promise<void> {
    this.#closing = true;
    return this.#queue.drained();
  }

  terminate(): void {
    this.#options.socket.terminate();
  }

  #seen(): void {
    this.#lastSeenMs = this.#options.clock.monotonicMs();
  }

  #receiveBinary(): void {
    this.#seen();
    if (this.#closing) return;
    this.#frames += 1;
    const what = `frame ${this.#frames} is binary; the protocol is JSON text`;
    this.#refuse(CLOSE.malformed, 'malformed_message', what);
  }

  #receive(text: string): void {
    this.#seen();
    if (this.#closing) return;
    this.#frames += 1;
    const receivedAt = this.#options.clock.now();
    if (this.#session === undefined && text.length > MAX_HELLO_BYTES) {
      const what = `a frame may have ${MAX_HELLO_BYTES} bytes before the welcome`;
      this.#refuse(CLOSE.tooBig, 'message_too_big', what);
      return;
    }
    const parsed = parseFrame(text, this.#frames);
    if ('fault' in parsed) {
      this.#refuse(CLOSE.malformed, 'malformed_message', parsed.fault);
      return;
    }
    const { frame } = parsed;
    // At once, past what is in work: the agent reads our clock from it.
    if (frame.type === 'ping' && this.#session !== undefined) this.#answerPing(frame, receivedAt);
    else this.#queue.add(() => this.#handle(frame, receivedAt));
  }

  async #handle(frame: AgentFrame, receivedAt: EpochMs): Promise<void> {
    const session = this.#session;
    if (frame.type === 'hello') {
      if (session === undefined) return this.#greet(frame);
      return this.#refuse(CLOSE.malformed, 'malformed_message', 'hello: was said before');
    }
    if (session === undefined) {
      // Also what was sent behind a hello that was refused.
      if (this.#closing) return;
      const what = `${frame.type}: came before the hello that opens a session`;
      return this.#refuse(CLOSE.malformed, 'malformed_message', what);
    }
    const { ingest, slots } = this.#options;
    switch (frame.type) {
      case 'batch': {
        const results = await ingest.ingest(session.device, frame.records, {
          clockOffsetMs: this.#clockOffsetMs,
        });
        this.#send({ type: 'ack', results });
        this.#contact({});
        return;
      }
      case 'ping':
        return this.#answerPing(frame, receivedAt);
      case 'slot_request': {
        const { requestId } = frame;
        const answer = slots.request(session.device.id);
        this.#send(
          'grant' in answer
            ? { type: 'slot', requestId, grant: answer.grant }
            : { type: 'slot_denied', requestId, ...answer },
        );
        return;
      }
      case 'slot_release':
        return slots.release(session.device.id, frame.slotId);
      case 'configuration_result':
      case 'measure_progress':
      case 'release_read':
      case 'release_result':
        if (session.purpose === 'run') await this.#options.onReport(session.device, frame);
        return;
    }
  }

  async #greet(hello: Hello): Promise<void> {
    const { clock, registry, plan, nonce, sessionId, onOpen } = this.#options;
    let device: Device;
    try {
      device = await withDeadline(
        clock,
        HANDSHAKE_DEADLINE_MS,
        () => new AppError('store_unavailable', 'the registry does not answer'),
        async () => {
          const found = await identify(registry, nonce, hello);
          const { agentVersion } = hello;
          await registry.recordContact(found.id, { at: clock.now(), agentVersion });
          return found;
        },
      );
    } catch (error) {
      this.#refuseHello(hello, error);
      return;
    }
    if (this.#closing) return;
    this.#lastContactMs = clock.monotonicMs();
    const { purpose, configurationVersion, agentVersion, takesReleases = false } = hello;
    this.#session = { device, purpose, configurationVersion, agentVersion, takesReleases };
    onOpen(this.#session);
    this.#send({
      type: 'welcome',
      sessionId,
      locationId: device.locationId,
      time: clock.now(),
      plan: { ...plan, position: device.position },
    });
  }

  #refuseHello(hello: Hello, error: unknown): void {
    if (!(error instanceof AppError)) throw error;
    this.#options.log.warn('hello refused', { deviceId: hello.deviceId, code: error.code });
    if (error.code === 'store_unavailable') {
      // Without the path of our file.
      const what = 'the collector cannot reach its registry; try again later';
      this.#refuse(CLOSE.tryLater, error.code, what);
    } else {
      this.#refuse(CLOSE.unauthorised, error.code, error.message);
    }
  }

  #answerPing(ping: Frame<'ping'>, receivedAt: EpochMs): void {
    const { clock } = this.#options;
    this.#clockOffsetMs = ping.clockOffsetMs ?? this.#clockOffsetMs;
    this.#send({
      type: 'pong',
      id: ping.id,
      pingSentAt: ping.sentAt,
      receivedAt,
      sentAt: clock.now(),
    });
    this.#contact({
      ...(ping.clockOffsetMs === undefined ? {} : { clockOffsetMs: ping.clockOffsetMs }),
      ...(ping.spool === undefined ? {} : { spool: ping.spool }),
    });
  }

  #contact(news: Omit<DeviceContact, 'at'>): void {
    const { clock, registry, log } = this.#options;
    const deviceId = this.#session?.device.id;
    const now = clock.monotonicMs();
    if (deviceId === undefined || now - this.#lastContactMs < CONTACT_EVERY_MS) return;
    this.#lastContactMs = now;
    registry.recordContact(deviceId, { at: clock.now(), ...news }).catch((error: unknown) => {
      log.warn('a contact was not recorded', { deviceId, error });
    });
  }

  #checkGreeted(): void {
    if (this.#session !== undefined || this.#queue.size > 0) return;
    this.#options.onFailedHandshake();
    this.close(CLOSE.timedOut, `no hello within ${HANDSHAKE_DEADLINE_MS / 1000} s`);
  }

  /** A bug of ours: the agent keeps what it has, and comes back. */
  #fail(error: unknown): void {
    this.#options.log.error('a frame could not be handled', {
      deviceId: this.#session?.device.id,
      error,
    });
    this.#refuse(CLOSE.tryLater, 'internal_error', 'a fault in the collector; try again later');
  }

  #refuse(closeCode: number, code: string, message: string): void {
    if (this.#closing) return;
    this.#closing = true;
    const isStranger = this.#session === undefined && closeCode !== CLOSE.tryLater;
    if (isStranger) this.#options.onFailedHandshake();
    this.#options.socket.resume();
    this.#options.socket.refuse(closeCode, code, message);
  }

  #send(frame: CollectorFrame): void {
    const { socket, log } = this.#options;
    if (!socket.isOpen) return;
    if (socket.unsentBytes > MAX_UNSENT_BYTES) {
      log.warn('a peer does not read its answers', { deviceId: this.#session?.device.id });
      socket.terminate();
      return;
    }
    socket.send(JSON.stringify(frame));
  }
}
