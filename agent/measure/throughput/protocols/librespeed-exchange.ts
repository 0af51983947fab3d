// One HTTP request of LibreSpeed and all of its answer, on connections that are kept. Redirections are
// reported, not followed: where a server has moved to is the caller's to remember.
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Bytes, Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';

export interface Exchanged {
  readonly status: number;
  /** Of the answer's body. */
  readonly bytes: Bytes;
  readonly ipVersion: 4 | 6;
  /** Where a redirection leads. */
  readonly movedTo: URL | undefined;
  /** The answer came before the body was sent: it says nothing of what was received. */
  readonly isEarly: boolean;
}

export interface ExchangeOptions {
  readonly connections: Connections;
  readonly signal: AbortSignal;
  readonly agentVersion: string;
  readonly clock: Clock;
  readonly body?: Uint8Array;
  /** The second half of the body is sent after this: to see who answers before it is there. */
  readonly holdBackMs?: Ms;
  readonly onBytes?: (count: Bytes) => void;
}

/** A kept connection may be one that the server is just closing; not all of them are. */
const TRIES = 3;
const GONE: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE']);

/** Resolves with any status; the body of a good one is counted. Rejects as sockets do. */
export async function exchange(url: URL, options: ExchangeOptions): Promise<Exchanged> {
  for (let tries = 1; ; tries += 1) {
    const attempt = new Attempt(url, options);
    try {
      return await attempt.answer;
    } catch (error) {
      const isGone = error instanceof Error && 'code' in error && GONE.has(error.code);
      if (!isGone || !attempt.wasKept || options.signal.aborted || tries >= TRIES) throw error;
    }
  }
}

/** Connections that are kept for the next request, to whichever scheme it goes. */
export class Connections {
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;

  /** To one host, at the most. */
  constructor(most: number) {
    const options = { keepAlive: true, maxSockets: most, noDelay: true };
    this.#http = new HttpAgent(options);
    this.#https = new HttpsAgent(options);
  }

  request(url: URL, options: RequestOptions): ClientRequest {
    return url.protocol === 'https:'
      ? httpsRequest(url, { ...options, agent: this.#https })
      : httpRequest(url, { ...options, agent: this.#http });
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

class Attempt {
  readonly answer: Promise<Exchanged>;
  /** On a connection that had carried a request before, and nothing was answered on it. */
  wasKept = false;

  constructor(url: URL, options: ExchangeOptions) {
    const { connections, signal, agentVersion, body, onBytes, clock } = options;
    this.answer = new Promise((resolve, reject) => {
      let isAnswered = false;
      const outgoing = connections.request(url, {
        signal,
        method: body === undefined ? 'GET' : 'POST',
        // In the usual case: there are servers that know a header in no other.
        headers: {
          'User-Agent': `meetnet-agent/${agentVersion}`,
          'Accept-Encoding': 'identity',
          'Cache-Control': 'no-cache',
          ...(body === undefined
            ? {}
            : { 'Content-Type': 'application/octet-stream', 'Content-Length': body.length }),
        },
      });
      outgoing.on('error', (error) => {
        this.wasKept = outgoing.reusedSocket && !isAnswered;
        reject(error);
      });
      outgoing.on('response', (response: IncomingMessage) => {
        isAnswered = true;
        const status = response.statusCode ?? 0;
        const ipVersion = response.socket.remoteFamily === 'IPv6' ? 6 : 4;
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (status === 200) onBytes?.(chunk.length);
        });
        response.on('error', reject);
        const ended = new Promise<void>((resolveEnd) => response.on('end', resolveEnd));
        isEarly(outgoing, clock, signal)
          .then(async (early) => {
            await ended;
            resolve({ status, bytes, ipVersion, isEarly: early, movedTo: movedTo(url, response) });
          })
          .catch(reject);
      });
      sendBody(outgoing, options);
    });
  }
}

/**
 * At an answer: is there a body that is not sent yet? That its last bytes went is told after the
 * answer to them where both come in one turn, so a turn is waited.
 */
async function isEarly(outgoing: ClientRequest, clock: Clock, signal: AbortSignal) {
  if (outgoing.writableFinished) return false;
  await clock.sleep(1, signal);
  return !outgoing.writableFinished;
}

function sendBody(
  outgoing: ClientRequest,
  { body, holdBackMs, clock, signal }: ExchangeOptions,
): void {
  if (body === undefined || holdBackMs === undefined) {
    outgoing.end(body);
    return;
  }
  const half = Math.floor(body.length / 2);
  outgoing.write(body.subarray(0, half));
  clock.sleep(holdBackMs, signal).then(
    () => outgoing.end(body.subarray(half)),
    () => {},
  );
}

function movedTo(url: URL, { statusCode = 0, headers }: IncomingMessage): URL | undefined {
  if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) return undefined;
  const to = URL.parse(headers.location, url.href);
  return to !== null && /^https?:$/.test(to.protocol) ? to : undefined;
}
