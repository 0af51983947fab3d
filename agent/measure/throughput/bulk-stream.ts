// One TCP connection that carries a test's bytes, on a bare socket: an HTTP/1.1 request written by
// hand, so that receiving costs one preallocated buffer and no copies.
import type { Socket } from 'node:net';
import { SPEED_HEADER } from '#shared/wire/speed.ts';
import { connectTo, type ServerAddress } from './connect.ts';
import { failure } from './failure-of.ts';

export type { ServerAddress } from './connect.ts';

export interface BulkStream {
  /** Payload bytes received (download) or handed to the system (upload). */
  readonly bytes: number;
  readonly socket: Socket;
  /** Rejects when the connection fails; never resolves on its own. */
  readonly broken: Promise<never>;
  close(): void;
}

/** One for all streams: what is read is counted before the next read, and one buffer stays in the cache. */
const RECEIVE_BUFFER = Buffer.allocUnsafeSlow(256 * 1024);
const HEAD_LIMIT_BYTES = 16 * 1024;
const UPLOAD_CHUNK_BYTES = 64 * 1024;
/** More than any test sends; the stream ends by being closed. */
const ENDLESS = 1_000_000_000_000;

/** Receives until closed; `head` is checked to come from a measure server. */
export function openDownload(server: ServerAddress, path: string): BulkStream {
  const head = new HeadReader();
  const state = { bytes: 0 };
  const { promise: broken, reject } = Promise.withResolvers<never>();
  const socket = connectTo(server, {
    buffer: RECEIVE_BUFFER,
    callback: (count, buffer) => {
      if (head.isComplete) {
        state.bytes += count;
        return true;
      }
      try {
        state.bytes += head.take(Buffer.from(buffer.subarray(0, count)));
      } catch (error) {
        reject(error);
        return false;
      }
      return true;
    },
  });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostOf(server)}\r\nConnection: close\r\n\r\n`);
  return stream(socket, state, broken, reject, 'download');
}

/** Sends what `next` hands out, asked before each chunk; an empty one says to wait for `pump`. */
export function openUpload(
  server: ServerAddress,
  path: string,
  next: (wanted: number) => Uint8Array,
): BulkStream & { pump(): void } {
  const state = { bytes: 0 };
  const { promise: broken, reject } = Promise.withResolvers<never>();
  const head = new HeadReader();
  const socket = connectTo(server);
  // The server answers before the end only to refuse.
  socket.on('data', (chunk: Buffer) => {
    try {
      head.take(chunk);
    } catch (error) {
      reject(error);
    }
  });
  const pump = () => {
    while (!socket.destroyed && !socket.connecting && !socket.writableNeedDrain) {
      const chunk = next(UPLOAD_CHUNK_BYTES);
      if (chunk.length === 0) return;
      socket.write(chunk);
      state.bytes += chunk.length;
    }
  };
  socket.on('drain', pump);
  socket.on('connect', pump);
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: ${hostOf(server)}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${ENDLESS}\r\nConnection: close\r\n\r\n`,
  );
  return Object.assign(stream(socket, state, broken, reject, 'upload'), { pump });
}

function stream(
  socket: Socket,
  state: { readonly bytes: number },
  broken: Promise<never>,
  reject: (reason: unknown) => void,
  operation: string,
): BulkStream {
  // Nobody may be waiting any more when a closed test's socket fails.
  broken.catch(() => {});
  socket.on('error', reject);
  socket.on('close', () =>
    reject(failure('connection_closed', operation, 'the measure server closed the connection')),
  );
  return {
    get bytes() {
      return state.bytes;
    },
    socket,
    broken,
    close: () => socket.destroy(),
  };
}

function hostOf({ host, port }: ServerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Takes a response's head off a byte stream. */
class HeadReader {
  #text = '';
  isComplete = false;

  /** Returns how many of the bytes are body. Throws a TestFailure for any head but a good one. */
  take(chunk: Buffer): number {
    if (this.isComplete) return chunk.length;
    this.#text += chunk.toString('latin1');
    const end = this.#text.indexOf('\r\n\r\n');
    if (end < 0) {
      if (this.#text.length > HEAD_LIMIT_BYTES) throw notOurs('its answer has no end of the head');
      return 0;
    }
    this.isComplete = true;
    const body = this.#text.length - end - 4;
    const head = this.#text.slice(0, end).toLowerCase();
    const status = /^http\/1\.1 (\d{3})/.exec(head)?.[1];
    if (!head.includes(`\r\n${SPEED_HEADER}:`)) throw notOurs(`status ${status ?? 'none'}`);
    if (status !== '200') {
      throw failure('protocol_error', 'bulk', `the measure server answered with status ${status}`);
    }
    return body;
  }
}

function notOurs(detail: string) {
  return failure(
    'intercepted',
    'bulk',
    `something else than a measure server answered (${detail}); look for a captive portal, a filter or a proxy`,
  );
}
