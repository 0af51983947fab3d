// Passwords as argon2id PHC strings, by Node's own argon2. Verifying costs the same work for an
// account that does not exist, so that the time taken does not tell which do.
import { argon2, timingSafeEqual } from 'node:crypto';
import type { Random } from '#shared/runtime/random.ts';

/** OWASP Password Storage Cheat Sheet: m = 19 MiB, t = 2, p = 1. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const TAG_BYTES = 32;
const SALT_BYTES = 16;
/** RFC 9106: version 1.3 is written 19. */
const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

export async function hashPassword(password: string, random: Random): Promise<string> {
  const cost = { memory: MEMORY_KIB, passes: PASSES, parallelism: LANES };
  const salt = random.bytes(SALT_BYTES);
  const tag = await derive(password, salt, TAG_BYTES, cost);
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${unpadded(salt)}$${unpadded(tag)}`;
}

/**
 * Whether `password` belongs to `phc`. Without a `phc` (no such account) the work is done all the
 * same and the answer is no. Throws for a string that is not of our making.
 */
export async function verifyPassword(password: string, phc: string | undefined): Promise<boolean> {
  const [, memory, passes, parallelism, salt = '', tag = ''] = PHC.exec(phc ?? decoy()) ?? [];
  if (tag === '') throw new Error('a stored password hash is not an argon2id PHC string');
  const expected = Buffer.from(tag, 'base64');
  const cost = {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  };
  const actual = await derive(password, Buffer.from(salt, 'base64'), expected.length, cost);
  return timingSafeEqual(actual, expected) && phc !== undefined;
}

function decoy(): string {
  const salt = unpadded(new Uint8Array(SALT_BYTES));
  const tag = unpadded(new Uint8Array(TAG_BYTES));
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${salt}$${tag}`;
}

/** NFKC, so that the same letters typed on another keyboard are the same password (NIST 800-63B). */
function derive(
  password: string,
  salt: Uint8Array,
  tagLength: number,
  cost: Cost,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    argon2(
      'argon2id',
      { message: password.normalize('NFKC'), nonce: salt, tagLength, ...cost },
      (error, tag) => (error === null ? resolve(tag) : reject(error)),
    );
  });
}

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}
