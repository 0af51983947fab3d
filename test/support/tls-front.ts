// A TLS front before a server on loopback, with a certificate for 127.0.0.1 that nobody knows.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';

export interface TlsFront extends AsyncDisposable {
  readonly port: number;
  /** Of the certificate, which is its own authority. */
  readonly certificateFile: string;
}

/** Writes the key and the certificate into `folder`. Needs the openssl command. */
export async function startTlsFront(targetPort: number, folder: string): Promise<TlsFront> {
  const keyFile = join(folder, 'key.pem');
  const certificateFile = join(folder, 'certificate.pem');
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-keyout', keyFile, '-out', certificateFile, '-days', '2'],
    ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
  ]);
  const sockets = new Set<TLSSocket>();
  const options = { key: await readFile(keyFile), cert: await readFile(certificateFile) };
  const server = createServer(options, (near) => {
    const far = connect(targetPort, '127.0.0.1');
    sockets.add(near);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.on('close', () => {
      sockets.delete(near);
      far.destroy();
    });
    far.on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    certificateFile,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
