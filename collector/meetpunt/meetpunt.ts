// The measure server: HTTP/1.1 on a port of its own, speaking shared/wire/speed.ts.
import { randomFillSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import {
  SPEED_HEADER,
  SPEED_PREFIX,
  SPEED_PROTOCOL,
  type StampDoor,
  TEST_LIFE_MS,
  type TestReceipt,
  type TestTicket,
} from '#shared/wire/speed.ts';
import { type Admission, newTestId } from './admission.ts';
import type { GuestStats } from './protocols/guest-desk.ts';
import { type Guests, openGuests, refuseUpgrade } from './protocols/guests.ts';
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
  /** UDP port of a STAMP reflector beside it, once it is known. */
  readonly stampPort?: () => number | undefined;
  /** Absent: clients of other protocols find nothing here. */
  readonly guests?: { readonly dayBytes: number };
}

export interface MeetpuntStats {
  /** At this moment; the other figures are since the start. */
  readonly running: number;
  readonly tests: number;
  readonly refused: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly guests?: GuestStats;
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
/** For pings and for tests that are about to be made. */
const SPARE_CONNECTIONS = 64;
const PACE_RANGE = { least: 0.1, most: 100_000 };

/** Listens when it resolves. Throws `address_in_use`. */
export async function openMeetpunt(options: MeetpuntOptions): Promise<Meetpunt> {
  const state = new MeetpuntState(options);
  const server = createServer((request, response) => state.answer(request, response));
  server.keepAliveTimeout = IDLE_MS;
  server.requestTimeout = TEST_LIFE_MS;
  server.headersTimeout = HEADERS_MS;
  server.maxConnections = SPARE_CONNECTIONS + MOST_SOCKETS * (options.maxTests ?? MAX_TESTS);
  server.on('upgrade', (request, socket, head) => state.upgrade(request, socket, head));
  server.on('clientError', (_error, socket) => socket.destroy());
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
  readonly #guests: Guests | undefined;
  #stats = { tests: 0, refused: 0, sentBytes: 0, receivedBytes: 0 };

  constructor(options: MeetpuntOptions) {
    this.#options = options;
    if (options.guests === undefined) return;
    const { clock, guests } = options;
    this.#guests = openGuests({
      clock,
      payload: this.#payload,
      dayBytes: guests.dayBytes,
      placesFree: () => (options.maxTests ?? MAX_TESTS) - this.#placesTaken(),
    });
  }

  stats(): MeetpuntStats {
    const guests = this.#guests?.stats();
    return {
      running: this.#tests.size,
      ...this.#stats,
      ...(guests === undefined ? {} : { guests }),
    };
  }

  #placesTaken(): number {
    return this.#tests.size + (this.#guests?.places() ?? 0);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#guests?.upgradeGuest(request, socket, head) === true) return;
    const path = JSON.stringify(request.url ?? '');
    refuseUpgrade(socket, new AppError('not_found', `nothing here upgrades ${path}`));
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.#guests?.answerGuest(request, response) === true) return;
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
      case 'GET /stamp':
        sendJson(response, 200, this.#stampDoor());
        return;
      case 'POST /tests':
        sendJson(response, 201, this.#open(request, maxBytesOf(url)));
        request.resume();
        return;
      case 'GET /tests/ID/download':
        this.#download(this.#test(id), url, request);
        return;
      case 'POST /tests/ID/upload':
        this.#upload(this.#test(id), request);
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

  #stampDoor(): StampDoor {
    const port = this.#options.stampPort?.();
    if (port !== undefined) return { port };
    throw new AppError('not_found', 'this measure server reflects no latency probes');
  }

  #open(request: IncomingMessage, wanted: number): TestTicket {
    const limit = this.#options.maxTests ?? MAX_TESTS;
    if (this.#tests.size >= limit) this.#closeAbandoned();
    // An agent has a slot, a guest only what is left over.
    if (this.#placesTaken() >= limit) this.#guests?.makeRoom();
    if (this.#tests.size >= limit) {
      throw new AppError('server_full', `${limit} tests run here already; try again in a minute`);
    }
    const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const admitted = this.#options.admission.admit(bearer);
    const maxBytes = Math.min(admitted.maxBytes, wanted);
    const { clock, log } = this.#options;
    const test = new RunningTest({ id: newTestId(), maxBytes, payload: this.#payload, clock });
    const life = new AbortController();
    this.#tests.set(test.id, { test, life });
    this.#stats = { ...this.#stats, tests: this.#stats.tests + 1 };
    if (this.#placesTaken() >= limit && limit > 1) {
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
    test.hold(socket);
    socket.setTimeout(IDLE_MS);
    socket.setNoDelay(true);
    socket.write(
      `HTTP/1.1 200 OK\r\n${SPEED_HEADER}: ${SPEED_PROTOCOL}\r\ncontent-type: application/octet-stream\r\ncache-control: no-store, no-transform\r\nconnection: close\r\n\r\n`,
    );
    test.send(socket, pace);
  }

  #upload(test: RunningTest, request: IncomingMessage): void {
    test.hold(request.socket);
    request.on('data', (chunk: Buffer) => test.receive(chunk));
  }

  #counts(test: RunningTest, request: IncomingMessage, response: ServerResponse): void {
    test.hold(request.socket);
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
    this.#guests?.makeRoom();
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

/** What an agent wants its test to cost at most; without a word, all that its token allows. */
function maxBytesOf(url: URL): number {
  const text = url.searchParams.get('max_bytes');
  if (text === null) return Number.POSITIVE_INFINITY;
  const bytes = Number(text);
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new AppError(
    'bad_request',
    `max_bytes must be a whole number of bytes above 0, not ${JSON.stringify(text)}`,
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
