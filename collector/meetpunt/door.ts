// Every connection's first bytes: TLS or clear on one port (one hole in a firewall, one address to
// tell), the load of an upload past the HTTP parser, all else to it. Strangers are few and not for
// long: who has not spoken, or has no part in a test, is counted per address.
import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer, type SecureContextOptions, type Server as TlsServer } from 'node:tls';
import { AppError } from '#shared/runtime/errors.ts';
import { SPEED_HEADER, SPEED_PREFIX, SPEED_PROTOCOL, SPEED_TLS } from '#shared/wire/speed.ts';

export interface DoorOptions {
  /** Whose connections pass here; its own listener is what all but uploads are handed to. */
  readonly http: Server;
  /** PEM. Absent: who speaks TLS is closed. */
  readonly certificate?: SecureContextOptions;
  /** From the first byte to the end of the head, and from the connection to the first byte. */
  readonly headsMs: number;
  /** Connections of one address that belong to no test. */
  readonly strangersMost: number;
  /**
   * Offered the upload whose head just came with `rest` bytes after it; false leaves it to HTTP,
   * which has the words for what is wrong.
   */
  readonly takeUpload: (testId: string, socket: Socket, rest: number) => boolean;
  readonly onRefused: (reason: DoorRefusal) => void;
}

export type DoorRefusal = 'too_many_connections' | 'no_head' | 'tls';

export interface Door {
  /** The connection belongs to a test now, whose own limits are enough. */
  settle(socket: Socket): void;
  /** New connections have the new certificate. */
  renew(certificate: SecureContextOptions): void;
  readonly connections: number;
  /** Closes all that is open, whoever it belongs to. */
  close(): void;
}

const TLS_HANDSHAKE = 0x16;
/** A head is looked at only where the first read has all of it; ours come in one piece. */
const MOST_HEAD_BYTES = 4_096;
const UPLOAD = new RegExp(`^POST ${SPEED_PREFIX}/tests/([\\w-]{1,64})/upload HTTP/1\\.1\\r\\n`);
/** Smaller ones are not a test's load, and their sender wants an answer at their end. */
const LEAST_UPLOAD_BYTES = 1e9;

/** Takes the place of the HTTP server's own listener for connections. */
export function openDoor(options: DoorOptions): Door {
  return new FirstBytes(options);
}

class FirstBytes implements Door {
  readonly #options: DoorOptions;
  readonly #toHttp: (socket: Socket) => void;
  readonly #tls: TlsServer | undefined;
  /** Address of each connection that belongs to no test, by both of its address and port. */
  readonly #strangers = new Map<string, string>();
  readonly #perAddress = new Map<string, number>();
  readonly #open = new Set<Socket>();

  constructor(options: DoorOptions) {
    this.#options = options;
    const { http, certificate } = options;
    const listeners = http.listeners('connection');
    this.#toHttp = (socket) => {
      for (const listener of listeners) listener.call(http, socket);
    };
    http.removeAllListeners('connection');
    http.on('connection', (socket: Socket) => this.#enter(socket));
    if (certificate !== undefined) this.#tls = this.#openTls(certificate);
  }

  get connections(): number {
    return this.#open.size;
  }

  settle(socket: Socket): void {
    const name = nameOf(socket);
    const address = this.#strangers.get(name);
    if (address === undefined) return;
    this.#strangers.delete(name);
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, left);
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
  }

  renew(certificate: SecureContextOptions): void {
    this.#tls?.setSecureContext(certificate);
  }

  #openTls(certificate: SecureContextOptions): TlsServer {
    const tls = createServer({
      ...certificate,
      ...SPEED_TLS,
      handshakeTimeout: this.#options.headsMs,
    });
    tls.on('secureConnection', (socket) => {
      socket.on('error', () => socket.destroy());
      this.#toHttp(socket);
    });
    tls.on('tlsClientError', (_error, socket) => {
      this.#options.onRefused('tls');
      socket.destroy();
    });
    return tls;
  }

  #enter(socket: Socket): void {
    const { headsMs, strangersMost, onRefused } = this.#options;
    const address = socket.remoteAddress;
    // Gone already: it has no name any more.
    if (address === undefined) {
      socket.destroy();
      return;
    }
    const count = (this.#perAddress.get(address) ?? 0) + 1;
    this.#perAddress.set(address, count);
    this.#strangers.set(nameOf(socket), address);
    this.#open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#open.delete(socket);
      this.settle(socket);
    });
    if (count > strangersMost) {
      onRefused('too_many_connections');
      const words = `${strangersMost} connections of this address belong to no test; close some`;
      refuse(socket, new AppError('too_many_requests', words));
      return;
    }
    const onTimeout = () => {
      onRefused('no_head');
      socket.destroy();
    };
    // HTTP's sockets may be half closed; who goes before a word is gone.
    const onEnd = () => socket.destroy();
    socket.setTimeout(headsMs, onTimeout);
    socket.once('end', onEnd);
    socket.once('data', (chunk: Buffer) => {
      socket.setTimeout(0);
      socket.off('timeout', onTimeout);
      socket.off('end', onEnd);
      this.#pass(socket, chunk);
    });
  }

  #pass(socket: Socket, chunk: Buffer): void {
    if (chunk[0] !== TLS_HANDSHAKE) {
      const upload = uploadOf(chunk);
      if (upload !== undefined && this.#options.takeUpload(upload.testId, socket, upload.rest)) {
        return;
      }
      socket.pause();
      socket.unshift(chunk);
      this.#toHttp(socket);
      socket.resume();
      return;
    }
    if (this.#tls === undefined) {
      this.#options.onRefused('tls');
      socket.destroy();
      return;
    }
    socket.pause();
    socket.unshift(chunk);
    this.#tls.emit('connection', socket);
  }
}

/** The test whose load begins here and the bytes of it after the head; undefined: leave it to HTTP. */
export function uploadOf(
  chunk: Buffer,
): { readonly testId: string; readonly rest: number } | undefined {
  // Few connections begin so; the others are not searched.
  if (chunk[0] !== 0x50) return undefined;
  const text = chunk.subarray(0, MOST_HEAD_BYTES).toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const testId = UPLOAD.exec(text)?.[1];
  if (end < 0 || testId === undefined) return undefined;
  const head = text.slice(0, end).toLowerCase();
  if (/\r\n(transfer-encoding|expect|upgrade):/.test(head)) return undefined;
  const lengths = [...head.matchAll(/\r\ncontent-length:[ \t]*(\d+)[ \t]*(?=\r\n|$)/g)];
  if (lengths.length !== 1 || Number(lengths[0]?.[1]) < LEAST_UPLOAD_BYTES) return undefined;
  return { testId, rest: chunk.length - end - 4 };
}

/** The same for a socket, the TLS over it and the one that took its handle. */
function nameOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

/** Answers on a connection that HTTP has not taken, or has given up, and closes it. */
export function refuse(socket: Duplex, error: AppError): void {
  const { code, message, entry } = error;
  if (socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify({ error: { code, message } });
  // What is sent after this is read away: a socket closed with unread bytes takes the answer back.
  socket.resume();
  socket.end(
    `HTTP/1.1 ${entry.status} ${STATUS_CODES[entry.status]}\r\n${SPEED_HEADER}: ${SPEED_PROTOCOL}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
