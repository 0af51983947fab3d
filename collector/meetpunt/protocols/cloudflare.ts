// The two addresses that clients of Cloudflare's speed test call (npm @cloudflare/speedtest, MIT):
// `GET /__down?bytes=N` and `POST /__up`. The client times its requests by the browser's Resource
// Timing, so that other origins may read those times is part of the protocol (timing-allow-origin),
// and takes off what `server-timing` says that the server itself spent. Other parameters (`measId`,
// `during`, `r`) are for Cloudflare's logs.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EpochMs } from '#shared/model/units.ts';
import { endpoint, shownAddress } from './client-address.ts';
import type { GuestDesk } from './guest-desk.ts';
import {
  admitGuest,
  type Headers,
  hasBody,
  receiveLoad,
  refuseBody,
  reply,
  sendLoad,
  setHeaders,
} from './http-load.ts';

/** Four times the largest that the client asks for. */
const MOST_BYTES = 1_000_000_000;

/** False when the request is not of this protocol. */
export function answerCloudflare(
  desk: GuestDesk,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): boolean {
  if (url.pathname !== '/__down' && url.pathname !== '/__up') return false;
  const startMs = desk.clock.monotonicMs();
  const spent = () => `cfRequestDuration;dur=${(desk.clock.monotonicMs() - startMs).toFixed(3)}`;
  const headers = commonHeaders(request, desk.clock.now());
  const isUpload = url.pathname === '/__up' && request.method !== 'OPTIONS';
  if (!isUpload && refuseBody(request, response, headers)) return true;
  if (request.method === 'OPTIONS') {
    reply(response, 204, '', { ...headers, 'access-control-max-age': '86400' });
    request.resume();
  } else if (url.pathname === '/__down') {
    answerDown(desk, request, response, url, headers, spent);
  } else answerUp(desk, request, response, headers, spent);
  return true;
}

function answerDown(
  desk: GuestDesk,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  headers: Headers,
  spent: () => string,
): void {
  request.resume();
  const text = url.searchParams.get('bytes') ?? '0';
  const bytes = Number(text);
  if (!/^\d+$/.test(text) || bytes > MOST_BYTES) {
    const message = `bytes must be a whole number from 0 to ${MOST_BYTES}`;
    reply(response, 400, `${message}\n`, { ...headers, 'content-type': 'text/plain' });
    return;
  }
  const visit =
    bytes === 0 || request.method === 'HEAD'
      ? undefined
      : admitGuest(desk, request, response, headers);
  if (response.headersSent) return;
  setHeaders(response, {
    ...headers,
    'content-type': 'application/octet-stream',
    'server-timing': spent(),
  });
  response.writeHead(200, { 'content-length': bytes });
  if (visit === undefined) response.end();
  else sendLoad(response, visit, bytes);
}

function answerUp(
  desk: GuestDesk,
  request: IncomingMessage,
  response: ServerResponse,
  headers: Headers,
  spent: () => string,
): void {
  const ok = (serverTiming: string) =>
    reply(response, 200, 'OK', {
      ...headers,
      'content-type': 'text/plain;charset=UTF-8',
      'server-timing': serverTiming,
    });
  if (!hasBody(request)) {
    request.resume();
    ok(spent());
    return;
  }
  // What the body took to come is the line's time, not the server's.
  const serverTiming = spent();
  const visit = admitGuest(desk, request, response, headers);
  if (visit !== undefined) receiveLoad(request, visit, () => ok(serverTiming));
}

function commonHeaders({ socket }: IncomingMessage, now: EpochMs): Headers {
  const meta = {
    'cf-meta-ip': shownAddress(socket.remoteAddress),
    'cf-meta-colo': endpoint(socket.localAddress, socket.localPort),
    'cf-meta-request-time': String(now),
  };
  return {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, HEAD, POST, OPTIONS',
    'access-control-allow-headers': '*',
    'access-control-expose-headers': ['server-timing', ...Object.keys(meta)].join(', '),
    'timing-allow-origin': '*',
    'cache-control': 'no-store, no-transform',
    ...meta,
  };
}
