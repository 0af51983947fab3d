// The uplink over a WebSocket to the collector, in clear or TLS as its address says.
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Ms } from '#shared/model/units.ts';
import { HANDSHAKE_DEADLINE_MS, MAX_FRAME_BYTES, UPLINK_PATH } from '#shared/wire/uplink.ts';
import { type Connect, ConnectError, type Transport, type TransportEvents } from './transport.ts';

/** `collector`: its base URL, `http://…` or `https://…`. */
export function connectWebSocket(collector: string): Connect {
  const url = `${collector.replace(/^http/, 'ws').replace(/\/+$/, '')}${UPLINK_PATH}`;
  return (events, signal) => open(url, events, signal);
}

function open(url: string, events: TransportEvents, signal: AbortSignal): Promise<Transport> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_DEADLINE_MS,
      maxPayload: MAX_FRAME_BYTES,
    });
    let isOpen = false;
    const stop = () => fail(signal.reason);
    const fail = (reason: unknown) => {
      signal.removeEventListener('abort', stop);
      reject(reason);
      socket.terminate();
    };
    signal.addEventListener('abort', stop, { once: true });
    // Stays for the socket's whole life: what breaks an open one is told by the close that follows.
    socket.on('error', (cause) => {
      if (!isOpen) fail(new ConnectError(`${url}: ${explained(cause)}`, { cause }));
    });
    socket.on('unexpected-response', (_request, response) => fail(refusal(url, response)));
    socket.on('message', (data) => events.onText(data.toString()));
    socket.once('close', (code, reason) => {
      if (isOpen) events.onClosed({ code, reason: reason.toString() });
    });
    socket.once('open', () => {
      isOpen = true;
      signal.removeEventListener('abort', stop);
      resolve({
        send: (text) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(text);
        },
        close: (code, reason) => socket.close(code, reason),
        terminate: () => socket.terminate(),
      });
    });
  });
}

/** Node names several addresses' failures together, with an empty message. */
function explained(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message;
  return error.errors
    .map((each) => (each instanceof Error ? each.message : String(each)))
    .join(', ');
}

function refusal(url: string, response: IncomingMessage): ConnectError {
  response.resume();
  const status = response.statusCode ?? 0;
  const known = status === 429 || status === 503;
  const why = known
    ? 'the collector has no time for us now'
    : 'this is not the uplink of a collector; check its address, and that no proxy or login page is in between';
  return new ConnectError(`${url}: HTTP ${status}; ${why}`, { retryAfterMs: retryAfter(response) });
}

/** Seconds (RFC 9110 §10.2.3); the form with a date is not ours. */
function retryAfter(response: IncomingMessage): Ms {
  const seconds = Number(response.headers['retry-after'] ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}
