// A TLS front before a server on loopback, with a certificate for 127.0.0.1 that nobody knows.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startTlsRelay } from './tls-relay.ts';

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
  const [key, cert] = [await readFile(keyFile, 'utf8'), await readFile(certificateFile, 'utf8')];
  return Object.assign(await startTlsRelay(targetPort, { key, cert }), { certificateFile });
}
