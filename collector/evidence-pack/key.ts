// The key that evidence packs are signed with: Ed25519, the collector's own, in a file that its user
// alone can read. Whoever has it can make packs that pass for this collector's.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { EvidenceKey } from '#shared/wire/evidence-pack.ts';

export const EVIDENCE_KEY_FILE = 'evidence.key';
const OWNER_ONLY = 0o600;

/** Reads the key (PKCS#8 in PEM), or makes it at its first use. Throws `data_directory`. */
export async function openEvidenceKey(path: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const text = privateKey.export({ type: 'pkcs8', format: 'pem' });
  try {
    await writeFile(path, text, { flag: 'wx', mode: OWNER_ONLY });
    return privateKey;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new AppError('data_directory', `${path} cannot be written: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
  return readEvidenceKey(path);
}

/** Throws `data_directory` for a file that is missing or holds no such key. */
export async function readEvidenceKey(path: string): Promise<KeyObject> {
  try {
    const key = createPrivateKey(await readFile(path, 'utf8'));
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall !== undefined) {
      throw new AppError('data_directory', `${path} cannot be read: ${messageOf(cause)}`, {
        cause,
      });
    }
    // Without the cause's own text, which may quote the key.
  }
  throw new AppError(
    'data_directory',
    `${path} holds no Ed25519 key in PEM; put it back from a copy, or remove it: a new one is made, and packs signed by the old one can no longer be checked against the published key`,
  );
}

/** Of a private or a public key, what the world may see of it. */
export function publicJwkOf(key: KeyObject): EvidenceKey {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const { x = '' } = publicKey.export({ format: 'jwk' });
  return { kty: 'OKP', crv: 'Ed25519', x, kid: thumbprintOf(x), alg: 'EdDSA', use: 'sig' };
}

/** RFC 7638, SHA-256. */
export function thumbprintOf(x: string): string {
  return createHash('sha256')
    .update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`)
    .digest('base64url');
}
