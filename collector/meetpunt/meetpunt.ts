// The measure server: HTTP/1.1 on a port of its own, speaking shared/wire/speed.ts.
import { randomFillSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Ms, Share } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import {
  SPEED_HEADER,
  SPEED_PREFIX,
  SPEED_PROTOCOL,
  type StampDoor,
  TEST_LIFE_MS,
  type TestTicket,
} from '#shared/wire/speed.ts';
import type { Admission } from './admission.ts';
import { watchBusy } from './busy-watch.ts';
import type { Certificate } from './certificate.ts';
import { openDoor, refuse } from './door.ts';
import { listen } from './listen.ts';
import type { GuestStats } from './protocols/guest-desk.ts';
import { type Guests, openGuests, refuseUpgrade } from './protocols/guests.ts';
import { receiveRaw } from './raw-receive.ts';
import { MOST_SOCKETS, type RunningTest } from './running-test.ts';
import { type EndedTest, TestRegister, type TestStats } from './test-register.ts';

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
  /** PEM. Absent: plain HTTP alone; with it the same port takes both. */
  readonly certificate?: Certificate;
  readonly onEnded?: (test: EndedTest) => void;
}

export interface MeetpuntStats extends TestStats {
  /** At this moment, all that are open. */
  readonly connections: number;
  /** Of the last second. */
  readonly eventLoopUtilization: Share;
  /** Since the start; undefined where no control group counts it. */
  readonly throttledMs: Ms | undefined;
  readonly guests?: GuestStats;
}

export interface Meetpunt extends AsyncDisposable {
  readonly port: number;
  stats(): MeetpuntStats;
  /** New connections have the new certificate; only where there was one at the start. */
  renew(certificate: Certificate): void;
  /** Refuses new tests and resolves when the last one has ended, or after `ms`. */
  drain(ms: Ms): Promise<void>;
}

const MAX_TESTS = 8;
/** Longer than the windows of what links compress with (deflate 32 kB, LZ4 64 kB, zstd 2 MB). */
const PAYLOAD_BYTES = 4 * 1024 * 1024;
/** Slower than any filter's idle limit would be; a test's own sockets end with the test. */
const IDLE_MS = 15_000;
/** Strangers who send half a head must not hold what tests need. */
const HEADERS_MS = 10_000;
const HEADERS_BYTES = 8_192;
/** How often late heads are looked for. */
const CHECK_MS = 2_000;
/** Above those of the tests, so that no few addresses keep all others out. */
const SPARE_CONNECTIONS = 1_024;
/** All streams of a test may be new at the same moment. */
const STRANGERS_PER_ADDRESS = MOST_SOCKETS + 32;
const PACE_RANGE = { least: 0.1, most: 100_000 };

/** Listens when it resolves. Throws `address_in_use`. */
export async function openMeetpunt(options: MeetpuntOptions): Promise<Meetpunt> {
  const tests = new TestRegister(options);
  const state = new MeetpuntState(options, tests);
  const server = createServer(
    { connectionsCheckingInterval: CHECK_MS, maxHeaderSize: HEADERS_BYTES },
    (request, response) => state.answer(request, response),
  );
  server.keepAliveTimeout = IDLE_MS;
  server.requestTimeout = TEST_LIFE_MS;
  server.headersTimeout = HEADERS_MS;
  server.maxConnections = SPARE_CONNECTIONS + MOST_SOCKETS * (options.maxTests ?? MAX_TESTS);
  server.on('upgrade', (request, socket, head) => state.upgrade(request, socket, head));
  server.on('clientError', (error, socket) => {
    tests.countRefused('bad_request');
    refuse(socket, notHttp(error));
  });
  const door = openDoor({
    http: server,
    ...(options.certificate === undefined ? {} : { certificate: options.certificate }),
    headsMs: HEADERS_MS,
    strangersMost: STRANGERS_PER_ADDRESS,
    takeUpload: (id, socket, rest) => state.takeUpload(id, socket, rest),
    onRefused: (reason) => tests.countRefused(reason),
  });
  state.onHeld = (socket) => door.settle(socket);
  const { clock, host } = options;
  const port = await listen(server, options, '--port or MEETNET_MEETPUNT_PORT');
  const busy = watchBusy({ clock, onBusy: (why) => tests.limit(why) });
  const speaks = options.certificate === undefined ? 'http' : 'https and http';
  options.log.info('measure server listens', { host, port, speaks });
  return {
    port,
    stats: () => ({
      ...tests.stats(),
      connections: door.connections,
      eventLoopUtilization: busy.utilization,
      throttledMs: busy.throttledMs,
      ...state.guestStats(),
    }),
    renew: (certificate) => door.renew(certificate),
    drain: (ms) => tests.drain(ms),
    [Symbol.asyncDispose]: async () => {
      busy.stop();
      state.endGuests();
      tests.endAll();
      door.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

class MeetpuntState {
  readonly #options: MeetpuntOptions;
  readonly #tests: TestRegister;
  readonly #payload = randomFillSync(Buffer.allocUnsafe(PAYLOAD_BYTES));
  /** A connection became a test's own. */
  onHeld: (socket: Socket) => void = () => {};

  readonly #guests: Guests | undefined;

  constructor(options: MeetpuntOptions, tests: TestRegister) {
    this.#options = options;
    this.#tests = tests;
    if (options.guests === undefined) return;
    const { clock, guests } = options;
    this.#guests = openGuests({
      clock,
      payload: this.#payload,
      dayBytes: guests.dayBytes,
      placesFree: () =>
        this.#tests.isStopping ? 0 : (options.maxTests ?? MAX_TESTS) - this.#placesTaken(),
    });
  }

  guestStats(): { guests?: GuestStats } {
    return this.#guests === undefined ? {} : { guests: this.#guests.stats() };
  }

  endGuests(): void {
    this.#guests?.makeRoom();
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
      this.#tests.countRefused(known?.code ?? 'internal_error');
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
        this.#download(this.#tests.get(id), url, request);
        return;
      case 'POST /tests/ID/upload':
        this.#upload(this.#tests.get(id), request, response);
        return;
      case 'GET /tests/ID/counts':
        this.#counts(this.#tests.get(id), request, response);
        return;
      case 'DELETE /tests/ID':
        sendJson(response, 200, this.#tests.close(this.#tests.get(id), 'agent'));
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
    if (this.#tests.size >= limit) this.#tests.closeAbandoned();
    // An agent has a slot, a guest only what is left over.
    if (this.#placesTaken() >= limit) this.#guests?.makeRoom();
    if (this.#tests.size >= limit) {
      throw new AppError('server_full', `${limit} tests run here already; try again in a minute`);
    }
    this.#tests.checkOpen();
    const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const maxBytes = Math.min(this.#options.admission.admit(bearer).maxBytes, wanted);
    const test = this.#tests.open(maxBytes, this.#payload);
    if (this.#placesTaken() >= limit && limit > 1) this.#tests.limit('full');
    return { testId: test.id, maxBytes };
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
    const test = this.#tests.find(id);
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
}

function notHttp({ code, message }: NodeJS.ErrnoException): AppError {
  const known: Readonly<Record<string, string>> = {
    HPE_HEADER_OVERFLOW: `the head of this request has more than ${HEADERS_BYTES} bytes`,
    ERR_HTTP_REQUEST_TIMEOUT: `the head of this request did not come within ${HEADERS_MS / 1000} s`,
  };
  const words = known[code ?? ''] ?? `this is no HTTP/1.1 request (${message})`;
  return new AppError('bad_request', words);
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
