// Receiving at the least that Node can do it for: one buffer for all sockets, nothing kept, no stream
// between. A socket that a server accepted cannot be given such a buffer (only `net.connect` takes
// `onread`), so its handle moves to a socket made with one: a parsed or a plain 'data' stream costs
// 3.5 times as much CPU per GB, for the fresh 64 kB that each of its reads is given.
import { Socket } from 'node:net';

/** What is read is counted before the next read, and one buffer stays in the processor's cache. */
const BUFFER = Buffer.allocUnsafeSlow(256 * 1024);

/**
 * The socket that takes the place of `accepted`, which must not be used again. Call it from within
 * `accepted`'s own 'data' event, so that no byte waits in it. `onBytes` has the count of each read.
 * Undefined where this Node keeps no handle to move: read `accepted` as a stream then.
 */
export function receiveRaw(accepted: Socket, onBytes: (count: number) => void): Socket | undefined {
  const holder = accepted as unknown as { _handle: object | null };
  const handle = holder._handle;
  if (typeof (handle as { useUserBuffer?: unknown } | null)?.useUserBuffer !== 'function') {
    return undefined;
  }
  holder._handle = null;
  const options = {
    handle: handle as never,
    onread: {
      buffer: BUFFER,
      callback: (count: number) => {
        onBytes(count);
        return true;
      },
    },
  };
  const socket = new Socket(options);
  socket.on('error', () => socket.destroy());
  // The server counts its connections by the sockets that it accepted.
  socket.once('close', () => accepted.destroy());
  socket.resume();
  return socket;
}
