// The uplink over a WebSocket to the collector, in clear or TLS as its address says.
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { HANDSHAKE_DEADLINE_MS, MAX_FRAME_BYTES, UPLINK_PATH } from '#shared/wire/uplink.ts';
import { connectTrouble } from '../network/name-trouble.ts';
import type { Outbound } from '../network/outbound.ts';
import { refusedWith, unreachable } from './connect-error.ts';
import type { Connect, Transport, TransportEvents } from './transport.ts';

/** `collector`: its base URL, `http://…` or `https://…`. */
export function connectWebSocket(collector: string, outbound: Pick<Outbound, 'dial'>): Connect {
  const url = new URL(`${collector.replace(/^http/, 'ws').replace(/\/+$/, '')}${UPLINK_PATH}`);
  return async (events, signal) => {
    try {
      return await open(url, await outbound.dial(url, signal), events, signal);
    } catch (error) {
      throw unreachable(url.href, error);
    }
  };
}

/** Over a connection that is there, its TLS done. */
function open(
  url: URL,
  connection: Socket,
  events: TransportEvents,
  signal: AbortSignal,
): Promise<Transport> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      connection.destroy();
      reject(signal.reason);
      return;
    }
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_DEADLINE_MS,
      maxPayload: MAX_FRAME_BYTES,
      createConnection: () => connection,
    });
    let isOpen = false;
    const stop = () => fail(signal.reason);
    const fail = (reason: unknown) => {
      signal.removeEventListener('abort', stop);
      reject(reason);
      socket.terminate();
      connection.destroy();
    };
    signal.addEventListener('abort', stop, { once: true });
    // Stays for the socket's whole life: what breaks an open one is told by the close that follows.
    socket.on('error', (cause) => {
      if (!isOpen) fail(connectTrouble(url.hostname, cause));
    });
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      const { statusCode: status = 0, headers } = response;
      fail(refusedWith(url.href, { status, headers }));
    });
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
