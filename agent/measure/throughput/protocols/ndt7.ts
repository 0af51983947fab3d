// The client's side of ndt7 (spec in github.com/m-lab/ndt-server): one WebSocket a direction. What
// arrives is counted on the socket as it comes, since a message may be megabytes; what was sent is
// counted by the server, whose measurements come in text messages.
import type { IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import type { Sample } from '#shared/flow/byte-curve.ts';
import { Payload } from '#shared/flow/payload.ts';
import type { Direction } from '#shared/model/norm.ts';
import type { Bytes, Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import {
  NDT7_FIRST_MESSAGE_BYTES,
  NDT7_MAX_MESSAGE_BYTES,
  NDT7_SUBPROTOCOL,
  ndt7MeasurementSchema,
  nextMessageBytes,
} from '#shared/wire/ndt7.ts';
import { SAMPLE_MS } from '#shared/wire/speed.ts';
import { failure } from '../failure-of.ts';
import { jsonOf } from './json-of.ts';
import type { Ndt7Server } from './ndt7-server.ts';
import type { OpenLoad, PeerLoad } from './peer-direction.ts';

export interface Ndt7Options {
  /** `ws:` or `wss:` (`http:` and `https:` mean the same); a query goes along, e.g. an access token. */
  readonly server: Ndt7Server;
  readonly agentVersion: string;
  readonly payload: Uint8Array;
  readonly clock: Clock;
  /** Of the connection, when it is there. */
  readonly onConnected: (ipVersion: 4 | 6) => void;
}

const HANDSHAKE_MS = 10_000;
/** A server that counts whole messages then counts every few ms on any line that matters. */
const MOST_SENT_BYTES = 1 << 17;
/** A test that broke off after this is a test (the specification asks for so much tolerance). */
const LONG_ENOUGH_MS = 5_000;
const CLOSE_MS = 1_000;
/** A server may end a test when it likes (RFC 6455 §7.4.1: normal, going away, no code given). */
const GOOD_CLOSES: ReadonlySet<number> = new Set([1000, 1001, 1005]);
/** Servers count four times a second; one that has said nothing by now will not. */
const COUNT_WITHIN_MS = 3_000;

/** Where a direction is tested. */
export function ndt7Address({ server, agentVersion }: Ndt7Options, direction: Direction): string {
  const url = new URL(server[direction]);
  url.protocol = /^(wss|https):$/.test(url.protocol) ? 'wss:' : 'ws:';
  url.searchParams.set('client_name', 'meetnet-agent');
  url.searchParams.set('client_version', agentVersion);
  return url.href;
}

export function openNdt7(direction: Direction, options: Ndt7Options): OpenLoad {
  return (onSample, signal) => new Ndt7Load(direction, options, onSample, signal);
}

class Ndt7Load implements PeerLoad {
  readonly streams = 1;
  readonly over: Promise<void>;
  readonly #direction: Direction;
  readonly #options: Ndt7Options;
  readonly #onSample: (sample: Sample) => void;
  readonly #websocket: WebSocket;
  readonly #closed: Promise<void>;
  readonly #payload: Payload;
  #stopSampling = () => {};
  #startMs: Ms | undefined;
  #received: Bytes = 0;
  #overhead: Bytes = 0;
  #sent: Bytes = 0;
  #messageBytes = NDT7_FIRST_MESSAGE_BYTES;
  #hasCounted = false;

  constructor(
    direction: Direction,
    options: Ndt7Options,
    onSample: (sample: Sample) => void,
    signal: AbortSignal,
  ) {
    this.#direction = direction;
    this.#options = options;
    this.#onSample = onSample;
    this.#payload = new Payload(options.payload);
    this.#websocket = new WebSocket(ndt7Address(options, direction), NDT7_SUBPROTOCOL, {
      perMessageDeflate: false,
      maxPayload: NDT7_MAX_MESSAGE_BYTES,
      handshakeTimeout: HANDSHAKE_MS,
      headers: { 'user-agent': `meetnet-agent/${options.agentVersion}` },
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.over = promise;
    this.#closed = new Promise((closed) => this.#websocket.once('close', () => closed()));
    this.#listen(resolve, reject, signal);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  }

  get bytes(): Bytes {
    return this.#direction === 'download' ? this.#counted : this.#sent;
  }

  addStreams(): void {
    // ndt7 has one stream; that is why its result is "at least".
  }

  async close(): Promise<void> {
    this.#stopSampling();
    this.#websocket.on('error', () => {});
    if (this.#websocket.readyState === WebSocket.OPEN) {
      // The server is to close the connection first; one that is slow to do so is not waited for.
      this.#websocket.close();
      const over = new AbortController();
      const { clock } = this.#options;
      await Promise.race([this.#closed, clock.sleep(CLOSE_MS, over.signal).catch(() => {})]);
      over.abort();
    }
    this.#websocket.terminate();
  }

  #listen(resolve: () => void, reject: (reason: unknown) => void, signal: AbortSignal): void {
    const websocket = this.#websocket;
    if (this.#direction === 'upload') {
      const { clock } = this.#options;
      const giveUp = () => {
        if (!this.#hasCounted) reject(notCounted());
      };
      websocket.once('open', () => clock.sleep(COUNT_WITHIN_MS, signal).then(giveUp, () => {}));
    }
    websocket.on('upgrade', ({ socket }: IncomingMessage) => {
      // Not before ws listens itself: a listener of ours would be given what ws puts back.
      websocket.once('open', () => this.#start(socket));
    });
    websocket.on('unexpected-response', (_request, response) =>
      reject(refused(response, this.#direction)),
    );
    websocket.on('error', (error) => reject(understood(error, this.#direction)));
    websocket.on('message', (data: Buffer, isBinary) => {
      if (isBinary && this.#direction === 'upload') {
        reject(failure('protocol_error', 'upload', 'the server sends load during an upload'));
        return;
      }
      this.#overhead += frameHeadBytes(data.length) + (isBinary ? 0 : data.length);
      if (!isBinary && this.#direction === 'upload') this.#take(data);
    });
    websocket.on('close', (code) => {
      const lastedMs = this.#elapsedMs;
      if (this.#direction === 'upload' && !this.#hasCounted && lastedMs > 0) {
        reject(notCounted());
      } else if (GOOD_CLOSES.has(code) || lastedMs >= LONG_ENOUGH_MS) resolve();
      else {
        const message = `the server closed the connection (${code}) before the test was over`;
        reject(failure('connection_closed', this.#direction, message));
      }
    });
  }

  #start(socket: IncomingMessage['socket']): void {
    const { clock, onConnected } = this.#options;
    onConnected(socket.remoteFamily === 'IPv6' ? 6 : 4);
    this.#startMs = clock.monotonicMs();
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.length;
    });
    if (this.#direction === 'upload') {
      socket.on('drain', () => this.#pump(socket));
      this.#pump(socket);
      return;
    }
    const sample = () => this.#onSample({ elapsedMs: this.#elapsedMs, bytes: this.#counted });
    // After the reads that a late timer held up, as in our own protocol.
    this.#stopSampling = clock.every(SAMPLE_MS, () => void clock.sleep(0).then(sample));
  }

  get #elapsedMs(): Ms {
    return this.#startMs === undefined ? 0 : this.#options.clock.monotonicMs() - this.#startMs;
  }

  /** Load received: without the frames around it and the server's words in between. */
  get #counted(): Bytes {
    return Math.max(0, this.#received - this.#overhead);
  }

  #pump(socket: IncomingMessage['socket']): void {
    const websocket = this.#websocket;
    while (websocket.readyState === WebSocket.OPEN && !socket.writableNeedDrain) {
      const message = this.#payload.take(this.#messageBytes);
      websocket.send(message, { binary: true });
      this.#sent += message.length;
      this.#messageBytes = nextMessageBytes(this.#messageBytes, this.#sent, MOST_SENT_BYTES);
    }
  }

  /** A measurement of the server's; what is not one is passed over, as the specification allows. */
  #take(data: Buffer): void {
    const sample = sampleOf(data.toString());
    if (sample === undefined) return;
    this.#hasCounted = true;
    this.#onSample(sample);
  }
}

/**
 * What the server has received so far: by its application, or by its TCP (which counts the frames'
 * heads too, a few bytes in each message). Undefined for a text that says neither.
 */
export function sampleOf(text: string): Sample | undefined {
  const told = ndt7MeasurementSchema.safeParse(jsonOf(text));
  if (!told.success) return undefined;
  const { AppInfo, TCPInfo } = told.data;
  if (AppInfo !== undefined) {
    return { elapsedMs: AppInfo.ElapsedTime / 1000, bytes: AppInfo.NumBytes };
  }
  if (TCPInfo?.BytesReceived === undefined || TCPInfo.ElapsedTime === undefined) return undefined;
  return { elapsedMs: TCPInfo.ElapsedTime / 1000, bytes: TCPInfo.BytesReceived };
}

function refused(response: IncomingMessage, direction: Direction) {
  response.resume();
  const status = response.statusCode ?? 0;
  const isBusy = status === 401 || status === 403 || status === 429 || status === 503;
  return failure(
    isBusy ? 'not_admitted' : 'protocol_error',
    direction,
    isBusy
      ? `the ndt7 server did not admit the test (status ${status}): it is full, or wants an access token in the address`
      : `no ndt7 server answered at that address (status ${status})`,
  );
}

/** What ws itself objects to is the server's way to speak, not the network. */
function understood(error: Error & { code?: string }, direction: Direction): Error {
  if (error.code !== undefined && !error.code.startsWith('WS_ERR')) return error;
  const message = `no ndt7 server answered at that address: ${error.message}`;
  return failure('protocol_error', direction, message);
}

function notCounted() {
  return failure(
    'protocol_error',
    'upload',
    'the server said nothing of what it received, and what was sent is no measure of that',
  );
}

/** Of a server's frame, which is not masked (RFC 6455 §5.2). */
function frameHeadBytes(payloadBytes: number): number {
  if (payloadBytes < 126) return 2;
  return payloadBytes < 65_536 ? 4 : 10;
}
