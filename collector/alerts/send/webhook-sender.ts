// Sends what waits for webhooks, at least once, under an id that each try repeats.
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Random } from '#shared/runtime/random.ts';
import type { Service } from '#shared/runtime/service.ts';
import { repeating } from '../../repeating.ts';
import type { AlertStore, WaitingWebhook } from '../alert-store.ts';
import { HOLD_MS, nextTryAt } from './next-try.ts';
import type { WebhookTransport } from './webhook-transport.ts';

export interface WebhookSenderOptions {
  readonly store: Pick<
    AlertStore,
    'waitingWebhooks' | 'holdWebhook' | 'webhookSent' | 'webhookFailed'
  >;
  readonly transport: WebhookTransport;
  readonly clock: Clock;
  readonly random: Pick<Random, 'next'>;
  readonly log: Logger;
}

const EVERY_MS: Ms = 10_000;
const AT_ONCE = 4;
/** Of the 4xx: come later (RFC 9110 §15.5.9, RFC 8470, RFC 6585). */
const LATER = [408, 425, 429];

export function webhookSender(options: WebhookSenderOptions): Service {
  const { clock, log } = options;
  const work = (signal: AbortSignal) => sendWaitingWebhooks(options, signal);
  return repeating({ name: 'webhook sender', everyMs: EVERY_MS, work, clock, log });
}

/** All whose time has come, each tried once. */
export async function sendWaitingWebhooks(
  options: WebhookSenderOptions,
  signal?: AbortSignal,
): Promise<void> {
  const asOf = options.clock.now();
  while (signal?.aborted !== true) {
    const messages = await options.store.waitingWebhooks(asOf, AT_ONCE);
    if (messages.length === 0) return;
    await Promise.all(messages.map((message) => send(options, message)));
  }
}

type Outcome =
  | { readonly fate: 'sent' }
  | { readonly fate: 'retry' | 'never'; readonly why: string };

async function send(options: WebhookSenderOptions, message: WaitingWebhook): Promise<void> {
  const { store, transport, clock, random, log } = options;
  const { id } = message;
  await store.holdWebhook(id, clock.now() + HOLD_MS);
  const outcome = await transport.post(message).then(outcomeOf, outcomeOfError);
  if (outcome.fate === 'sent') {
    await store.webhookSent(id, clock.now());
    log.info('webhook told', { id });
    return;
  }
  const next = outcome.fate === 'never' ? null : nextTryAt(message, clock.now(), random);
  const { why } = outcome;
  log[next === null ? 'error' : 'warn']('a webhook was not told', {
    id,
    why,
    tries: message.tries + 1,
  });
  await store.webhookFailed(id, why, next);
}

function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return { fate: 'sent' };
  const why = `it answered ${status}`;
  if (status >= 500 || LATER.includes(status)) return { fate: 'retry', why };
  if (status >= 300 && status < 400) {
    return { fate: 'never', why: `${why}, and redirects are not followed; give its final address` };
  }
  return { fate: 'never', why };
}

function outcomeOfError(error: unknown): Outcome {
  const isRefused = error instanceof AppError && error.code === 'bad_request';
  return { fate: isRefused ? 'never' : 'retry', why: messageOf(error) };
}
