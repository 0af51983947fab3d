// The agent's standing connection to its collector: dialled again for as long as it runs. Owns
// when to connect and who waits for a slot. No answer of a collector makes it forget anything.
import type { Plan } from '#shared/model/plan.ts';
import type { EpochMs, Ms } from '#shared/model/units.ts';
import { backoffMs, UPLINK_BACKOFF } from '#shared/runtime/backoff.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Service } from '#shared/runtime/service.ts';
import { CLOSE, type SlotGrant } from '#shared/wire/uplink.ts';
import type { Identity } from '../identity/identity.ts';
import { type ClockSample, offsetAt } from './clock-offset.ts';
import { LiveSession, type LiveSessionOptions, type SessionEnd } from './live-session.ts';
import type { SlotAnswer } from './session.ts';
import { SlotDenied } from './slot-denied.ts';

export type UplinkStatus = {
  /** Wall clock of the last change of `state`. */
  readonly since: EpochMs;
  /** Why the last connection failed or ended. */
  readonly lastError?: string;
  readonly locationId?: string;
} & { readonly state: 'connecting' | 'connected' | 'waiting' };

export interface UplinkOptions
  extends Omit<
    LiveSessionOptions,
    'identity' | 'samples' | 'onOpened' | 'onSlotAnswer' | 'onPassed'
  > {
  readonly identity: Pick<Identity, 'deviceId' | 'privateKey' | 'locationId' | 'collector'>;
  /** At each welcome, also when the plan is as before. */
  readonly onPlan?: (plan: Plan) => void;
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
      const end = await this.#connectOnce(signal);
      if (signal.aborted) break;
      if ((end.openMs ?? 0) >= LASTING_MS) attempt = 0;
      const waitMs = waitAfter(end, backoffMs(UPLINK_BACKOFF, attempt, random));
      attempt += 1;
      this.#setState('waiting', end.why);
      // A long outage is one line, not one for each attempt: flash cards wear.
      const isNews = end.openMs !== undefined || end.why !== reported;
      log[isNews ? 'warn' : 'debug'](
        end.openMs === undefined ? 'no connection to the collector' : 'the connection has ended',
        { collector: this.#options.identity.collector, why: end.why, nextInMs: waitMs },
      );
      reported = end.why;
      await clock.sleep(waitMs, signal).catch(() => {});
    }
    this.#setState('waiting');
    const stopped = new AppError('unreachable', 'the uplink has stopped; no slot was asked for');
    for (const { reject } of this.#callers.values()) reject(stopped);
    this.#callers.clear();
  }

  async #connectOnce(signal: AbortSignal): Promise<SessionEnd> {
    const session: LiveSession = new LiveSession({
      ...this.#options,
      samples: this.#samples,
      onOpened: ({ locationId, plan }) => this.#opened(session, locationId, plan),
      onSlotAnswer: (requestId, answer) => this.#answerCaller(requestId, answer),
      onPassed: () => {
        for (const look of [...this.#draining]) look();
      },
    });
    this.#session = session;
    const end = await session.run(signal);
    this.#samples = session.samples;
    this.#answeredMs = session.heartbeat.answeredMs ?? this.#answeredMs;
    this.#session = undefined;
    return end;
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

  #setState(state: UplinkStatus['state'], lastError?: string): void {
    const { clock } = this.#options;
    if (state !== this.#status.state) this.#changedMs = clock.monotonicMs();
    this.#status = {
      ...this.#status,
      ...(state === this.#status.state ? {} : { state, since: clock.now() }),
      ...(lastError === undefined ? {} : { lastError }),
    };
  }
}

function waitAfter(end: SessionEnd, backoff: Ms): Ms {
  const asked = Math.min(end.retryAfterMs, UPLINK_BACKOFF.capMs);
  return (end.code === CLOSE.replaced ? REPLACED_WAIT_MS : asked) + backoff;
}
