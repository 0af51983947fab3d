// The small requests around a test: making it, its upload counts, ending it, and pings.
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';
import type { z } from 'zod';
import type { Latency } from '#shared/model/measurement.ts';
import type { Bytes, Ms } from '#shared/model/units.ts';
import { type Clock, withDeadline } from '#shared/runtime/clock.ts';
import {
  PING_COUNT,
  SPEED_HEADER,
  SPEED_PREFIX,
  SPEED_PROTOCOL,
  stampDoorSchema,
  type TestReceipt,
  type TestTicket,
  testReceiptSchema,
  testTicketSchema,
  type UploadCount,
  uploadCountSchema,
} from '#shared/wire/speed.ts';
import { type ServerAddress, tlsOptions } from './connect.ts';
import { failure } from './failure-of.ts';

const DEADLINE_MS = 10_000;
const PING_DEADLINE_MS = 2_000;
const BODY_LIMIT_BYTES = 64 * 1024;

export interface ControlOptions {
  readonly server: ServerAddress;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * The server sends and takes no more than `maxBytes`, both directions together: what is under way when
 * an agent has had enough would else be beyond its budget. Throws a TestFailure `not_admitted` with the
 * server's own words when it refuses.
 */
export async function openTest(
  options: ControlOptions,
  token: string | undefined,
  maxBytes: Bytes,
): Promise<TestTicket> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const path = `${SPEED_PREFIX}/tests?max_bytes=${Math.floor(maxBytes)}`;
  const body = await ask(options, 'POST', path, headers, options.signal);
  return formed(testTicketSchema, body, 'admission');
}

/** Also of a test that was stopped: only the deadline ends the wait. */
export async function closeTest(
  options: Omit<ControlOptions, 'signal'>,
  testId: string,
  deadlineMs: Ms,
): Promise<TestReceipt> {
  const path = `${SPEED_PREFIX}/tests/${testId}`;
  const body = await ask(options, 'DELETE', path, {}, undefined, deadlineMs);
  return formed(testReceiptSchema, body, 'admission');
}

/** Calls `onCount` for each line until the signal fires; rejects when the stream breaks before. */
export async function followCounts(
  options: ControlOptions,
  testId: string,
  onCount: (count: UploadCount) => void,
): Promise<void> {
  const response = await send(options, 'GET', `${SPEED_PREFIX}/tests/${testId}/counts`, {});
  await checkAnswer(response, 'upload');
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > BODY_LIMIT_BYTES) throw malformed('upload');
    for (const line of lines) onCount(formed(uploadCountSchema, line, 'upload'));
  }
  throw failure('connection_closed', 'upload', 'the measure server ended its counts');
}

export interface Pinged {
  readonly latency: Latency;
  /** Of the connection that was made; the bulk streams to the same name get the same. */
  readonly ipVersion: 4 | 6;
}

/** Round trips of `PING_COUNT` empty requests over one connection, after one that is not counted. */
export async function pingServer({ server, clock, signal }: ControlOptions): Promise<Pinged> {
  const options = { keepAlive: true, maxSockets: 1 };
  const agent = server.security === 'tls' ? new TlsAgent(options) : new Agent(options);
  const times: number[] = [];
  let lost = 0;
  let ipVersion: 4 | 6 = 4;
  try {
    ipVersion = await withDeadline(
      clock,
      DEADLINE_MS,
      () => failure('connect_timed_out', 'connect', `no connection in ${DEADLINE_MS / 1000} s`),
      (within) => ping({ server, clock, signal: within }, agent),
      signal,
    );
    for (let i = 0; i < PING_COUNT; i += 1) {
      const start = clock.monotonicMs();
      try {
        await withDeadline(
          clock,
          PING_DEADLINE_MS,
          () => failure('connect_timed_out', 'latency', 'a ping was not answered'),
          (within) => ping({ server, clock, signal: within }, agent),
          signal,
        );
        times.push(clock.monotonicMs() - start);
      } catch (error) {
        if (signal.aborted) throw error;
        lost += 1;
      }
    }
  } finally {
    agent.destroy();
  }
  if (times.length === 0) throw failure('connect_timed_out', 'latency', 'no ping was answered');
  return { latency: summarise(times, lost), ipVersion };
}

/** Round trips over one kept connection, until it is closed. */
export function openPings(options: Omit<ControlOptions, 'signal'>): {
  ping(signal: AbortSignal): Promise<unknown>;
  close(): void;
} {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    ping: (signal) => ping({ ...options, signal }, agent),
    close: () => agent.destroy(),
  };
}

/** UDP port of the server's STAMP reflector; undefined where it has none. */
export async function stampDoor(options: ControlOptions): Promise<number | undefined> {
  const { clock, signal } = options;
  return withDeadline(
    clock,
    DEADLINE_MS,
    () => failure('connect_timed_out', 'latency', `no answer in ${DEADLINE_MS / 1000} s`),
    async (within) => {
      const response = await send(
        { ...options, signal: within },
        'GET',
        `${SPEED_PREFIX}/stamp`,
        {},
      );
      // A measure server of before there were probes has no such path.
      if (response.statusCode === 404) {
        response.resume();
        return undefined;
      }
      await checkAnswer(response, 'latency');
      return formed(stampDoorSchema, await textOf(response), 'latency').port;
    },
    signal,
  );
}

function summarise(times: number[], lost: number): Latency {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  const round = (ms: number) => Math.round(ms * 1000) / 1000;
  return {
    count: times.length + lost,
    lost,
    minMs: round(sorted[0] ?? 0),
    p50Ms: round(at(0.5)),
    p95Ms: round(at(0.95)),
  };
}

async function ping(options: ControlOptions, agent: Agent): Promise<4 | 6> {
  const response = await send(options, 'GET', `${SPEED_PREFIX}/ping`, {}, agent);
  const ipVersion = response.socket.remoteFamily === 'IPv6' ? 6 : 4;
  response.resume();
  await checkAnswer(response, 'latency');
  // The connection is free for the next ping only once this answer has ended.
  if (!response.readableEnded) await once(response, 'end', { signal: options.signal });
  return ipVersion;
}

/** The text of a good answer. */
async function ask(
  options: Omit<ControlOptions, 'signal'>,
  method: string,
  path: string,
  headers: Record<string, string>,
  parent: AbortSignal | undefined,
  deadlineMs: Ms = DEADLINE_MS,
): Promise<string> {
  return withDeadline(
    options.clock,
    deadlineMs,
    () =>
      failure(
        'connect_timed_out',
        'admission',
        `no answer from the measure server in ${deadlineMs / 1000} s`,
      ),
    async (signal) => {
      const response = await send({ ...options, signal }, method, path, headers);
      await checkAnswer(response, 'admission');
      return textOf(response);
    },
    parent,
  );
}

function formed<T>(schema: z.ZodType<T>, text: string, operation: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw malformed(operation);
  }
}

function malformed(operation: string) {
  return failure(
    'protocol_error',
    operation,
    `the measure server's answer is not of ${SPEED_PROTOCOL}; its version may be another than the agent's`,
  );
}

function send(
  { server, signal }: ControlOptions,
  method: string,
  path: string,
  headers: Record<string, string>,
  agent?: Agent,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const ask = server.security === 'tls' ? requestTls : request;
    const outgoing = ask({
      host: server.host,
      port: server.port,
      ...(server.security === 'tls' ? tlsOptions() : {}),
      method,
      path,
      headers: { ...headers, 'content-length': '0' },
      signal,
      agent: agent ?? false,
    });
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
    outgoing.end();
  });
}

async function checkAnswer(response: IncomingMessage, operation: string): Promise<void> {
  const status = response.statusCode ?? 0;
  if (response.headers[SPEED_HEADER] === undefined) {
    response.resume();
    throw failure(
      'intercepted',
      operation,
      `something else than a measure server answered (status ${status}); look for a captive portal, a filter or a proxy`,
    );
  }
  if (status >= 200 && status < 300) return;
  const said = wordsOf(await textOf(response));
  const code =
    status === 401 || status === 403 || status === 503 ? 'not_admitted' : 'protocol_error';
  throw failure(code, operation, `the measure server refused (${status}): ${said}`);
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk;
    if (text.length > BODY_LIMIT_BYTES) break;
  }
  return text;
}

function wordsOf(body: string): string {
  try {
    return String(JSON.parse(body).error.message);
  } catch {
    return body.slice(0, 200);
  }
}
