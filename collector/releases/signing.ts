// The offline side of a release: its key, and its manifest signed with it. The key stays with whoever
// signs; no collector needs it.
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import {
  faultsOf,
  type Manifest,
  manifestSchema,
  releasePayload,
  type SignedManifest,
  signedManifestSchema,
} from '#shared/release/manifest.ts';
import { AppError } from '#shared/runtime/errors.ts';

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** `key`: private, Ed25519. */
export function signManifest(manifest: Manifest, key: KeyObject): SignedManifest {
  const text = JSON.stringify(manifest);
  const signature = sign(null, Buffer.from(releasePayload(text)), key).toString('base64url');
  return { manifest: text, signature };
}

/** As agents are given it: `x` of the key's JWK. */
export function updateKeyOf(key: KeyObject): string {
  const { x = '' } = createPublicKey(key.export({ type: 'pkcs8', format: 'pem' })).export({
    format: 'jwk',
  });
  return x;
}

/** Throws `bad_request` for what `sign` did not make. */
export function readSignedManifest(text: string): {
  readonly signed: SignedManifest;
  readonly manifest: Manifest;
} {
  try {
    const signed = signedManifestSchema.parse(JSON.parse(text));
    const parsed = manifestSchema.safeParse(JSON.parse(signed.manifest));
    if (parsed.success) return { signed, manifest: parsed.data };
    throw new AppError('bad_request', `the manifest: ${faultsOf(parsed.error)}`);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError(
      'bad_request',
      "this is no signed manifest; make one with 'meetnet-collector release sign'",
    );
  }
}

/** `updateKey`: as agents have it. */
export function isSignedBy({ manifest, signature }: SignedManifest, updateKey: string): boolean {
  const key = createPublicKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', x: updateKey },
  });
  const bytes = Buffer.from(signature, 'base64url');
  return verify(null, Buffer.from(releasePayload(manifest)), key, bytes);
}
