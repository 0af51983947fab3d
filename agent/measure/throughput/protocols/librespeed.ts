// The client's side of LibreSpeed: several GETs of `garbage`, counted as they arrive; several POSTs
// to `empty`, each counted when its reply says that all of it was received. A POST is long enough to
// hide the round trip after it and short enough that the counts are not lumpy.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Sample } from '#shared/flow/byte-curve.ts';
import { Payload } from '#shared/flow/payload.ts';
import type { Latency } from '#shared/model/measurement.ts';
import type { Direction } from '#shared/model/norm.ts';
import type { Bytes, Ms } from '#shared/model/units.ts';
import { type Clock, withDeadline } from '#shared/runtime/clock.ts';
import { PING_COUNT, SAMPLE_MS } from '#shared/wire/speed.ts';
import { failure } from '../failure-of.ts';
import type { LibrespeedServer } from './librespeed-server.ts';
import type { OpenLoad, PeerLoad } from './peer-direction.ts';

export const LIBRESPEED_PROTOCOL = 'librespeed/5';
export const LIBRESPEED_STREAMS = 6;

export interface LibrespeedOptions {
  readonly server: LibrespeedServer;
  readonly agentVersion: string;
  readonly payload: Uint8Array;
  readonly rttMs: Ms;
  readonly clock: Clock;
}

/** As the page's own default; a request is broken off when the test is over. */
const DOWNLOAD_MIB = 100;
/** A stranger's server is not asked for more; its page asks for 6. */
const MOST_STREAMS = 16;
const POST_BYTES = { least: 16 * 1024, first: 64 * 1024, most: 1024 * 1024 };
const POST_TARGET_MS = 100;
const POST_ROUND_TRIPS = 5;
const DEADLINE_MS = 10_000;
const PING_DEADLINE_MS = 2_000;

type Agents = HttpAgent | HttpsAgent;

export interface FoundServer {
  readonly server: LibrespeedServer;
  readonly latency: Latency;
  readonly ipVersion: 4 | 6;
}

/** The first candidate whose ping is an empty answer, with its round trips. Throws a TestFailure. */
export async function findLibrespeed(
  candidates: readonly LibrespeedServer[],
  { clock, signal, agentVersion }: { clock: Clock; signal: AbortSignal; agentVersion: string },
): Promise<FoundServer> {
  const statuses: number[] = [];
  for (const server of candidates) {
    const agent = agentFor(server.ping, 1);
    try {
      const ping = (ms: Ms) =>
        withDeadline(
          clock,
          ms,
          () => failure('connect_timed_out', 'latency', `no answer in ${ms / 1000} s`),
          (within) => exchange(server.ping, { agent, signal: within, agentVersion }),
          signal,
        );
      const first = await ping(DEADLINE_MS);
      statuses.push(first.status);
      // `empty` says nothing; a site that has a page for every address says something.
      if (first.status !== 200 || first.bytes > 0) continue;
      const latency = await roundTrips(clock, signal, () => ping(PING_DEADLINE_MS));
      return { server, latency, ipVersion: first.ipVersion };
    } finally {
      agent.destroy();
    }
  }
  const isBusy = statuses.some((status) => status === 503 || status === 429);
  throw failure(
    isBusy ? 'not_admitted' : 'protocol_error',
    'connect',
    `no LibreSpeed backend answered at that address (status ${statuses.join(', ')}); give the address below which garbage.php and empty.php are`,
  );
}

async function roundTrips(
  clock: Clock,
  signal: AbortSignal,
  ping: () => Promise<unknown>,
): Promise<Latency> {
  const times: number[] = [];
  for (let i = 0; i < PING_COUNT; i += 1) {
    const start = clock.monotonicMs();
    try {
      await ping();
      times.push(clock.monotonicMs() - start);
    } catch (error) {
      if (signal.aborted) throw error;
    }
  }
  if (times.length === 0) throw failure('connect_timed_out', 'latency', 'no ping was answered');
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round(1000 * (sorted[Math.ceil(share * sorted.length) - 1] ?? 0)) / 1000;
  return {
    count: PING_COUNT,
    lost: PING_COUNT - times.length,
    minMs: at(0.0001),
    p50Ms: at(0.5),
    p95Ms: at(0.95),
  };
}

export function openLibrespeed(direction: Direction, options: LibrespeedOptions): OpenLoad {
  return (onSample, signal) => new LibrespeedLoad(direction, options, onSample, signal);
}

class LibrespeedLoad implements PeerLoad {
  readonly over: Promise<void>;
  readonly #direction: Direction;
  readonly #options: LibrespeedOptions;
  readonly #agent: Agents;
  readonly #payload: Payload;
  readonly #end = new AbortController();
  readonly #signal: AbortSignal;
  readonly #reject: (reason: unknown) => void;
  readonly #stopSampling: () => void;
  readonly #loops: Promise<void>[] = [];
  #counted: Bytes = 0;
  #sent: Bytes = 0;

  constructor(
    direction: Direction,
    options: LibrespeedOptions,
    onSample: (sample: Sample) => void,
    signal: AbortSignal,
  ) {
    this.#direction = direction;
    this.#options = options;
    this.#payload = new Payload(options.payload);
    this.#agent = agentFor(this.#url, MOST_STREAMS);
    this.#signal = AbortSignal.any([signal, this.#end.signal]);
    const { promise, reject } = Promise.withResolvers<void>();
    this.over = promise;
    this.#reject = reject;
    this.#signal.addEventListener('abort', () => reject(this.#signal.reason), { once: true });
    this.addStreams(LIBRESPEED_STREAMS);
    const { clock } = options;
    const startMs = clock.monotonicMs();
    const sample = () =>
      onSample({ elapsedMs: clock.monotonicMs() - startMs, bytes: this.#counted });
    this.#stopSampling = clock.every(SAMPLE_MS, () => void clock.sleep(0).then(sample));
  }

  get bytes(): Bytes {
    return Math.max(this.#counted, this.#sent);
  }

  get streams(): number {
    return this.#loops.length;
  }

  addStreams(count: number): void {
    for (let i = 0; i < count && this.#loops.length < MOST_STREAMS; i += 1) {
      const loop = this.#direction === 'download' ? this.#download() : this.#upload();
      this.#loops.push(loop.catch((error: unknown) => this.#reject(error)));
    }
  }

  async close(): Promise<void> {
    this.#stopSampling();
    this.#end.abort(new Error('the direction is over'));
    this.#agent.destroy();
    await Promise.all(this.#loops);
  }

  get #url(): URL {
    const { server } = this.#options;
    return this.#direction === 'download' ? server.download : server.upload;
  }

  async #download(): Promise<void> {
    const url = new URL(this.#url);
    url.searchParams.set('ckSize', String(DOWNLOAD_MIB));
    for (let round = 0; !this.#signal.aborted; round += 1) {
      url.searchParams.set('r', `${this.#loops.length}.${round}`);
      const { status, bytes } = await this.#exchange(url, undefined, (count) => {
        this.#counted += count;
      });
      check(status, 'download');
      if (bytes === 0) {
        throw failure('protocol_error', 'download', 'the server answered a download with nothing');
      }
    }
  }

  async #upload(): Promise<void> {
    const { clock, rttMs } = this.#options;
    let size = POST_BYTES.first;
    while (!this.#signal.aborted) {
      const body = this.#payload.take(size);
      this.#sent += body.length;
      const startMs = clock.monotonicMs();
      const { status } = await this.#exchange(this.#url, body);
      check(status, 'upload');
      this.#counted += body.length;
      size = nextPostBytes(size, clock.monotonicMs() - startMs, rttMs);
    }
  }

  #exchange(url: URL, body?: Uint8Array, onBytes?: (count: number) => void): Promise<Exchanged> {
    const { agentVersion } = this.#options;
    return exchange(url, {
      ...{ agent: this.#agent, signal: this.#signal, agentVersion },
      ...(body === undefined ? {} : { body }),
      ...(onBytes === undefined ? {} : { onBytes }),
    });
  }
}

/** Doubled while a POST takes less than half of what it should, halved when more than twice. */
export function nextPostBytes(current: Bytes, tookMs: Ms, rttMs: Ms): Bytes {
  const targetMs = Math.max(POST_TARGET_MS, POST_ROUND_TRIPS * rttMs);
  if (tookMs < targetMs / 2) return Math.min(POST_BYTES.most, 2 * current);
  if (tookMs > 2 * targetMs) return Math.max(POST_BYTES.least, current / 2);
  return current;
}

interface Exchanged {
  readonly status: number;
  /** Of the answer's body. */
  readonly bytes: Bytes;
  readonly ipVersion: 4 | 6;
}

interface ExchangeOptions {
  readonly agent: Agents;
  readonly signal: AbortSignal;
  readonly agentVersion: string;
  readonly body?: Uint8Array;
  readonly onBytes?: (count: Bytes) => void;
}

/** One request and all of its answer. Resolves with any status; the body of a good one is counted. */
function exchange(url: URL, options: ExchangeOptions): Promise<Exchanged> {
  const { agent, signal, agentVersion, body, onBytes } = options;
  return new Promise((resolve, reject) => {
    const outgoing = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      agent,
      signal,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        'user-agent': `meetnet-agent/${agentVersion}`,
        'accept-encoding': 'identity',
        'cache-control': 'no-cache',
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/octet-stream', 'content-length': body.length }),
      },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response: IncomingMessage) => {
      const status = response.statusCode ?? 0;
      const ipVersion = response.socket.remoteFamily === 'IPv6' ? 6 : 4;
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (status === 200) onBytes?.(chunk.length);
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status, bytes, ipVersion }));
    });
    outgoing.end(body);
  });
}

function check(status: number, direction: Direction): void {
  if (status >= 200 && status < 300) return;
  const isBusy = status === 503 || status === 429 || status === 403;
  throw failure(
    isBusy ? 'not_admitted' : 'protocol_error',
    direction,
    `the LibreSpeed server answered with status ${status}${status >= 300 && status < 400 ? ', a redirection: give the address to which it leads' : ''}`,
  );
}

function agentFor({ protocol }: URL, maxSockets: number): Agents {
  const options = { keepAlive: true, maxSockets, noDelay: true };
  return protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
}
