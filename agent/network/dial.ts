// One connection to the host of an address: names looked up, both address families tried (RFC 8305),
// through the environment's proxy, TLS done and trusted. Owns the socket until it hands it over.
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { certificateTrouble, connectTrouble } from './name-trouble.ts';
import { bare, type Environment, portOf, proxyFor } from './proxy.ts';
import { NetworkError } from './trouble.ts';
import type { Trust } from './trust.ts';
import { openTunnel } from './tunnel.ts';

export interface DialOptions {
  readonly env: Environment;
  readonly trust: Trust;
  readonly clock: Pick<Clock, 'now'>;
  /** For tests of what names say; default the system's. */
  readonly lookup?: LookupFunction;
}

/**
 * Before the next address is tried. Node's own 250 ms is less than the round trip of a satellite line
 * or a full one, and there no address would ever be reached.
 */
const ATTEMPT_MS: Ms = 2_000;
/** What more authorities than Node's may mend. */
const UNKNOWN_ISSUER = /^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|INVALID_CA|CERT_UNTRUSTED)/;

/** Rejects with `NetworkError`, or the signal's reason. */
export async function dial(url: URL, options: DialOptions, signal: AbortSignal): Promise<Socket> {
  try {
    return await attempt(url, options, signal);
  } catch (error) {
    const isUnknown = error instanceof UntrustedError && UNKNOWN_ISSUER.test(error.openSslCode);
    if (!isUnknown || !options.trust.widen()) throw error;
    return attempt(url, options, signal);
  }
}

async function attempt(url: URL, options: DialOptions, signal: AbortSignal): Promise<Socket> {
  const target = { host: bare(url.hostname), port: portOf(url) };
  const proxy = proxyFor(options.env, url);
  const context = options.trust.context();
  let socket = await open(proxy ?? target, options.lookup, signal);
  try {
    if (proxy?.isTls) socket = await secure(socket, proxy.host, context, options.clock, signal);
    if (proxy !== undefined) await openTunnel(socket, proxy, target, signal);
    const isTls = url.protocol === 'https:' || url.protocol === 'wss:';
    return isTls ? await secure(socket, target.host, context, options.clock, signal) : socket;
  } catch (error) {
    socket.on('error', () => {}).destroy();
    throw error;
  }
}

function open(
  { host, port }: { readonly host: string; readonly port: number },
  lookup: LookupFunction | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = connect({
    ...{ host, port, noDelay: true, keepAlive: true },
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
    ...(lookup === undefined ? {} : { lookup }),
  });
  return settled(socket, 'connect', host, signal);
}

/** Trusts by the same checks as Node's own, but lets us see the certificate that it refuses. */
async function secure(
  socket: Socket,
  host: string,
  secureContext: SecureContext | undefined,
  clock: Pick<Clock, 'now'>,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const secured = connectTls({
    ...{ socket, host, ALPNProtocols: ['http/1.1'] },
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(secureContext === undefined ? {} : { secureContext }),
    rejectUnauthorized: false,
  });
  await settled(secured, 'secureConnect', host, signal);
  // Nothing of ours has been sent yet, and nothing is unless this holds.
  if (secured.authorized) return secured;
  const code = String(secured.authorizationError ?? 'unknown');
  const certificate = secured.getPeerCertificate();
  secured.destroy();
  throw new UntrustedError(code, certificateTrouble({ host, code, certificate, now: clock.now() }));
}

class UntrustedError extends NetworkError {
  readonly openSslCode: string;

  constructor(openSslCode: string, { trouble, message }: NetworkError) {
    super(trouble, message);
    this.openSslCode = openSslCode;
  }
}

function settled<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  host: string,
  signal: AbortSignal,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError).off('close', onClose).off(event, onDone);
      settle();
    };
    const fail = (reason: unknown) =>
      end(() => {
        // A second error of a socket that is given up is nobody's.
        socket.on('error', () => {}).destroy();
        reject(reason);
      });
    const onDone = () => end(() => resolve(socket));
    const onError = (error: Error) => fail(connectTrouble(host, error));
    const onClose = () =>
      fail(new NetworkError({ code: 'connection_reset' }, 'the other end hung up'));
    const onAbort = () => fail(signal.reason);
    socket.once('error', onError).once('close', onClose).once(event, onDone);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
