// The client's side of LibreSpeed: several GETs of `garbage`, counted as they arrive; several POSTs
// to `empty`, each counted when its reply says that all of it was received. A POST is long enough to
// hide the round trip after it and short enough that the counts are not lumpy.
import type { Sample } from '#shared/flow/byte-curve.ts';
import { Payload } from '#shared/flow/payload.ts';
import type { Direction } from '#shared/model/norm.ts';
import type { Bytes, Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { SAMPLE_MS } from '#shared/wire/speed.ts';
import { failure } from '../failure-of.ts';
import { Connections, type Exchanged, exchange } from './librespeed-exchange.ts';
import { type LibrespeedServer, MOST_MOVES } from './librespeed-server.ts';
import type { OpenLoad, PeerLoad } from './peer-direction.ts';

export const LIBRESPEED_PROTOCOL = 'librespeed/5';
export const LIBRESPEED_STREAMS = 6;

export interface LibrespeedOptions {
  readonly server: LibrespeedServer;
  readonly agentVersion: string;
  readonly payload: Uint8Array;
  readonly rttMs: Ms;
  /** The server answers uploads before it has them. */
  readonly answersEarly: boolean;
  readonly clock: Clock;
}

/** As the page's own default; a request is broken off when the test is over. */
const DOWNLOAD_MIB = 100;
/** A stranger's server is not asked for more; its page asks for 6. */
const MOST_STREAMS = 16;
/** All are whole kilobytes: there are servers that read a body in blocks of one. */
const POST_BYTES = { least: 16 * 1024, first: 64 * 1024, most: 1024 * 1024 };
const POST_TARGET_MS = 100;
const POST_ROUND_TRIPS = 5;
/** The least that can be asked for is a chunk of 1 MiB; less is a page, or a script that was not run. */
const LEAST_DOWNLOAD_BYTES = 1_048_576;

export function openLibrespeed(direction: Direction, options: LibrespeedOptions): OpenLoad {
  return (onSample, signal) => new LibrespeedLoad(direction, options, onSample, signal);
}

class LibrespeedLoad implements PeerLoad {
  readonly over: Promise<void>;
  readonly #direction: Direction;
  readonly #options: LibrespeedOptions;
  readonly #connections = new Connections(MOST_STREAMS);
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
    this.#signal = AbortSignal.any([signal, this.#end.signal]);
    const { promise, reject } = Promise.withResolvers<void>();
    this.over = promise;
    this.#reject = reject;
    this.#signal.addEventListener('abort', () => reject(this.#signal.reason), { once: true });
    if (direction === 'upload' && options.answersEarly) reject(notReceived());
    else this.addStreams(LIBRESPEED_STREAMS);
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
    this.#connections.close();
    await Promise.all(this.#loops);
  }

  get #url(): URL {
    const { server } = this.#options;
    return this.#direction === 'download' ? server.download : server.upload;
  }

  async #download(): Promise<void> {
    let url = this.#url;
    let moves = 0;
    for (let round = 0; !this.#signal.aborted; round += 1) {
      url = new URL(url);
      url.searchParams.set('ckSize', String(DOWNLOAD_MIB));
      url.searchParams.set('r', `${this.#loops.length}.${round}`);
      const { status, bytes, movedTo } = await this.#exchange(url, undefined, (count) => {
        this.#counted += count;
      });
      if (movedTo !== undefined && moves < MOST_MOVES) {
        url = movedTo;
        moves += 1;
        continue;
      }
      check(status, 'download');
      if (bytes < LEAST_DOWNLOAD_BYTES) {
        const message = `the server answered a download with ${bytes} bytes: what is there is not garbage.php or its like`;
        throw failure('protocol_error', 'download', message);
      }
    }
  }

  async #upload(): Promise<void> {
    const { clock, rttMs } = this.#options;
    let size = POST_BYTES.first;
    let url = this.#url;
    let moves = 0;
    while (!this.#signal.aborted) {
      const body = this.#payload.take(size);
      this.#sent += body.length;
      const startMs = clock.monotonicMs();
      const { status, movedTo, isEarly } = await this.#exchange(url, body);
      if (movedTo !== undefined && moves < MOST_MOVES) {
        url = movedTo;
        moves += 1;
        continue;
      }
      check(status, 'upload');
      if (isEarly) throw notReceived();
      this.#counted += body.length;
      size = nextPostBytes(size, clock.monotonicMs() - startMs, rttMs);
    }
  }

  #exchange(url: URL, body?: Uint8Array, onBytes?: (count: number) => void): Promise<Exchanged> {
    const { agentVersion, clock } = this.#options;
    return exchange(url, {
      ...{ connections: this.#connections, signal: this.#signal, agentVersion, clock },
      ...(body === undefined ? {} : { body }),
      ...(onBytes === undefined ? {} : { onBytes }),
    });
  }
}

function notReceived() {
  return failure(
    'protocol_error',
    'upload',
    'the server answers an upload before it has all of it, and what was sent is no measure of what was received',
  );
}

/** Doubled while a POST takes less than half of what it should, halved when more than twice. */
export function nextPostBytes(current: Bytes, tookMs: Ms, rttMs: Ms): Bytes {
  const targetMs = Math.max(POST_TARGET_MS, POST_ROUND_TRIPS * rttMs);
  if (tookMs < targetMs / 2) return Math.min(POST_BYTES.most, 2 * current);
  if (tookMs > 2 * targetMs) return Math.max(POST_BYTES.least, current / 2);
  return current;
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
