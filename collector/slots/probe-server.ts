// One look at a measure server, as an agent would meet it: a ping over its real port, with TLS and
// its certificate where its address is https. One small request without a token; the server counts
// it among strangers'.
import { type IncomingMessage, request as requestClear } from 'node:http';
import { request as requestTls } from 'node:https';
import { checkServerIdentity, getCACertificates } from 'node:tls';
import type { FailureCode } from '#shared/model/failure.ts';
import type { Ms } from '#shared/model/units.ts';
import { type Clock, withDeadline } from '#shared/runtime/clock.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import { codeOf, networkFailureOf } from '#shared/wire/network-failure.ts';
import { SPEED_HEADER, SPEED_PREFIX, SPEED_PROTOCOL, SPEED_TLS } from '#shared/wire/speed.ts';
import type { CheckFailure } from './decide-condition.ts';

export interface ProbeTarget {
  /** Origin that agents are told; its host is the name that a certificate must have. */
  readonly url: string;
  /** Where it is reached from here, when that is another way than agents go. */
  readonly through?: {
    readonly host: string;
    readonly port: number;
    readonly security: 'clear' | 'tls';
  };
}

/** Agents wait no longer either for the pings before a test. */
export const PROBE_DEADLINE_MS: Ms = 5_000;
const MAX_MESSAGE_LENGTH = 500;
const UNTRUSTED_ADVICE =
  "renew the server's certificate if its time or name is wrong; if its authority is one of your own, name that one's file in NODE_EXTRA_CA_CERTS for the collector and the agents";

/** Undefined: it answered. Rejects only when `signal` fires. */
export async function probeServer(
  target: ProbeTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<CheckFailure | undefined> {
  try {
    const late = () =>
      new ProbeFault('connect_timed_out', `no answer in ${PROBE_DEADLINE_MS / 1000} s`);
    const answer = await withDeadline(
      clock,
      PROBE_DEADLINE_MS,
      late,
      (within) => ping(target, within),
      signal,
    );
    return faultOf(answer);
  } catch (error) {
    signal.throwIfAborted();
    return failureOf(error);
  }
}

class ProbeFault extends Error {
  readonly fault: FailureCode;

  constructor(fault: FailureCode, message: string) {
    super(message);
    this.fault = fault;
  }
}

function ping({ url, through }: ProbeTarget, signal: AbortSignal): Promise<IncomingMessage> {
  const origin = new URL(url);
  const name = origin.hostname.replace(/^\[|\]$/g, '');
  const isTls = origin.protocol === 'https:';
  const { host, port, security } = through ?? {
    host: name,
    port: Number(origin.port || (isTls ? 443 : 80)),
    security: isTls ? 'tls' : 'clear',
  };
  const options = {
    ...{ host, port, signal, agent: false as const },
    path: `${SPEED_PREFIX}/ping`,
    headers: { host: origin.host, connection: 'close' },
  };
  return new Promise((resolve, reject) => {
    const request =
      security === 'clear'
        ? requestClear(options)
        : requestTls({ ...options, ...tlsOptions(name) });
    request.on('response', (response) => {
      response.on('error', () => {});
      response.resume();
      resolve(response);
    });
    request.on('error', reject);
    request.end();
  });
}

let trusted: string[] | undefined;

/** What an agent trusts by default, and the same version. */
function tlsOptions(name: string) {
  trusted ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  return {
    ...SPEED_TLS,
    ca: trusted,
    rejectUnauthorized: true,
    ...(/^[\d.]+$|:/.test(name) ? {} : { servername: name }),
    checkServerIdentity: (_host: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
      checkServerIdentity(name, certificate),
  };
}

/** Too many strangers is an answer: the server is there, and tests are none of them. */
function faultOf({ headers, statusCode }: IncomingMessage): CheckFailure | undefined {
  if (headers[SPEED_HEADER] !== SPEED_PROTOCOL) {
    const message = `something else than a measure server of this version answered (status ${statusCode}); check its address, and what stands before it`;
    return { code: 'intercepted', message };
  }
  if (statusCode === 204 || statusCode === 429) return undefined;
  return { code: 'protocol_error', message: `it answered a ping with status ${statusCode}` };
}

function failureOf(error: unknown): CheckFailure {
  if (error instanceof ProbeFault) return { code: error.fault, message: error.message };
  const code = networkFailureOf(error);
  const node = codeOf(error);
  const words = node === undefined ? messageOf(error) : `${messageOf(error)} (${node})`;
  const advice = code === 'tls_untrusted' ? `; ${UNTRUSTED_ADVICE}` : '';
  return { code, message: `${words}${advice}`.slice(0, MAX_MESSAGE_LENGTH) };
}
