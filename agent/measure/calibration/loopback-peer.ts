// The other end of a self-test: as much of `meetpunt/1` as the load of one test asks, for one client
// on the loopback. Admits, paces and limits nothing: whoever started it ends it.
import { randomFillSync } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { Payload } from '#shared/flow/payload.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { SAMPLE_MS, SPEED_HEADER, SPEED_PREFIX } from '#shared/wire/speed.ts';

export interface LoopbackPeer extends AsyncDisposable {
  readonly port: number;
}

const PAYLOAD_BYTES = 1024 * 1024;
/**
 * Three packets of a line. The loopback would carry 64 kB at once, which costs a device a tenth per
 * byte of what a line's packets do; at 500 Mbit/s one of those comes every 24 µs and a network card
 * tells of them every 50 to 100 µs, so that a kernel takes two to four together.
 */
const PIECE_BYTES = 3 * 1448;
const HEAD_LIMIT_BYTES = 16 * 1024;
const HEAD = `HTTP/1.1 200 OK\r\n${SPEED_HEADER}: loopback\r\nConnection: close\r\n\r\n`;

/** Resolves once it listens on a free port of 127.0.0.1. */
export async function openLoopbackPeer(clock: Clock): Promise<LoopbackPeer> {
  const peer = new Peer(clock);
  const server = createServer({ noDelay: true }, (socket) => peer.take(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return {
    port: address.port,
    [Symbol.asyncDispose]: () => {
      peer.close();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

class Peer {
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #payload = new Payload(randomFillSync(Buffer.allocUnsafe(PAYLOAD_BYTES)));
  readonly #sockets = new Set<Socket>();
  #received = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
  }

  take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // A client that has had enough just goes.
    socket.on('error', () => {});
    let head = '';
    const onHead = (chunk: Buffer) => {
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) {
        if (head.length > HEAD_LIMIT_BYTES) socket.destroy();
        return;
      }
      socket.off('data', onHead);
      this.#answer(socket, head.slice(0, end), head.length - end - 4);
    };
    socket.on('data', onHead);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #answer(socket: Socket, head: string, bodyBytes: number): void {
    const path = /^(?:GET|POST) (\S+) /.exec(head)?.[1] ?? '';
    if (path.startsWith(SPEED_PREFIX) && path.endsWith('/download')) this.#send(socket);
    else if (path.startsWith(SPEED_PREFIX) && path.endsWith('/upload')) {
      this.#received += bodyBytes;
      socket.on('data', (chunk: Buffer) => {
        this.#received += chunk.length;
      });
    } else if (path.startsWith(SPEED_PREFIX) && path.endsWith('/counts')) this.#tell(socket);
    else socket.destroy();
  }

  #send(socket: Socket): void {
    socket.write(HEAD);
    const pump = () => {
      while (!socket.destroyed && !socket.writableNeedDrain) {
        socket.write(this.#payload.take(PIECE_BYTES));
      }
    };
    socket.on('drain', pump);
    pump();
    socket.resume();
  }

  #tell(socket: Socket): void {
    socket.write(HEAD);
    const stop = this.#clock.every(SAMPLE_MS, () => {
      const elapsedMs = this.#clock.monotonicMs() - this.#startMs;
      socket.write(`${JSON.stringify({ elapsedMs, bytes: this.#received })}\n`);
    });
    socket.on('close', stop);
    socket.resume();
  }
}
