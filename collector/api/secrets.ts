// Secrets that are handed out once and kept as SHA-256. They are random, so a slow hash, as
// passwords need, would add nothing.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Random } from '#shared/runtime/random.ts';

const SECRET_BYTES = 32;

/** 256 bits, base64url. */
export function newSecret(random: Random): string {
  return Buffer.from(random.bytes(SECRET_BYTES)).toString('base64url');
}

export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Whether `secret` hashes to `hash`, in constant time. */
export function isSecretOf(secret: string, hash: string): boolean {
  const actual = Buffer.from(hashSecret(secret));
  const expected = Buffer.from(hash);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
