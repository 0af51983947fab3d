// The certificate with which the measure server speaks TLS: two PEM files, checked before anything
// listens, and read again while it runs, for certificates live shorter than processes.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';

export interface CertificateFiles {
  /** The certificate, and those between it and its root. */
  readonly cert: string;
  readonly key: string;
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const LOOK_MS: Ms = 60_000;

/** Throws `bad_settings` for files that are missing, no PEM, over their time or not of each other. */
export async function readCertificate(
  files: CertificateFiles,
  clock: Pick<Clock, 'now'>,
): Promise<Certificate> {
  const cert = await textOf(files.cert, 'MEETNET_MEETPUNT_TLS_CERT');
  const key = await textOf(files.key, 'MEETNET_MEETPUNT_TLS_KEY');
  const certificate = parsed(() => new X509Certificate(cert), {
    ...{ file: files.cert, setting: 'MEETNET_MEETPUNT_TLS_CERT', what: 'certificate' },
  });
  const privateKey = parsed(() => createPrivateKey(key), {
    ...{
      file: files.key,
      setting: 'MEETNET_MEETPUNT_TLS_KEY',
      what: 'private key without a pass phrase',
    },
  });
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new AppError(
      'bad_settings',
      `the key ${files.key} is not that of the certificate ${files.cert}; give the two that were made together`,
    );
  }
  if (Date.parse(certificate.validTo) <= clock.now()) {
    throw new AppError(
      'bad_settings',
      `the certificate ${files.cert} ended at ${certificate.validTo}; renew it`,
    );
  }
  return { cert, key };
}

/** Calls `onNew` when the files have another certificate; a bad one is logged and the old one kept. */
export function watchCertificate(
  files: CertificateFiles,
  first: Certificate,
  options: {
    readonly clock: Pick<Clock, 'now' | 'every'>;
    readonly log: Logger;
    readonly onNew: (certificate: Certificate) => void;
  },
): () => void {
  const { clock, log, onNew } = options;
  let current = first;
  return clock.every(LOOK_MS, () => {
    readCertificate(files, clock).then(
      (found) => {
        if (found.cert === current.cert && found.key === current.key) return;
        current = found;
        onNew(found);
        log.info('new TLS certificate', { file: files.cert });
      },
      (error: unknown) =>
        log.error('the TLS certificate cannot be renewed; the one before is still used', {
          error: messageOf(error),
        }),
    );
  });
}

function textOf(file: string, setting: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new AppError('bad_settings', `${setting}: ${messageOf(cause)}`, { cause });
  });
}

function parsed<T>(
  parse: () => T,
  {
    file,
    setting,
    what,
  }: { readonly file: string; readonly setting: string; readonly what: string },
): T {
  try {
    return parse();
  } catch (cause) {
    throw new AppError('bad_settings', `${setting}: ${file} holds no ${what} in PEM form`, {
      cause,
    });
  }
}
