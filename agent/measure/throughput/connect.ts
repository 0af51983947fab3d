// How a measure server is reached: in the clear, or over TLS whose certificate is checked against what
// Node, this system and NODE_EXTRA_CA_CERTS trust. The certificate is what tells a filter that opens
// TLS from the server, so it is checked whatever the environment says.
import { connect as connectClear, type OnReadOpts, type Socket } from 'node:net';
import tls, { connect as connectTls } from 'node:tls';
import { SPEED_TLS } from '#shared/wire/speed.ts';
import { failure } from './failure-of.ts';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** Absent: in the clear. */
  readonly security?: 'tls';
}

const PORTS = { 'http:': 80, 'https:': 443 } as const;

/** Of an `http://` or `https://` origin. Throws a TestFailure for anything else. */
export function addressOf(origin: string): ServerAddress {
  const url = URL.parse(origin);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw failure(
      'protocol_error',
      'connect',
      `the measure server's address must be http://HOST:PORT or https://HOST:PORT, not ${origin}`,
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || PORTS[url.protocol]);
  return { host, port, ...(url.protocol === 'https:' ? { security: 'tls' } : {}) };
}

/** TLS takes a preallocated buffer too: Node decrypts into it. */
export function connectTo(server: ServerAddress, onread?: OnReadOpts): Socket {
  const { host, port, security } = server;
  const reading = onread === undefined ? {} : { onread };
  if (security === undefined) return connectClear({ host, port, noDelay: true, ...reading });
  const socket = connectTls({ host, port, ...tlsOptions(), ...reading });
  socket.setNoDelay(true);
  return socket;
}

let trusted: string[] | undefined;

/** For connections and for requests alike. */
export function tlsOptions() {
  trusted ??= authorities();
  return {
    ...SPEED_TLS,
    ...(trusted === undefined ? {} : { ca: trusted }),
    rejectUnauthorized: true,
  };
}

/**
 * Some hundred certificates: read once, and only where TLS is spoken. Node 20 cannot read the
 * system's: undefined there, and its own and those of NODE_EXTRA_CA_CERTS count.
 */
function authorities(): string[] | undefined {
  if (tls.getCACertificates === undefined) return undefined;
  return [...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])];
}
