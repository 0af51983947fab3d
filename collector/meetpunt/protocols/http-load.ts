// The bodies of guests' HTTP tests: random bytes out with the socket's back-pressure respected and
// no copies made, bytes in only counted; and the reply to a refusal.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Bytes } from '#shared/model/units.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import { networkOf } from './client-address.ts';
import { type GuestDesk, GuestRefused, type Visit } from './guest-desk.ts';

/**
 * One request's time. On a slow line one request lasts a whole direction: up to 23 s for LibreSpeed's
 * pages (20 s and the time that they let pass before), 15 s and its start for its CLI; a page that is
 * set to bear no errors gives up when a stream is cut.
 */
export const REQUEST_LIMIT_MS = 40_000;
/** Few and large writes. */
const CHUNK_BYTES = 256 * 1024;

export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** A bulk request's visit, or undefined when it was refused and answered so. */
export function admitGuest(
  desk: GuestDesk,
  request: IncomingMessage,
  response: ServerResponse,
  headers: Headers,
): Visit | undefined {
  const { socket } = request;
  try {
    return desk.admit(networkOf(socket.remoteAddress), socket, REQUEST_LIMIT_MS);
  } catch (error) {
    if (!(error instanceof GuestRefused)) throw error;
    refuseRequest(request, response, error, {
      ...headers,
      'retry-after': String(error.retryAfterS),
    });
    return undefined;
  }
}

/** What the request brings is read away: a socket closed with unread bytes takes the answer back. */
export function refuseRequest(
  request: IncomingMessage,
  response: ServerResponse,
  error: AppError,
  headers: Headers,
): void {
  const body = JSON.stringify({ error: { code: error.code, message: messageOf(error) } });
  reply(response, error.entry.status, body, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    connection: 'close',
  });
  request.resume();
}

/** Writes `bytes` of load as the body; the socket is closed when the guest's day is spent. */
export function sendLoad(response: ServerResponse, visit: Visit, bytes: Bytes): void {
  let left = bytes;
  const pump = () => {
    while (left > 0 && !response.destroyed && !response.writableNeedDrain) {
      const chunk = visit.take(Math.min(left, CHUNK_BYTES));
      if (chunk.length === 0) {
        response.destroy();
        return;
      }
      left -= chunk.length;
      response.write(chunk);
    }
    if (left === 0) response.end();
  };
  response.on('drain', pump);
  response.once('finish', visit.end);
  pump();
}

/** Counts the body and calls `onEnd` when all of it has come. */
export function receiveLoad(request: IncomingMessage, visit: Visit, onEnd: () => void): void {
  request.on('data', (chunk: Buffer) => {
    if (!visit.receive(chunk.length)) request.socket.destroy();
  });
  request.once('end', () => {
    visit.end();
    onEnd();
  });
}

/** What nobody counts is not taken: true when the request brought a body and was answered so. */
export function refuseBody(
  request: IncomingMessage,
  response: ServerResponse,
  headers: Headers,
): boolean {
  if (!hasBody(request)) return false;
  const words = 'only uploads have a body; nothing at this address takes one';
  refuseRequest(request, response, new AppError('message_too_big', words), headers);
  return true;
}

/** Whether the request brings a body that is worth counting. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined;
}

export function reply(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Headers,
): void {
  setHeaders(response, headers);
  response.writeHead(status, { 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

export function setHeaders(response: ServerResponse, headers: Headers): void {
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, typeof value === 'string' ? value : [...value]);
  }
}
