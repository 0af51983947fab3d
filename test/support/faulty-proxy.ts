// A TCP proxy on loopback that can cut a connection where a crash or a bad network would.
import { connect, createServer, type Socket } from 'node:net';

/**
 * `pass`: through. `refuse`: cut before anything is passed on. `swallow_answer`: requests of the
 * kind told go through and are carried out, their answers are cut off. `silent`: never answers.
 * `login_page`: a captive portal.
 */
export type ProxyMode = 'pass' | 'refuse' | 'swallow_answer' | 'silent' | 'login_page';

export interface FaultyProxy extends AsyncDisposable {
  readonly url: string;
  mode: ProxyMode;
  /** Which requests `swallow_answer` is about, by their first line. */
  pattern: RegExp;
  /** The connections that there are go silent, without an end; new ones pass. */
  freeze(): void;
}

const TO_LOGIN = [
  'HTTP/1.1 302 Found',
  'Location: http://login.school.test/?next=1',
  'Content-Length: 0',
  'Connection: close',
];

export async function startFaultyProxy(targetPort: number): Promise<FaultyProxy> {
  const sockets = new Set<Socket>();
  const frozen = new WeakSet<Socket>();
  const proxy = { mode: 'pass' as ProxyMode, pattern: /^/ };
  const server = createServer((near) => {
    if (proxy.mode === 'refuse') {
      near.destroy();
      return;
    }
    const far = connect(targetPort, '127.0.0.1');
    let cutAnswer = false;
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.on('data', (chunk) => {
      if (frozen.has(near)) return;
      if (proxy.mode === 'login_page') {
        near.end(`${TO_LOGIN.join('\r\n')}\r\n\r\n`);
        return;
      }
      if (proxy.mode === 'refuse') near.destroy();
      if (proxy.mode === 'refuse' || proxy.mode === 'silent') return;
      if (proxy.mode === 'swallow_answer' && proxy.pattern.test(chunk.toString('latin1'))) {
        cutAnswer = true;
      }
      far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (frozen.has(near)) return;
      if (cutAnswer) near.destroy();
      else near.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${port}`,
    freeze: () => {
      for (const socket of sockets) frozen.add(socket);
    },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  });
}
