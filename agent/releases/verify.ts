// Is a release signed by whom this agent trusts, and what does its manifest say? Pure.
import { createPublicKey, verify } from 'node:crypto';
import {
  faultsOf,
  type Manifest,
  manifestSchema,
  releasePayload,
  type SignedManifest,
} from '#shared/release/manifest.ts';

/** `publicKey`: Ed25519, `x` of its JWK. Nothing of the manifest is read before its signature is right. */
export function verified(
  { manifest, signature }: SignedManifest,
  publicKey: string,
): { readonly manifest: Manifest } | { readonly fault: string } {
  const key = createPublicKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', x: publicKey },
  });
  const bytes = Buffer.from(signature, 'base64url');
  if (!verify(null, Buffer.from(releasePayload(manifest)), key, bytes)) {
    return { fault: "its signature is not of this agent's update key" };
  }
  let content: unknown;
  try {
    content = JSON.parse(manifest);
  } catch {
    return { fault: 'its manifest is no JSON' };
  }
  const parsed = manifestSchema.safeParse(content);
  return parsed.success ? { manifest: parsed.data } : { fault: faultsOf(parsed.error) };
}
