// The measure server: HTTP/1.1 on a port of its own, speaking shared/wire/speed.ts.
import { randomFillSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import {
  SPEED_HEADER,
  SPEED_PREFIX,
  SPEED_PROTOCOL,
  TEST_LIFE_MS,
  type TestReceipt,
  type TestTicket,
} from '#shared/wire/speed.ts';
import { type Admission, newTestId } from './admission.ts';
import { openDoor } from './door.ts';
import { receiveRaw } from './raw-receive.ts';
import { MOST_SOCKETS, RunningTest } from './running-test.ts';

export interface MeetpuntOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly admission: Admission;
  /** Tests at the same time; more are refused as `server_full`. */
  readonly maxTests?: number;
}

export interface MeetpuntStats {
  /** At this moment; the other figures are since the start. */
  readonly running: number;
  readonly tests: number;
  readonly refused: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

export interface Meetpunt extends AsyncDisposable {
  readonly port: number;
  stats(): MeetpuntStats;
}

const MAX_TESTS = 8;
/** Longer than the windows of what links compress with (deflate 32 kB, LZ4 64 kB, zstd 2 MB). */
const PAYLOAD_BYTES = 4 * 1024 * 1024;
/** A test without a connection for this long was left by its agent; its place may be given away. */
const ABANDONED_MS = 5_000;
/** Slower than any filter's idle limit would be; a test's own sockets end with the test. */
const IDLE_MS = 15_000;
/** Strangers who send half a head must not hold what tests need. */
const HEADERS_MS = 10_000;
/** How often late heads are looked for. */
const CHECK_MS = 2_000;
/** Above those of the tests, so that no few addresses keep all others out. */
const SPARE_CONNECTIONS = 1_024;
/** All streams of a test may be new at the same moment. */
const STRANGERS_PER_ADDRESS = MOST_SOCKETS + 32;
const PACE_RANGE = { least: 0.1, most: 100_000 };

/** Listens when it resolves. Throws `address_in_use`. */
export async function openMeetpunt(options: MeetpuntOptions): Promise<Meetpunt> {
  const state = new MeetpuntState(options);
  const server = createServer({ connectionsCheckingInterval: CHECK_MS }, (request, response) =>
    state.answer(request, response),
  );
  server.keepAliveTimeout = IDLE_MS;
  server.requestTimeout = TEST_LIFE_MS;
  server.headersTimeout = HEADERS_MS;
  server.maxConnections = SPARE_CONNECTIONS + MOST_SOCKETS * (options.maxTests ?? MAX_TESTS);
  server.on('clientError', (_error, socket) => socket.destroy());
  const door = openDoor({
    http: server,
    headsMs: HEADERS_MS,
    strangersMost: STRANGERS_PER_ADDRESS,
    takeUpload: (id, socket, rest) => state.takeUpload(id, socket, rest),
    onRefused: () => {},
  });
  state.onHeld = (socket) => door.settle(socket);
  await listen(server, options);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  options.log.info('measure server listens', { host: options.host, port });
  return {
    port,
    stats: () => state.stats(),
    [Symbol.asyncDispose]: async () => {
      state.endAll();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server, { host, port }: MeetpuntOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      const message = isTaken
        ? `port ${port} on ${host} is taken: stop what listens there, or choose another with --port or MEETNET_MEETPUNT_PORT`
        : `cannot listen on ${host} port ${port}: ${error.message}`;
      reject(new AppError(isTaken ? 'address_in_use' : 'bad_settings', message, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

class MeetpuntState {
  readonly #options: MeetpuntOptions;
  readonly #payload = randomFillSync(Buffer.allocUnsafe(PAYLOAD_BYTES));
  readonly #tests = new Map<
    string,
    { readonly test: RunningTest; readonly life: AbortController }
  >();
  /** A connection became a test's own. */
  onHeld: (socket: Socket) => void = () => {};
  #stats = { tests: 0, refused: 0, sentBytes: 0, receivedBytes: 0 };

  constructor(options: MeetpuntOptions) {
    this.#options = options;
  }

  stats(): MeetpuntStats {
    return { running: this.#tests.size, ...this.#stats };
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader(SPEED_HEADER, SPEED_PROTOCOL);
    response.setHeader('cache-control', 'no-store, no-transform');
    request.on('error', () => {});
    try {
      this.#route(request, response);
    } catch (error) {
      const known = error instanceof AppError ? error : undefined;
      if (known?.code === 'not_admitted' || known?.code === 'server_full') this.#stats.refused += 1;
      if (known === undefined) {
        this.#options.log.error('a request could not be answered', { error: messageOf(error) });
      }
      const code = known?.code ?? 'internal_error';
      response.setHeader('connection', 'close');
      sendJson(response, known?.entry.status ?? 500, {
        error: { code, message: messageOf(error) },
      });
      request.resume();
    }
  }

  #route(request: IncomingMessage, response: ServerResponse): void {
    const url = URL.parse(request.url ?? '/', 'http://meetpunt');
    if (url === null) throw new AppError('bad_request', 'the address of this request is malformed');
    const [, id, what] = /^\/tests(?:\/([^/]+)(?:\/([a-z]+))?)?$/.exec(pathBelow(url)) ?? [];
    const route = `${request.method} ${id === undefined ? pathBelow(url) : `/tests/ID${what === undefined ? '' : `/${what}`}`}`;
    switch (route) {
      case 'GET /ping':
        response.writeHead(204).end();
        return;
      case 'POST /tests':
        sendJson(response, 201, this.#open(request));
        request.resume();
        return;
      case 'GET /tests/ID/download':
        this.#download(this.#test(id), url, request);
        return;
      case 'POST /tests/ID/upload':
        this.#upload(this.#test(id), request, response);
        return;
      case 'GET /tests/ID/counts':
        this.#counts(this.#test(id), request, response);
        return;
      case 'DELETE /tests/ID':
        sendJson(response, 200, this.#close(this.#test(id)));
        return;
      default:
        throw new AppError(
          'not_found',
          `this is a Meetnet measure server; it has no ${request.method} ${url.pathname}`,
        );
    }
  }

  #open(request: IncomingMessage): TestTicket {
    const limit = this.#options.maxTests ?? MAX_TESTS;
    if (this.#tests.size >= limit) this.#closeAbandoned();
    if (this.#tests.size >= limit) {
      throw new AppError('server_full', `${limit} tests run here already; try again in a minute`);
    }
    const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const { maxBytes } = this.#options.admission.admit(bearer);
    const { clock, log } = this.#options;
    const test = new RunningTest({ id: newTestId(), maxBytes, payload: this.#payload, clock });
    const life = new AbortController();
    this.#tests.set(test.id, { test, life });
    this.#stats = { ...this.#stats, tests: this.#stats.tests + 1 };
    if (this.#tests.size >= limit && limit > 1) {
      for (const running of this.#tests.values()) running.test.serverLimited = true;
    }
    clock.sleep(TEST_LIFE_MS, life.signal).then(
      () => this.#close(test),
      () => {},
    );
    log.debug('test begins', { test: test.id });
    return { testId: test.id, maxBytes };
  }

  #test(id: string | undefined): RunningTest {
    const entry = this.#tests.get(id ?? '');
    if (entry !== undefined) return entry.test;
    throw new AppError(
      'not_found',
      'there is no such test, or it is over; make one with POST /tests',
    );
  }

  #close(test: RunningTest): TestReceipt {
    const entry = this.#tests.get(test.id);
    this.#tests.delete(test.id);
    entry?.life.abort();
    test.end();
    const { sentBytes, receivedBytes, serverLimited } = test;
    if (entry !== undefined) {
      this.#stats = {
        ...this.#stats,
        sentBytes: this.#stats.sentBytes + sentBytes,
        receivedBytes: this.#stats.receivedBytes + receivedBytes,
      };
      this.#options.log.info('test ended', { test: test.id, sentBytes, receivedBytes });
    }
    return { sentBytes, receivedBytes, serverLimited };
  }

  /** The head is written by hand and the socket then belongs to the test: no framing, no copies. */
  #download(test: RunningTest, url: URL, { socket }: IncomingMessage): void {
    const pace = paceOf(url);
    this.#hold(test, socket);
    socket.setTimeout(IDLE_MS);
    socket.setNoDelay(true);
    socket.write(
      `HTTP/1.1 200 OK\r\n${SPEED_HEADER}: ${SPEED_PROTOCOL}\r\ncontent-type: application/octet-stream\r\ncache-control: no-store, no-transform\r\nconnection: close\r\n\r\n`,
    );
    test.send(socket, pace);
  }

  /** Through TLS, in a browser's portions, or small: as HTTP has it, answered at its end. */
  #upload(test: RunningTest, request: IncomingMessage, response: ServerResponse): void {
    this.#hold(test, request.socket);
    request.on('data', (chunk: Buffer) => test.receive(chunk.length));
    request.on('end', () => sendJson(response, 200, { receivedBytes: test.receivedBytes }));
  }

  /** A test's load in the clear: counted on the bare socket. False: HTTP says what is wrong. */
  takeUpload(id: string, accepted: Socket, rest: number): boolean {
    const test = this.#tests.get(id)?.test;
    if (test === undefined || !test.hasRoom) return false;
    const socket = receiveRaw(accepted, (count) => test.receive(count));
    if (socket === undefined) return false;
    this.#hold(test, socket);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    test.receive(rest);
    return true;
  }

  #hold(test: RunningTest, socket: Socket): void {
    test.hold(socket);
    this.onHeld(socket);
  }

  #counts(test: RunningTest, request: IncomingMessage, response: ServerResponse): void {
    this.#hold(test, request.socket);
    response.writeHead(200, { 'content-type': 'application/x-ndjson', connection: 'close' });
    request.socket.setNoDelay(true);
    test.count(request.socket, (elapsedMs, bytes) => {
      response.write(`${JSON.stringify({ elapsedMs, bytes })}\n`);
    });
  }

  #closeAbandoned(): void {
    for (const { test } of [...this.#tests.values()]) {
      if (test.quietMs() >= ABANDONED_MS) this.#close(test);
    }
  }

  endAll(): void {
    for (const { test } of [...this.#tests.values()]) this.#close(test);
  }
}

function pathBelow(url: URL): string {
  return url.pathname.startsWith(`${SPEED_PREFIX}/`) ? url.pathname.slice(SPEED_PREFIX.length) : '';
}

function paceOf(url: URL): number | undefined {
  const text = url.searchParams.get('pace');
  if (text === null) return undefined;
  const pace = Number(text);
  if (pace >= PACE_RANGE.least && pace <= PACE_RANGE.most) return pace;
  throw new AppError(
    'bad_request',
    `pace must be Mbit/s from ${PACE_RANGE.least} to ${PACE_RANGE.most}, not ${JSON.stringify(text)}`,
  );
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
