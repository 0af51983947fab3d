// A TCP proxy on loopback that carries no more than a rate in each direction, over all of its
// connections together: a line for tests of behaviour (the lab's shaper is for accuracy).
import { connect, createServer, type Socket } from 'node:net';

export interface SlowProxy extends AsyncDisposable {
  readonly port: number;
  /** Payload bytes that went through, towards the client and away from it. */
  readonly down: number;
  readonly up: number;
}

/** A turn of the loop that came late is made good, up to this. */
const AHEAD_MS = 50;

export async function startSlowProxy(
  targetPort: number,
  rates: { readonly downMbps: number; readonly upMbps: number },
): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  const state = { down: 0, up: 0 };
  const downLine = lineOf(rates.downMbps);
  const upLine = lineOf(rates.upMbps);
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('end', () => other.end());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    far.on('data', (chunk) => {
      state.down += chunk.length;
      carry(far, near, chunk, downLine);
    });
    near.on('data', (chunk) => {
      state.up += chunk.length;
      carry(near, far, chunk, upLine);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return Object.assign(state, {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  });
}

interface Line {
  /** Takes the line for `bytes` and says how long until it is free again. */
  take(bytes: number): number;
}

function lineOf(mbps: number): Line {
  let freeAt = 0;
  return {
    take: (bytes) => {
      const now = performance.now();
      freeAt = Math.max(freeAt, now - AHEAD_MS) + (bytes * 8) / (mbps * 1000);
      return freeAt - now;
    },
  };
}

function carry(from: Socket, to: Socket, chunk: Buffer, line: Line): void {
  to.write(chunk);
  const waitMs = line.take(chunk.length);
  if (waitMs <= 1 && !to.writableNeedDrain) return;
  from.pause();
  const resume = () => {
    if (to.writableNeedDrain) to.once('drain', () => from.resume());
    else from.resume();
  };
  setTimeout(resume, Math.max(0, waitMs));
}
