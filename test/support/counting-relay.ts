// A TCP relay on loopback that counts what passes it, each way.
import { connect, createServer, type Socket } from 'node:net';

export interface CountingRelay extends AsyncDisposable {
  readonly port: number;
  /** From the server behind it to its clients. */
  downBytes(): number;
  upBytes(): number;
}

export async function countingRelay(target: number): Promise<CountingRelay> {
  const bytes = { down: 0, up: 0 };
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [from, to, way] of [
      [near, far, 'up'],
      [far, near, 'down'],
    ] as const) {
      open.add(from);
      from.on('data', (chunk: Buffer) => {
        bytes[way] += chunk.length;
      });
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        open.delete(from);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    downBytes: () => bytes.down,
    upBytes: () => bytes.up,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
