// One connection from dialling to its end: carries out what session.ts says, on a transport, a
// spool and a clock. Owns none of them but the transport.
import type { Plan } from '#shared/model/plan.ts';
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Random } from '#shared/runtime/random.ts';
import {
  type AgentFrame,
  CLOSE,
  collectorFrameSchema,
  helloPayload,
  type Instruction,
} from '#shared/wire/uplink.ts';
import { type Identity, sign } from '../identity/identity.ts';
import type { Trouble } from '../network/trouble.ts';
import type { Spool } from '../spool/spool.ts';
import type { ClockSample } from './clock-offset.ts';
import type { Heartbeat } from './heartbeat.ts';
import {
  type Now,
  nextDueMs,
  type SessionAction,
  type SessionEvent,
  type SessionState,
  type SlotAnswer,
  startSession,
  step,
} from './session.ts';
import { BROKEN, type Closed, type Connect, ConnectError, type Transport } from './transport.ts';

export interface LiveSessionOptions {
  readonly identity: Pick<Identity, 'deviceId' | 'privateKey'>;
  readonly spool: Spool;
  readonly connect: Connect;
  readonly clock: Clock;
  readonly random: Pick<Random, 'next'>;
  readonly log: Logger;
  readonly agentVersion: string;
  readonly nodeVersion: string;
  /** `run`: the standing session. `once`: a single command's, beside it. */
  readonly purpose: 'run' | 'once';
  /** What the session before learned of the clock. */
  readonly samples: readonly ClockSample[];
  readonly onOpened: (welcome: { readonly locationId: string; readonly plan: Plan }) => void;
  readonly onSlotAnswer: (requestId: number, answer: SlotAnswer) => void;
  readonly onInstruction: (instruction: Instruction) => void;
  /** Of the configuration that the agent runs by. */
  readonly configurationVersion?: () => number | undefined;
  /** It can check and start releases that the collector has. */
  readonly takesReleases?: boolean;
  /** The spool's cursor has moved. */
  readonly onPassed: () => void;
}

export interface SessionEnd {
  readonly code: number;
  /** For people. */
  readonly why: string;
  /** How long it was open; undefined when it never was. */
  readonly openMs?: Ms;
  readonly retryAfterMs: Ms;
  /** What stood between, where there was no connection. */
  readonly trouble?: Trouble;
}

/** For the peer to answer our goodbye. */
const GOODBYE_DEADLINE_MS: Ms = 2_000;

export class LiveSession {
  readonly #options: LiveSessionOptions;
  readonly #ended = Promise.withResolvers<Closed>();
  /** Fires when the session is over: ends its timers. */
  readonly #over = new AbortController();
  #state: SessionState;
  #transport: Transport | undefined;
  #timer: AbortController | undefined;
  #openedAtMs: Ms | undefined;
  #told: string | undefined;
  #closeReason: string | undefined;

  constructor(options: LiveSessionOptions) {
    this.#options = options;
    this.#state = startSession(this.#now(), options.samples);
  }

  get isOpen(): boolean {
    return this.#state.phase === 'open';
  }

  get samples(): readonly ClockSample[] {
    return this.#state.heartbeat.samples;
  }

  get heartbeat(): Heartbeat {
    return this.#state.heartbeat;
  }

  /** Resolves when the connection is over, or could not be made. Never rejects. */
  async run(signal: AbortSignal): Promise<SessionEnd> {
    const { connect, spool, clock } = this.#options;
    const early: string[] = [];
    const events = {
      onText: (text: string) => {
        if (this.#transport === undefined) early.push(text);
        else this.#receive(text);
      },
      onClosed: this.#ended.resolve,
    };
    try {
      this.#transport = await connect(events, signal);
    } catch (error) {
      const end = { code: BROKEN, why: messageOf(error) };
      if (!(error instanceof ConnectError)) return { ...end, retryAfterMs: 0 };
      return { ...end, retryAfterMs: error.retryAfterMs, trouble: error.trouble };
    }
    const stop = () => this.#close(CLOSE.goingAway, 'the agent is stopping');
    signal.addEventListener('abort', stop, { once: true });
    const endListening = spool.onAppend(() => this.dispatch({ type: 'appended' }));
    this.#armTimer();
    for (const text of early.splice(0)) this.#receive(text);
    if (signal.aborted) stop();
    const { code, reason } = await this.#ended.promise;
    this.#state = { ...this.#state, phase: 'closed' };
    endListening();
    signal.removeEventListener('abort', stop);
    this.#timer?.abort();
    this.#over.abort();
    const opened = this.#openedAtMs;
    return {
      code,
      why: this.#closeReason ?? this.#told ?? (reason || `the connection broke (${code})`),
      ...(opened === undefined ? {} : { openMs: clock.monotonicMs() - opened }),
      retryAfterMs: 0,
    };
  }

  /** Says goodbye; the session ends when that is answered, or was not in time. */
  end(reason: string): void {
    if (this.#transport !== undefined) this.#close(CLOSE.goingAway, reason);
  }

  /** Without effect once the session is over. */
  dispatch(event: SessionEvent): void {
    const { state, actions } = step(this.#state, event, this.#now());
    this.#state = state;
    for (const action of actions) this.#perform(action);
    this.#armTimer();
  }

  #receive(text: string): void {
    const frame = collectorFrameSchema.safeParse(parseJson(text));
    if (frame.success) {
      this.dispatch({ type: 'frame', frame: frame.data });
      return;
    }
    // A newer collector may say more than we know of; what we wait for has deadlines.
    this.#options.log.warn('a frame of the collector was not understood and is passed over', {
      faults: frame.error.issues
        .slice(0, 3)
        .map(({ path, message }) => `${path.join('.')}: ${message}`),
    });
  }

  #perform(action: SessionAction): void {
    const { log, onOpened, onSlotAnswer } = this.#options;
    switch (action.type) {
      case 'hello':
        this.#send(this.#hello(action.nonce));
        break;
      case 'send':
        this.#send(action.frame);
        break;
      case 'read':
        this.#read(action.max);
        break;
      case 'ack':
        this.#pass(action.position);
        break;
      case 'rejected': {
        const { position, reason } = action;
        log.warn('the collector rejected a measurement', { position, reason });
        break;
      }
      case 'opened':
        this.#openedAtMs = this.#options.clock.monotonicMs();
        onOpened(action);
        break;
      case 'slot_answer':
        onSlotAnswer(action.requestId, action.answer);
        break;
      case 'instructed':
        this.#options.onInstruction(action.instruction);
        break;
      case 'told':
        this.#told = `${action.code}: ${action.message}`;
        break;
      case 'close':
        this.#close(action.code, action.reason);
        break;
    }
  }

  #hello(nonce: string): AgentFrame {
    const { identity, agentVersion, nodeVersion, purpose, takesReleases } = this.#options;
    const { deviceId } = identity;
    const configurationVersion = this.#options.configurationVersion?.();
    return {
      type: 'hello',
      protocol: 1,
      deviceId,
      signature: sign(identity, helloPayload(nonce, deviceId)),
      ...{ agentVersion, nodeVersion, purpose },
      ...(configurationVersion === undefined ? {} : { configurationVersion }),
      ...(takesReleases === true ? { takesReleases } : {}),
    };
  }

  #send(frame: AgentFrame): void {
    this.#transport?.send(JSON.stringify(frame));
  }

  #read(max: number): void {
    this.#options.spool.read(max).then(
      (records) => this.dispatch({ type: 'records', records }),
      (error: unknown) => this.#spoolFailed(error),
    );
  }

  #pass(position: number): void {
    const { spool, onPassed } = this.#options;
    spool.ack(position).then(
      () => {
        onPassed();
        this.dispatch({ type: 'passed' });
      },
      (error: unknown) => this.#spoolFailed(error),
    );
  }

  #spoolFailed(error: unknown): void {
    this.#options.log.error('the spool does not work; nothing is sent until it does', { error });
    this.dispatch({ type: 'spool_failed' });
  }

  #close(code: number, reason: string): void {
    this.#closeReason ??= reason;
    this.#transport?.close(code, reason);
    this.#options.clock.sleep(GOODBYE_DEADLINE_MS, this.#over.signal).then(
      () => this.#transport?.terminate(),
      () => {},
    );
  }

  #armTimer(): void {
    const { clock } = this.#options;
    this.#timer?.abort();
    const due = nextDueMs(this.#state);
    if (!Number.isFinite(due) || this.#over.signal.aborted) return;
    const timer = new AbortController();
    this.#timer = timer;
    clock.sleep(Math.max(0, due - clock.monotonicMs()), timer.signal).then(
      () => this.dispatch({ type: 'due' }),
      () => {},
    );
  }

  #now(): Now {
    const { clock, random, spool } = this.#options;
    return {
      wallMs: clock.now(),
      monotonicMs: clock.monotonicMs(),
      chance: random.next(),
      spool: spool.stats(),
    };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
