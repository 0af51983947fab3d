// The agent's way out: a socket for the uplink, or one request and its answer on a kept connection.
// Node's own http over the sockets of dial.ts, so that every way out has one proxy and one trust.
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import type { LookupFunction, Socket } from 'node:net';
import type { Bytes, Ms } from '#shared/model/units.ts';
import { type Clock, withDeadline } from '#shared/runtime/clock.ts';
import { dial } from './dial.ts';
import { connectTrouble } from './name-trouble.ts';
import type { Environment } from './proxy.ts';
import { NetworkError } from './trouble.ts';
import { createTrust, type Trust } from './trust.ts';

export interface OutboundOptions {
  /** Names the proxies. */
  readonly env: Environment;
  readonly clock: Clock;
  readonly trust?: Trust;
  readonly lookup?: LookupFunction;
}

export interface Exchange {
  readonly method?: 'GET' | 'POST';
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly deadlineMs: Ms;
  /** More of an answer is cut off. */
  readonly maxBytes: Bytes;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Outbound extends Disposable {
  /** Rejects with `NetworkError`, or the signal's reason. */
  dial(url: URL, signal: AbortSignal): Promise<Socket>;
  /** Any status is an answer; redirects are not followed. Rejects as `dial`. */
  exchange(url: URL, exchange: Exchange, signal: AbortSignal): Promise<Answer>;
  /** Closes what is kept to that host: it may be dead without a word. */
  forget(url: URL): void;
}

/** Name, connection, proxy and TLS together, and once more where the host's authorities are needed. */
const DIAL_DEADLINE_MS: Ms = 20_000;
/** A poll that is held, and what is sent meanwhile. */
const MAX_SOCKETS = 2;

/** Disposing closes the kept connections; sockets that were dialled are their owners'. */
export function createOutbound({ env, clock, lookup, ...options }: OutboundOptions): Outbound {
  const trust = options.trust ?? createTrust();
  const dialOptions = { env, trust, clock, ...(lookup === undefined ? {} : { lookup }) };
  const late = (url: URL, ms: Ms) => () =>
    new NetworkError({ code: 'connect_timed_out' }, `no answer of ${url.host} in ${ms / 1000} s`);
  const reach = (url: URL, signal?: AbortSignal) =>
    withDeadline(
      clock,
      DIAL_DEADLINE_MS,
      late(url, DIAL_DEADLINE_MS),
      (within) => dial(url, dialOptions, within),
      signal,
    );
  const agents = new Map<string, Agent>();
  const agentOf = (url: URL) => {
    const known = agents.get(url.origin);
    if (known !== undefined) return known;
    const agent = new DiallingAgent(() => reach(url));
    agents.set(url.origin, agent);
    return agent;
  };
  return {
    dial: reach,
    exchange: (url, { deadlineMs, ...exchange }, signal) =>
      withDeadline(
        clock,
        deadlineMs,
        late(url, deadlineMs),
        (within) => exchanged(url, agentOf(url), exchange, within),
        signal,
      ),
    forget: ({ origin }) => {
      agents.get(origin)?.destroy();
      agents.delete(origin);
    },
    [Symbol.dispose]: () => {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

class DiallingAgent extends Agent {
  readonly #reach: () => Promise<Socket>;

  constructor(reach: () => Promise<Socket>) {
    super({ keepAlive: true, maxSockets: MAX_SOCKETS, maxFreeSockets: MAX_SOCKETS });
    this.#reach = reach;
  }

  override createConnection(
    _options: unknown,
    done?: (error: Error | null, socket: Socket) => void,
  ): undefined {
    this.#reach().then(
      (socket) => done?.(null, socket),
      (error: Error) => done?.(error, undefined as never),
    );
  }
}

function exchanged(
  url: URL,
  agent: Agent,
  { method = 'POST', body, maxBytes }: Omit<Exchange, 'deadlineMs'>,
  signal: AbortSignal,
): Promise<Answer> {
  const content = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      reject(signal.aborted ? signal.reason : connectTrouble(url.hostname, error));
    const asked = request({
      ...{ agent, method, signal, path: url.pathname + url.search },
      headers: {
        host: url.host,
        accept: 'application/json',
        ...(content === undefined
          ? {}
          : {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(content),
            }),
      },
    });
    asked.on('error', fail);
    asked.on('response', (response) => {
      const parts: Buffer[] = [];
      let length = 0;
      const finish = () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(parts).toString(),
        });
      response.on('data', (part: Buffer) => {
        parts.push(part);
        length += part.length;
        if (length <= maxBytes) return;
        finish();
        response.destroy();
      });
      response.on('end', finish);
      response.on('error', fail);
    });
    asked.end(content);
  });
}
