// A tunnel through an HTTP proxy (RFC 9110 §9.3.6): CONNECT, its answer, and then the socket is ours.
import type { Socket } from 'node:net';
import type { Bytes } from '#shared/model/units.ts';
import type { WebProxy } from './proxy.ts';
import { NetworkError } from './trouble.ts';

/** A proxy's answer to CONNECT is a few lines; a page of its own comes after them. */
const MAX_ANSWER_BYTES: Bytes = 16_384;

/** Resolves when the bytes go to `host`. Rejects with `NetworkError`, or the signal's reason. */
export function openTunnel(
  socket: Socket,
  proxy: WebProxy,
  target: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<void> {
  const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`;
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0);
    const end = (settle: () => void) => {
      socket.off('data', onData).off('error', onError).off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const refuse = (why: string) =>
      end(() =>
        reject(
          new NetworkError(
            { code: 'proxy_refused' },
            `the proxy ${proxy.host}:${proxy.port} does not let us through to ${authority}: ${why}`,
          ),
        ),
      );
    const onData = (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      const headEnd = answer.indexOf('\r\n\r\n');
      if (headEnd < 0) {
        if (answer.length > MAX_ANSWER_BYTES) refuse('its answer has no end');
        return;
      }
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer.toString('latin1', 0, 64))?.[1]);
      if (!(status >= 200 && status < 300)) {
        refuse(whyOf(status));
        return;
      }
      // Neither TLS nor HTTP speaks before it is spoken to.
      if (answer.length > headEnd + 4) refuse('it says more than was asked');
      else end(resolve);
    };
    const onError = (error: Error) => refuse(error.message);
    const onClose = () => refuse('it hung up');
    const onAbort = () => end(() => reject(signal.reason));
    socket.on('data', onData).on('error', onError).on('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    const lines = [
      `CONNECT ${authority} HTTP/1.1`,
      `Host: ${authority}`,
      ...(proxy.authorization === undefined ? [] : [`Proxy-Authorization: ${proxy.authorization}`]),
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  });
}

function whyOf(status: number): string {
  if (Number.isNaN(status)) return 'its answer is no HTTP';
  if (status === 407) {
    return 'it wants a user and a password (HTTP 407); give them in the address of the proxy';
  }
  return `HTTP ${status}`;
}
