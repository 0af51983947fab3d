// The agent's standing connection to its collector: dialled again for as long as it runs. Owns
// when to connect and who waits for a slot. No answer of a collector makes it forget anything.
import type { Plan } from '#shared/model/plan.ts';
import type { EpochMs, Ms } from '#shared/model/units.ts';
import { backoffMs, UPLINK_BACKOFF } from '#shared/runtime/backoff.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Service } from '#shared/runtime/service.ts';
import { type AgentFrame, CLOSE, type Instruction, type SlotGrant } from '#shared/wire/uplink.ts';
import type { Identity } from '../identity/identity.ts';
import type { Trouble } from '../network/trouble.ts';
import {
  afterHttps,
  afterWebSocket,
  FIRST_CHOICE,
  type TransportChoice,
  type TransportEnd,
  type TransportKind,
} from './choose-transport.ts';
import { type ClockSample, offsetAt } from './clock-offset.ts';
import { LiveSession, type LiveSessionOptions, type SessionEnd } from './live-session.ts';
import type { SlotAnswer } from './session.ts';
import { SlotDenied } from './slot-denied.ts';
import { BROKEN, type Connect } from './transport.ts';

export type UplinkStatus = {
  /** Wall clock of the last change of `state`. */
  readonly since: EpochMs;
  /** Why the last connection failed or ended. */
  readonly lastError?: string;
  /** What stands between, since the last connection was lost or refused; absent while connected. */
  readonly trouble?: Trouble;
  readonly locationId?: string;
  /** Of the connection that there is, or is being made. */
  readonly transport?: TransportKind;
} & { readonly state: 'connecting' | 'connected' | 'waiting' };

export type Ways =
  | { readonly websocket: Connect; readonly https?: Connect }
  | { readonly websocket?: Connect; readonly https: Connect };

export interface UplinkOptions
  extends Omit<
    LiveSessionOptions,
    'identity' | 'connect' | 'samples' | 'onOpened' | 'onSlotAnswer' | 'onInstruction' | 'onPassed'
  > {
  /**
   * How the collector is reached, asked at each attempt; with both, HTTPS where WebSocket is not let
   * through.
   */
  readonly ways: () => Ways;
  /** What the collector asks for; answered by `say`. Default: passed over. */
  readonly onInstruction?: (instruction: Instruction) => void;
  readonly identity: Pick<Identity, 'deviceId' | 'privateKey' | 'locationId' | 'collector'>;
  /** At each welcome, also when the plan is as before. */
  readonly onPlan?: (plan: Plan) => void;
  /** At the end of each connection, also of one that was never welcomed. */
  readonly onClosed?: () => void;
}

/** What its pings say of the line, on the monotonic clock. */
export interface Pulse {
  readonly isConnected: boolean;
  /** When the collector last answered a ping; absent when it never did. */
  readonly answeredMs?: Ms;
  /** When the oldest ping was sent that has no answer; absent where there is none. */
  readonly unansweredSinceMs?: Ms;
}

export interface Uplink {
  /** Ready at once: an agent without a collector still measures its health and keeps its spool. */
  readonly service: Service;
  /**
   * Waits for a connection, then for the answer. Rejects with `SlotDenied`, `unreachable` when the
   * collector does not answer, or the signal's reason.
   */
  requestSlot(mode: 'check' | 'capacity', signal: AbortSignal): Promise<SlotGrant>;
  /** Without a connection nothing happens: the slot ends by itself. */
  releaseSlot(slotId: string): void;
  /** Without a connection nothing is said; false then. */
  say(frame: AgentFrame): boolean;
  /** Ends the connection, or the wait for one, and dials at once by what `ways` says then. */
  reconnect(reason: string): void;
  /** Agent minus collector; undefined until there was an answer to a ping. */
  clockOffsetMs(): Ms | undefined;
  /** As of the last welcome. */
  plan(): Plan | undefined;
  status(): UplinkStatus;
  pulse(): Pulse;
  /** When `status().state` changed last, on the monotonic clock. */
  changedMs(): Ms;
  /** Resolves when the collector has everything in the spool; rejects with the signal's reason. */
  drained(signal: AbortSignal): Promise<void>;
}

/** A welcome that lasts no longer is no reason to hurry at the next attempt. */
const LASTING_MS: Ms = 30_000;
/** Two agents with one identity would else throw each other out without end. */
const REPLACED_WAIT_MS: Ms = 60_000;

export function createUplink(options: UplinkOptions): Uplink {
  return new ReconnectingUplink(options);
}

interface SlotCaller {
  readonly mode: 'check' | 'capacity';
  readonly resolve: (grant: SlotGrant) => void;
  readonly reject: (error: unknown) => void;
}

class ReconnectingUplink implements Uplink {
  readonly service: Service;
  readonly #options: UplinkOptions;
  readonly #callers = new Map<number, SlotCaller>();
  readonly #draining = new Set<() => void>();
  #session: LiveSession | undefined;
  #samples: readonly ClockSample[] = [];
  #answeredMs: Ms | undefined;
  #plan: Plan | undefined;
  #status: UplinkStatus;
  #changedMs: Ms;
  #nextRequestId = 0;
  #choice: TransportChoice = FIRST_CHOICE;
  /** Ends the wait before the next attempt. */
  #hurry = new AbortController();

  constructor(options: UplinkOptions) {
    this.#options = options;
    const { identity, clock } = options;
    this.#status = { state: 'waiting', since: clock.now(), locationId: identity.locationId };
    this.#changedMs = clock.monotonicMs();
    this.service = { name: 'uplink', run: (signal, ready) => this.#run(signal, ready) };
  }

  requestSlot(mode: 'check' | 'capacity', signal: AbortSignal): Promise<SlotGrant> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const requestId = this.#nextRequestId;
    this.#nextRequestId += 1;
    const { promise, resolve, reject } = Promise.withResolvers<SlotGrant>();
    const giveUp = () => {
      this.#callers.delete(requestId);
      this.#session?.dispatch({ type: 'slot_not_wanted', requestId });
      reject(signal.reason);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    this.#callers.set(requestId, { mode, resolve, reject });
    if (this.#session?.isOpen) this.#session.dispatch({ type: 'slot_wanted', requestId, mode });
    return promise.finally(() => signal.removeEventListener('abort', giveUp));
  }

  releaseSlot(slotId: string): void {
    this.#session?.dispatch({ type: 'slot_over', slotId });
  }

  say(frame: AgentFrame): boolean {
    if (!this.#session?.isOpen) return false;
    this.#session.dispatch({ type: 'say', frame });
    return true;
  }

  reconnect(reason: string): void {
    this.#choice = FIRST_CHOICE;
    this.#hurry.abort();
    this.#session?.end(reason);
  }

  clockOffsetMs(): Ms | undefined {
    const { clock } = this.#options;
    const samples = this.#session?.samples ?? this.#samples;
    return offsetAt(samples, { wallMs: clock.now(), monotonicMs: clock.monotonicMs() });
  }

  plan(): Plan | undefined {
    return this.#plan;
  }

  status(): UplinkStatus {
    return this.#status;
  }

  changedMs(): Ms {
    return this.#changedMs;
  }

  pulse(): Pulse {
    const heartbeat = this.#session?.heartbeat;
    const answeredMs = heartbeat?.answeredMs ?? this.#answeredMs;
    const [oldest] = heartbeat?.unanswered ?? [];
    return {
      isConnected: this.#session?.isOpen === true,
      ...(answeredMs === undefined ? {} : { answeredMs }),
      ...(oldest === undefined ? {} : { unansweredSinceMs: oldest.sentMs }),
    };
  }

  drained(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        this.#draining.delete(look);
        signal.removeEventListener('abort', giveUp);
        settle();
      };
      const look = () => {
        if (this.#options.spool.stats().records === 0) end(resolve);
      };
      const giveUp = () => end(() => reject(signal.reason));
      this.#draining.add(look);
      signal.addEventListener('abort', giveUp);
      if (signal.aborted) giveUp();
      else look();
    });
  }

  async #run(signal: AbortSignal, ready: () => void): Promise<void> {
    const { clock, random, log } = this.#options;
    ready();
    let attempt = 0;
    let reported: string | undefined;
    while (!signal.aborted) {
      this.#setState('connecting');
      this.#hurry = new AbortController();
      const end = await this.#connectOnce(signal);
      if (signal.aborted) break;
      if (this.#hurry.signal.aborted) attempt = 0;
      if (this.#hurry.signal.aborted || end.isAgainAtOnce) continue;
      if ((end.openMs ?? 0) >= LASTING_MS) attempt = 0;
      const waitMs = waitAfter(end, backoffMs(UPLINK_BACKOFF, attempt, random));
      attempt += 1;
      this.#setState('waiting', end);
      // A long outage is one line, not one for each attempt: flash cards wear.
      const isNews = end.openMs !== undefined || end.why !== reported;
      log[isNews ? 'warn' : 'debug'](
        end.openMs === undefined ? 'no connection to the collector' : 'the connection has ended',
        { collector: this.#options.identity.collector, why: end.why, nextInMs: waitMs },
      );
      reported = end.why;
      const hurry = AbortSignal.any([signal, this.#hurry.signal]);
      await clock.sleep(waitMs, hurry).catch(() => {});
      if (this.#hurry.signal.aborted) attempt = 0;
    }
    this.#setState('waiting');
    const stopped = new AppError('unreachable', 'the uplink has stopped; no slot was asked for');
    for (const { reject } of this.#callers.values()) reject(stopped);
    this.#callers.clear();
  }

  async #connectOnce(signal: AbortSignal): Promise<SessionEnd & { isAgainAtOnce: boolean }> {
    const ways = this.#options.ways();
    const kind = kindOf(ways, this.#choice);
    const over = new AbortController();
    this.#status = { ...this.#status, transport: kind };
    let isTimeUp = false;
    const session: LiveSession = new LiveSession({
      ...this.#options,
      connect: wayOf(ways, kind),
      samples: this.#samples,
      onOpened: ({ locationId, plan }) => {
        this.#opened(session, locationId, plan);
        if (kind === 'websocket' || ways.websocket === undefined) return;
        this.#options.clock.sleep(this.#choice.backAfterMs, over.signal).then(
          () => {
            isTimeUp = true;
            session.end('to see whether WebSocket is let through by now');
          },
          () => {},
        );
      },
      onSlotAnswer: (requestId, answer) => this.#answerCaller(requestId, answer),
      onInstruction: (instruction) => this.#options.onInstruction?.(instruction),
      onPassed: () => {
        for (const look of [...this.#draining]) look();
      },
    });
    this.#session = session;
    const end = await session.run(signal);
    over.abort();
    this.#samples = session.samples;
    this.#answeredMs = session.heartbeat.answeredMs ?? this.#answeredMs;
    this.#session = undefined;
    this.#options.onClosed?.();
    const before = this.#choice.next;
    if (ways.websocket !== undefined && ways.https !== undefined) {
      this.#choose(kind, end, isTimeUp);
    }
    // The other way is not waited for; it may be the one that is open.
    const isOther = this.#choice.next !== before && (isTimeUp || this.#choice.next === 'https');
    return { ...end, isAgainAtOnce: isOther };
  }

  #choose(kind: TransportKind, end: SessionEnd, isTimeUp: boolean): void {
    const { log } = this.#options;
    const before = this.#choice;
    const seen: TransportEnd = {
      ...(end.trouble === undefined ? {} : { trouble: end.trouble }),
      ...(end.openMs === undefined ? {} : { openMs: end.openMs }),
      isOrderly: end.code !== BROKEN && end.code !== CLOSE.timedOut,
    };
    this.#choice =
      kind === 'websocket' ? afterWebSocket(before, seen) : afterHttps(before, seen, isTimeUp);
    if (this.#choice.next === before.next) return;
    log.debug('the way to the collector changes', { to: this.#choice.next, why: end.why });
  }

  #opened(session: LiveSession, locationId: string, plan: Plan): void {
    const { identity, log, onPlan } = this.#options;
    this.#status = { ...this.#status, locationId };
    this.#setState('connected');
    this.#plan = plan;
    log.info('connected to the collector', { collector: identity.collector, locationId });
    onPlan?.(plan);
    for (const [requestId, { mode }] of this.#callers) {
      session.dispatch({ type: 'slot_wanted', requestId, mode });
    }
  }

  #answerCaller(requestId: number, answer: SlotAnswer): void {
    const caller = this.#callers.get(requestId);
    if (caller === undefined) return;
    this.#callers.delete(requestId);
    if (answer === 'late') {
      caller.reject(new AppError('unreachable', 'the collector did not answer our slot request'));
    } else if ('grant' in answer) {
      caller.resolve(answer.grant);
    } else {
      caller.reject(new SlotDenied(answer.reason, answer.retryAfterMs));
    }
  }

  #setState(state: UplinkStatus['state'], end?: Pick<SessionEnd, 'why' | 'trouble'>): void {
    const { clock } = this.#options;
    if (state !== this.#status.state) this.#changedMs = clock.monotonicMs();
    const { trouble, ...before } = this.#status;
    const shown = end === undefined ? trouble : end.trouble;
    this.#status = {
      ...before,
      ...(state === before.state ? {} : { state, since: clock.now() }),
      ...(end === undefined ? {} : { lastError: end.why }),
      ...(shown === undefined || state === 'connected' ? {} : { trouble: shown }),
    };
  }
}

function kindOf({ websocket, https }: Ways, { next }: TransportChoice): TransportKind {
  if (websocket === undefined) return 'https';
  return https === undefined ? 'websocket' : next;
}

function wayOf({ websocket, https }: Ways, kind: TransportKind): Connect {
  return (kind === 'https' ? https : websocket) ?? (https as Connect);
}

function waitAfter(end: SessionEnd, backoff: Ms): Ms {
  const asked = Math.min(end.retryAfterMs, UPLINK_BACKOFF.capMs);
  return (end.code === CLOSE.replaced ? REPLACED_WAIT_MS : asked) + backoff;
}
