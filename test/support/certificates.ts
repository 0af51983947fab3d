// An authority and certificates of its own, made by openssl, for tests of TLS.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface MadeCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends MadeCertificate {
  /** For 127.0.0.1 and localhost unless other names are given. A negative count of `days` has ended already. */
  issue(
    name: string,
    change?: { readonly names?: string; readonly days?: number },
  ): Promise<MadeCertificate>;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function makeAuthority(folder: string, name = 'authority'): Promise<Authority> {
  const at = (file: string) => join(folder, `${name}-${file}`);
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  await openssl(
    ...['req', '-x509', ...EC, '-days', '2', '-subj', `/CN=${name}`],
    ...['-keyout', at('key.pem'), '-out', at('cert.pem')],
  );
  const load = async (certFile: string, keyFile: string): Promise<MadeCertificate> => ({
    certFile,
    keyFile,
    cert: await readFile(certFile, 'utf8'),
    key: await readFile(keyFile, 'utf8'),
  });
  return {
    ...(await load(at('cert.pem'), at('key.pem'))),
    issue: async (file, { names = 'IP:127.0.0.1,DNS:localhost', days = 2 } = {}) => {
      const [key, csr, ext, cert] = ['key', 'csr', 'ext', 'pem'].map((kind) =>
        at(`${file}.${kind}`),
      );
      if (!key || !csr || !ext || !cert) throw new Error('no file names');
      await openssl('req', ...EC, '-subj', `/CN=${file}`, '-keyout', key, '-out', csr);
      await writeFile(ext, `subjectAltName=${names}\n`);
      await openssl(
        ...['x509', '-req', '-in', csr, '-CA', at('cert.pem'), '-CAkey', at('key.pem')],
        ...['-CAcreateserial', '-extfile', ext, '-out', cert],
        ...['-days', String(days)],
      );
      return load(cert, key);
    },
  };
}
