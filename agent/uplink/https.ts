// The uplink over plain requests (shared/wire/uplink-polling.ts), for networks that let no WebSocket
// through. Each way one request at a time; one that fails is sent again once, with the same numbers.
import type { z } from 'zod';
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import { API_PREFIX, errorBodySchema } from '#shared/wire/api.ts';
import { MAX_FRAME_BYTES } from '#shared/wire/uplink.ts';
import {
  MAX_FRAMES_A_REQUEST,
  MAX_HOLD_MS,
  MAX_POLLING_BYTES,
  openReplySchema,
  POLLING_PATH,
  pollReplySchema,
} from '#shared/wire/uplink-polling.ts';
import type { Answer, Outbound } from '../network/outbound.ts';
import { NetworkError } from '../network/trouble.ts';
import { refusedWith, unreachable } from './connect-error.ts';
import {
  BROKEN,
  type Closed,
  type Connect,
  ConnectError,
  type Transport,
  type TransportEvents,
} from './transport.ts';

/** For one request to be answered, beyond the time that it is held. */
const ANSWER_MS: Ms = 15_000;
/** Before a request that failed is sent again. */
const AGAIN_MS: Ms = 1_000;
/** A network that ends held requests sooner than this is asked now and then instead. */
const SHORTEST_HOLD_MS: Ms = 2_000;
const SHORT_POLL_EVERY_MS: Ms = 5_000;

/** `collector`: its base URL, `http://…` or `https://…`. */
export function connectHttps(
  collector: string,
  outbound: Pick<Outbound, 'exchange' | 'forget'>,
  clock: Pick<Clock, 'sleep'>,
): Connect {
  const base = `${collector.replace(/\/+$/, '')}${API_PREFIX}${POLLING_PATH}`;
  return async (events, signal) => {
    const url = new URL(`${base}/open`);
    let answer: Answer;
    try {
      outbound.forget(url);
      answer = await outbound.exchange(url, { ...LIMITS, body: {} }, signal);
    } catch (error) {
      throw unreachable(url.href, error);
    }
    const opened = openReplySchema.safeParse(jsonOf(answer));
    if (answer.status !== 201 || !opened.success) throw notOpened(url.href, answer);
    return new PollingTransport({ base, outbound, clock, events, ...opened.data });
  };
}

const LIMITS = { deadlineMs: ANSWER_MS, maxBytes: MAX_POLLING_BYTES } as const;

interface PollingOptions {
  readonly base: string;
  readonly session: string;
  readonly outbound: Pick<Outbound, 'exchange'>;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly events: TransportEvents;
}

class PollingTransport implements Transport {
  readonly #options: PollingOptions;
  readonly #over = new AbortController();
  /** Not yet known to be at the collector. */
  readonly #out: string[] = [];
  /** Number of the first of `#out`. */
  #first = 1;
  #flushing: Promise<void> | undefined;
  #isClosing = false;
  /** Halved each time that the network ends a held request too early. */
  #holdMs = MAX_HOLD_MS;

  constructor(options: PollingOptions) {
    this.#options = options;
    void this.#receive();
  }

  send(text: string): void {
    if (this.#isClosing) return;
    this.#out.push(text);
    this.#flush();
  }

  close(code: number, reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    void this.#goodbye(code, reason.slice(0, 200));
  }

  terminate(): void {
    this.#end({ code: BROKEN, reason: '' });
  }

  #end(closed: Closed): void {
    if (this.#over.signal.aborted) return;
    this.#isClosing = true;
    this.#over.abort(new Error('the session is over'));
    this.#options.events.onClosed(closed);
  }

  #broke(error: unknown): void {
    this.#end({ code: BROKEN, reason: messageOf(error) });
  }

  async #receive(): Promise<void> {
    const { clock, events } = this.#options;
    const { signal } = this.#over;
    let after = 0;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const holdMs = this.#holdMs < SHORTEST_HOLD_MS ? 0 : this.#holdMs;
        const reply = await this.#ask('poll', pollReplySchema, { after, holdMs }, holdMs);
        failures = 0;
        const known = after + 1 - reply.first;
        for (const text of reply.frames.slice(Math.max(0, known))) events.onText(text);
        after = Math.max(after, reply.first + reply.frames.length - 1);
        if (reply.closed !== undefined) this.#end(reply.closed);
        else if (holdMs === 0 && reply.frames.length === 0) {
          await clock.sleep(SHORT_POLL_EVERY_MS, signal);
        }
      } catch (error) {
        failures += 1;
        if (!isPassing(error) || failures > 1) return this.#broke(error);
        this.#holdMs /= 2;
        await clock.sleep(AGAIN_MS, signal).catch(() => {});
      }
    }
  }

  #flush(): void {
    this.#flushing ??= this.#sendAll().then(
      () => {
        this.#flushing = undefined;
      },
      (error: unknown) => this.#broke(error),
    );
  }

  async #sendAll(): Promise<void> {
    while (this.#out.length > 0) {
      const frames = fitting(this.#out);
      const body = { first: this.#first, frames };
      try {
        await this.#ask('send', undefined, body);
      } catch (error) {
        if (!isPassing(error)) throw error;
        await this.#options.clock.sleep(AGAIN_MS, this.#over.signal);
        await this.#ask('send', undefined, body);
      }
      this.#out.splice(0, frames.length);
      this.#first += frames.length;
    }
  }

  /** What was still to be said is said first. */
  async #goodbye(code: number, reason: string): Promise<void> {
    try {
      await this.#flushing;
      await this.#ask('close', undefined, { code, reason });
    } catch {
      // It finds the session silent, and ends it.
    }
    this.#end({ code, reason });
  }

  async #ask<T>(
    what: string,
    schema: z.ZodType<T> | undefined,
    body: object,
    holdMs: Ms = 0,
  ): Promise<T> {
    const { base, outbound, session } = this.#options;
    const url = new URL(`${base}/${what}`);
    const exchange = {
      ...LIMITS,
      deadlineMs: holdMs + ANSWER_MS,
      body: { session, ...body },
    };
    const answer = await outbound.exchange(url, exchange, this.#over.signal);
    const content = jsonOf(answer);
    if (answer.status !== 200) throw refusal(url.href, answer);
    if (schema === undefined) return undefined as T;
    const parsed = schema.safeParse(content);
    if (!parsed.success) throw refusedWith(url.href, answer);
    return parsed.data;
  }
}

/** A proxy that lost patience, or a connection that broke: not the collector's own word. */
function isPassing(error: unknown): boolean {
  return error instanceof NetworkError || error instanceof GatewayError;
}

class GatewayError extends AppError {
  constructor(message: string) {
    super('unreachable', message);
  }
}

function refusal(url: string, answer: Answer): Error {
  const told = errorBodySchema.safeParse(jsonOf(answer));
  if (told.success) return new Error(`${told.data.error.code}: ${told.data.error.message}`);
  const isGateway = [408, 502, 503, 504].includes(answer.status);
  return isGateway
    ? new GatewayError(`${url}: HTTP ${answer.status} of something in between`)
    : refusedWith(url, answer);
}

function notOpened(url: string, answer: Answer): ConnectError {
  const told = errorBodySchema.safeParse(jsonOf(answer));
  const isBusy = [429, 503].includes(answer.status);
  if (!told.success || isBusy) return refusedWith(url, answer);
  const { message } = told.data.error;
  return new ConnectError(
    `${url}: HTTP ${answer.status}: ${message}; the collector takes no agent without WebSocket`,
    { code: 'not_a_collector' },
  );
}

function fitting(frames: readonly string[]): string[] {
  const chosen: string[] = [];
  let bytes = 0;
  for (const text of frames.slice(0, MAX_FRAMES_A_REQUEST)) {
    bytes += Buffer.byteLength(text);
    if (bytes > MAX_FRAME_BYTES && chosen.length > 0) break;
    chosen.push(text);
  }
  return chosen;
}

function jsonOf({ text }: Answer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
