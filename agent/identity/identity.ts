// Who this agent is: the device that the collector made at enrolment, and the key that proves it.
// The private key never leaves this file and this process.
import { createPrivateKey, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { positionSchema } from '#shared/model/location.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import { writeAtomically } from '../files/write-atomically.ts';

const IDENTITY_FILE = 'identity.json';
const OWNER_ONLY = 0o600;

/** Ed25519 (RFC 8032): PKCS#8 in PEM, and SPKI DER in base64url, as it travels. */
export const deviceKeySchema = z.object({
  privateKey: z.string().startsWith('-----BEGIN PRIVATE KEY-----'),
  publicKey: z.string().regex(/^[A-Za-z0-9_-]+$/),
});
export type DeviceKey = Readonly<z.infer<typeof deviceKeySchema>>;

export const identitySchema = deviceKeySchema.extend({
  deviceId: z.uuid(),
  locationId: z.string().min(1),
  /** Base URL, without a slash at its end. */
  collector: z.url({ protocol: /^https?$/ }),
  name: z.string(),
  position: positionSchema,
  enrolledAt: z.iso.datetime(),
});
export type Identity = Readonly<z.infer<typeof identitySchema>>;

/** What anyone may see of it. */
export function shownIdentity({ deviceId, locationId, collector, name }: Identity) {
  return { deviceId, locationId, collector, name };
}

export function createKey(): DeviceKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64url'),
  };
}

/** Signature over the UTF-8 text, base64url. */
export function sign(key: Pick<DeviceKey, 'privateKey'>, text: string): string {
  const privateKey = createPrivateKey(key.privateKey);
  return signBytes(null, Buffer.from(text), privateKey).toString('base64url');
}

export function identityPath(directory: string): string {
  return join(directory, IDENTITY_FILE);
}

/** Throws `not_enrolled` when there is none, `data_directory` when it cannot be read. */
export async function loadIdentity(directory: string): Promise<Identity> {
  const path = identityPath(directory);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new AppError(
        'not_enrolled',
        `this agent has no identity yet (${path} is not there); enrol it with a code from the operator`,
      );
    }
    throw new AppError('data_directory', `${path} cannot be read (${messageOf(cause)})`, { cause });
  }
  try {
    const identity = identitySchema.parse(JSON.parse(text));
    createPrivateKey(identity.privateKey);
    return identity;
  } catch (cause) {
    // Without the cause's own text, which may quote the key.
    const fields =
      cause instanceof z.ZodError
        ? `: ${cause.issues.map((issue) => issue.path.join('.')).join(', ')}`
        : '';
    throw new AppError(
      'data_directory',
      `${path} is damaged${fields}; put it back from a copy, or enrol again with a new code and --force`,
    );
  }
}

/** Readable by its owner alone, durable when it resolves. Throws `data_directory`. */
export async function saveIdentity(directory: string, identity: Identity): Promise<void> {
  await writeOwn(directory, identityPath(directory), identity);
}

/**
 * Makes the directory and sees that an identity could be kept there. Throws `data_directory`.
 * Asked before a one-time code is spent, which a full or read-only disk would waste.
 */
export async function proveWritable(directory: string): Promise<void> {
  const trial = join(directory, 'enrolling.json');
  await writeOwn(directory, trial, { purpose: 'to see that this directory can be written' });
  await rm(trial, { force: true });
}

/** JSON for the owner's eyes. Throws `data_directory`. */
export async function writeOwn(directory: string, path: string, content: unknown): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeAtomically(path, `${JSON.stringify(content, null, 2)}\n`, OWNER_ONLY);
  } catch (cause) {
    throw new AppError(
      'data_directory',
      `${path} cannot be written (${messageOf(cause)}); make ${directory} writable by this user`,
      { cause },
    );
  }
}
