// TLS before a server in clear on loopback, with a certificate that can be changed while it runs.
import { connect } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';

export interface TlsRelay extends AsyncDisposable {
  readonly port: number;
  /** Payload bytes that clients sent, once TLS was done. */
  readonly received: number;
  /** For connections from now on. */
  renew(certificate: RelayCertificate): void;
}

export interface RelayCertificate {
  readonly key: string;
  readonly cert: string;
}

export async function startTlsRelay(
  targetPort: number,
  certificate: RelayCertificate,
  host = '127.0.0.1',
): Promise<TlsRelay> {
  const sockets = new Set<TLSSocket>();
  const state = { received: 0 };
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (near) => {
    const far = connect(targetPort, '127.0.0.1');
    sockets.add(near);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.on('data', (chunk: Buffer) => {
      state.received += chunk.length;
    });
    near.on('close', () => {
      sockets.delete(near);
      far.destroy();
    });
    far.on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  return Object.assign(state, {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    renew: ({ key, cert }: RelayCertificate) => server.setSecureContext({ key, cert }),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  });
}
