// The server's side of ndt7 (M-Lab's NDT protocol 7, spec/ndt7-protocol.md in m-lab/ndt-server):
// one WebSocket a direction, binary messages as load, JSON messages that say what was counted.
// Node gives no access to TCP_INFO. Of it, uploads tell what the socket itself counts: M-Lab's own
// clients show a speed from there alone. There is no BBR by which a test could end early;
// `early_exit` ends one by its bytes.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '#shared/runtime/clock.ts';
import {
  NDT7_FIRST_MESSAGE_BYTES,
  NDT7_LIMIT_MS,
  NDT7_MAX_MESSAGE_BYTES,
  NDT7_MEASUREMENT_MS,
  NDT7_RUNTIME_MS,
  NDT7_SUBPROTOCOL,
  type Ndt7Test,
  ndt7TestOf,
  nextMessageBytes,
} from '#shared/wire/ndt7.ts';
import { endpoint, networkOf } from './client-address.ts';
import type { GuestDesk, Visit } from './guest-desk.ts';

/** A message of this size is a view of the shared block; larger ones gain nothing. */
const MOST_SENT_BYTES = 1 << 20;
const QUERY_LIMIT_BYTES = 4096;
/** The megabytes after which a client may ask that its download end. */
const EARLY_EXIT_MB = '250';
const CLOSE_NORMAL = 1000;
const CLOSE_POLICY = 1008;

export interface Ndt7Request {
  readonly test: Ndt7Test;
  /** The download ends with the message that reaches so many bytes. */
  readonly maxBytes: number;
}

/** Undefined: not an address of ndt7's. What is wrong with a request for it that is no upgrade. */
export function refusedWithoutUpgrade(url: URL): string | undefined {
  if (ndt7TestOf(url.pathname) === undefined) return undefined;
  return `ndt7 is spoken over a WebSocket: upgrade the connection, and offer ${NDT7_SUBPROTOCOL}`;
}

/** What an upgrade asks for; undefined: not ndt7's. A text: what is wrong with it. */
export function readNdt7Request(
  url: URL,
  subprotocols: string | undefined,
): Ndt7Request | string | undefined {
  const test = ndt7TestOf(url.pathname);
  if (test === undefined) return undefined;
  const offered = (subprotocols ?? '').split(',').map((name) => name.trim());
  if (!offered.includes(NDT7_SUBPROTOCOL)) {
    return `Sec-WebSocket-Protocol must offer ${NDT7_SUBPROTOCOL}`;
  }
  // Without the question mark.
  if (url.search.length - 1 > QUERY_LIMIT_BYTES) {
    return `the query string is longer than ${QUERY_LIMIT_BYTES} bytes`;
  }
  try {
    decodeURIComponent(url.search);
  } catch {
    return 'the query string is not URL-encoded UTF-8';
  }
  const early = url.searchParams.get('early_exit');
  if (early !== null && early !== EARLY_EXIT_MB) return `early_exit must be ${EARLY_EXIT_MB}`;
  return { test, maxBytes: early === null ? Number.POSITIVE_INFINITY : Number(early) * 1e6 };
}

export class Ndt7Server {
  readonly #desk: GuestDesk;
  readonly #upgrader = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: NDT7_MAX_MESSAGE_BYTES,
    handleProtocols: () => NDT7_SUBPROTOCOL,
  });

  constructor(desk: GuestDesk) {
    this.#desk = desk;
  }

  /** Throws GuestRefused. The request must have been read as ndt7's. */
  upgrade(wanted: Ndt7Request, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // The limit is for what never ends by itself; the handshake and a slow close are within it.
    const network = networkOf(request.socket.remoteAddress);
    const visit = this.#desk.admit(network, socket, NDT7_LIMIT_MS);
    this.#upgrader.handleUpgrade(request, socket, head, (websocket) => {
      const { clock } = this.#desk;
      new Ndt7Run({ wanted, request, socket, websocket, visit, clock }).start();
    });
  }
}

interface RunOptions {
  readonly wanted: Ndt7Request;
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly websocket: WebSocket;
  readonly visit: Visit;
  readonly clock: Clock;
}

class Ndt7Run {
  readonly #options: RunOptions;
  readonly #startMs: number;
  readonly #over = new AbortController();
  #messageBytes = NDT7_FIRST_MESSAGE_BYTES;
  #sent = 0;
  #received = 0;
  /** Of what came in: frames' heads and text messages, which are no load. */
  #overhead = 0;
  #toldConnection = false;
  #toldBytes = 0;
  #isEnding = false;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#startMs = options.clock.monotonicMs();
  }

  start(): void {
    const { websocket, socket, clock, wanted } = this.#options;
    const stopTelling = clock.every(NDT7_MEASUREMENT_MS, () => this.#tell());
    websocket.on('error', () => {});
    websocket.once('close', () => {
      this.#over.abort();
      stopTelling();
    });
    socket.on('data', (chunk: Buffer) => this.#count(chunk.length));
    clock.sleep(NDT7_RUNTIME_MS, this.#over.signal).then(
      () => this.#end(),
      () => {},
    );
    websocket.on('message', (data: Buffer, isBinary) => {
      this.#overhead += frameHeadBytes(data.length) + (isBinary ? 0 : data.length);
      if (isBinary && wanted.test === 'download') {
        websocket.close(CLOSE_POLICY, 'no binary messages during a download');
      }
    });
    if (wanted.test === 'download') {
      socket.on('drain', () => this.#pump());
      this.#pump();
    }
  }

  /**
   * All that comes in counts against the guest's day, and of an upload it is the result: counted as
   * it comes, since a message may be megabytes and is handed over only when it is whole.
   */
  #count(bytes: number): void {
    this.#received += bytes;
    if (!this.#options.visit.receive(bytes)) this.#options.websocket.terminate();
  }

  #pump(): void {
    const { websocket, socket, visit, wanted } = this.#options;
    while (
      !this.#isEnding &&
      websocket.readyState === websocket.OPEN &&
      !socket.writableNeedDrain
    ) {
      // Whole messages alone: their sizes are powers of two, none below a kilobyte.
      const message =
        this.#sent < wanted.maxBytes ? visit.take(this.#messageBytes) : new Uint8Array();
      if (message.length < this.#messageBytes) {
        this.#end();
        return;
      }
      websocket.send(message, { binary: true });
      this.#sent += message.length;
      this.#messageBytes = nextMessageBytes(this.#messageBytes, this.#sent, MOST_SENT_BYTES);
    }
  }

  #tell(): void {
    const { websocket, request, clock, wanted } = this.#options;
    if (this.#isEnding || websocket.readyState !== websocket.OPEN) return;
    const { socket } = request;
    const isDownload = wanted.test === 'download';
    const connection = {
      Client: endpoint(socket.remoteAddress, socket.remotePort),
      Server: endpoint(socket.localAddress, socket.localPort),
    };
    // What still waits to be sent was not sent; waiting text is no load, so the count may not fall.
    const counted = isDownload
      ? this.#sent - websocket.bufferedAmount
      : this.#received - this.#overhead;
    this.#toldBytes = Math.max(this.#toldBytes, counted);
    const ElapsedTime = Math.round(1000 * (clock.monotonicMs() - this.#startMs));
    websocket.send(
      JSON.stringify({
        AppInfo: { ElapsedTime, NumBytes: this.#toldBytes },
        ...(this.#toldConnection ? {} : { ConnectionInfo: connection }),
        ...(isDownload ? {} : { TCPInfo: { ElapsedTime, BytesReceived: this.#received } }),
        Origin: 'server',
        Test: wanted.test,
      }),
    );
    this.#toldConnection = true;
  }

  #end(): void {
    if (this.#isEnding) return;
    this.#tell();
    this.#isEnding = true;
    this.#options.websocket.close(CLOSE_NORMAL);
  }
}

/** Of a client's frame, which is masked (RFC 6455 §5.2). */
function frameHeadBytes(payloadBytes: number): number {
  if (payloadBytes < 126) return 6;
  return payloadBytes < 65_536 ? 8 : 14;
}
