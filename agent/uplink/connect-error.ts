// From what the network or an HTTP answer said to why there is no connection.
import type { Ms } from '#shared/model/units.ts';
import { type Answered, answerTrouble } from '../network/name-trouble.ts';
import { NetworkError } from '../network/trouble.ts';
import { ConnectError } from './transport.ts';

/** The signal's reason and our own bugs stay what they are. */
export function unreachable(url: string, thrown: unknown): unknown {
  if (!(thrown instanceof NetworkError)) return thrown;
  return new ConnectError(`${url}: ${thrown.message}`, thrown.trouble, { cause: thrown });
}

export function refusedWith(url: string, answer: Answered): ConnectError {
  const { trouble, message } = answerTrouble(url, answer);
  const isBusy = trouble.code === 'collector_busy';
  return new ConnectError(`${url}: ${message}`, trouble, {
    retryAfterMs: isBusy ? retryAfter(answer) : 0,
  });
}

/** Seconds (RFC 9110 §10.2.3); the form with a date is not ours. */
function retryAfter({ headers }: Answered): Ms {
  const seconds = Number(headers['retry-after'] ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}
