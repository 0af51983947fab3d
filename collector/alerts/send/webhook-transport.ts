// Posts a message to a webhook through undici: to the address that was checked, without following
// redirects, with a deadline on all of it.
import { lookup } from 'node:dns/promises';
import { Agent, request } from 'undici';
import { type Clock, withDeadline } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { WaitingWebhook } from '../alert-store.ts';
import { signatureOf } from './signature.ts';
import {
  checkWebhookUrl,
  pinnedAddress,
  type Resolve,
  type WebhookReach,
} from './webhook-address.ts';

export interface WebhookTransport {
  /**
   * Resolves with the status of the answer. Rejects with `unreachable`, or `bad_request` for an
   * address that is not allowed.
   */
  post(message: WaitingWebhook): Promise<number>;
}

export interface WebhookTransportOptions {
  readonly reach: WebhookReach;
  readonly clock: Clock;
  readonly resolve?: Resolve;
}

const DEADLINE_MS = 15_000;
/** Of an answer; what it says is not read. */
const MOST_BYTES = 65_536;

export function createWebhookTransport({
  reach,
  clock,
  resolve = systemResolve,
}: WebhookTransportOptions): WebhookTransport {
  return {
    post: (message) =>
      withDeadline(
        clock,
        DEADLINE_MS,
        () => new AppError('unreachable', `no answer within ${DEADLINE_MS / 1000} s`),
        async (signal) => {
          const url = checkWebhookUrl(message.url, reach);
          const { address, family } = await pinnedAddress(url, reach, resolve);
          const agent = new Agent({
            connect: {
              lookup: (_host, options, callback) => {
                if (options.all === true) callback(null, [{ address, family }]);
                else callback(null, address, family);
              },
            },
          });
          try {
            const { statusCode, body } = await request(url, {
              ...{ method: 'POST', body: message.body, dispatcher: agent, signal },
              headers: headersOf(message, clock),
            });
            await body.dump({ limit: MOST_BYTES, signal }).catch(() => {});
            return statusCode;
          } finally {
            await agent.destroy();
          }
        },
      ),
  };
}

function headersOf({ id, body, secret }: WaitingWebhook, clock: Clock) {
  return {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Meetnet',
    'meetnet-delivery': id,
    'meetnet-signature': signatureOf(secret, clock.now(), body),
  };
}

async function systemResolve(host: string) {
  const found = await lookup(host, { all: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }) as const);
}
