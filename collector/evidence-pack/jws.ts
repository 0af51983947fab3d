// A detached JSON Web Signature (RFC 7515, appendix F) by Ed25519 (RFC 8037): `HEADER..SIGNATURE`,
// over the header and the bytes of a file.
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { EvidenceKey } from '#shared/wire/evidence-pack.ts';
import { publicJwkOf, thumbprintOf } from './key.ts';

/** Deterministic: the same bytes and key give the same text. */
export function detachedJws(bytes: Uint8Array, privateKey: KeyObject): string {
  const { kid } = publicJwkOf(privateKey);
  const header = Buffer.from(JSON.stringify({ alg: 'EdDSA', kid })).toString('base64url');
  const signature = sign(null, signingInput(header, bytes), privateKey);
  return `${header}..${signature.toString('base64url')}`;
}

/** What is wrong with it; undefined when it is that key's signature on these bytes. */
export function jwsFault(jws: string, bytes: Uint8Array, key: EvidenceKey): string | undefined {
  const [header, signature] =
    /^([A-Za-z0-9_-]{1,500})\.\.([A-Za-z0-9_-]{86})$/.exec(jws)?.slice(1) ?? [];
  if (header === undefined || signature === undefined) {
    return 'the signature is no detached JWS of Ed25519';
  }
  const given = Buffer.from(signature, 'base64url');
  // base64url has several spellings of the same bytes; only one of them is ours.
  if (given.toString('base64url') !== signature) return 'the signature is not spelled as JWS asks';
  const { alg, kid } = headerOf(header);
  if (alg !== 'EdDSA') return `the signature is by ${String(alg)}, not by EdDSA`;
  if (kid !== thumbprintOf(key.x)) {
    return `it is signed by another key: ${String(kid)}, not ${thumbprintOf(key.x)}`;
  }
  const publicKey = createPublicKey({
    key: { kty: key.kty, crv: key.crv, x: key.x },
    format: 'jwk',
  });
  return verify(null, signingInput(header, bytes), publicKey, given)
    ? undefined
    : 'the signature does not fit';
}

function signingInput(header: string, bytes: Uint8Array): Buffer {
  return Buffer.from(`${header}.${Buffer.from(bytes).toString('base64url')}`);
}

function headerOf(header: string): { readonly alg?: unknown; readonly kid?: unknown } {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}
