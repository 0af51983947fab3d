// A device's Ed25519 key as it travels: SPKI DER in base64url.
import { createPublicKey, type KeyObject, verify } from 'node:crypto';

/** Undefined for anything but an Ed25519 public key. */
export function parseDeviceKey(publicKey: string): KeyObject | undefined {
  try {
    const der = Buffer.from(publicKey, 'base64url');
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}

/** One spelling for each key, so that a known key is known however it was written. */
export function canonicalKeyText(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'der' }).toString('base64url');
}

export function isSignedBy(key: KeyObject, payload: string, signature: string): boolean {
  try {
    return verify(null, Buffer.from(payload), key, Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
}
