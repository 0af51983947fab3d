// The key that collector and measure server share: the one signs slots with it, the other checks
// them. A file, so that it is on no command line and in no environment.
import { readFile, writeFile } from 'node:fs/promises';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { Random } from '#shared/runtime/random.ts';

const KEY_BYTES = 32;
const OWNER_ONLY = 0o600;

/** Reads the key, or makes it on the first run. Throws `data_directory`. */
export async function openSlotKey(path: string, random: Random): Promise<Uint8Array> {
  const text = Buffer.from(random.bytes(KEY_BYTES)).toString('base64url');
  try {
    await writeFile(path, `${text}\n`, { flag: 'wx', mode: OWNER_ONLY });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new AppError('data_directory', `${path} cannot be written: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
  return readSlotKey(path);
}

/** Throws `data_directory` for a file that is missing or holds no key. */
export async function readSlotKey(path: string): Promise<Uint8Array> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AppError(
      'data_directory',
      `the key file ${path} cannot be read (${messageOf(cause)}); give the slot.key of the collector's data directory`,
      { cause },
    );
  });
  const key = Buffer.from(text.trim(), 'base64url');
  if (key.length !== KEY_BYTES) {
    throw new AppError(
      'data_directory',
      `the key file ${path} holds no key of ${KEY_BYTES} bytes; remove it from the collector's data directory and restart the collector, which makes a new one`,
    );
  }
  return key;
}
