// The directory of everything that is kept, and the lock that makes it one collector's own.
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError, messageOf } from '#shared/runtime/errors.ts';

const OWNER_ONLY = 0o700;
/** SQLITE_BUSY (sqlite.org/rescode.html). */
const BUSY = 5;

/** Makes it when it is missing. Resolves with its absolute path; throws `data_directory`. */
export async function makeDataDirectory(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    await mkdir(absolute, { recursive: true, mode: OWNER_ONLY });
    return absolute;
  } catch (cause) {
    throw new AppError(
      'data_directory',
      `the data directory ${absolute} cannot be made (${messageOf(cause)}); make it yourself, writable by this user, or set MEETNET_DATA to another`,
      { cause },
    );
  }
}

/**
 * Holds the directory until disposed or the process ends, by whatever cause: the lock is the
 * kernel's, on a file that SQLite keeps open. Throws `address_in_use`.
 */
export function lockDataDirectory(directory: string): Disposable {
  const path = join(directory, 'lock.db');
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(path, { timeout: 0 });
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock?.close();
    if (((cause as { errcode?: number }).errcode ?? 0) % 256 === BUSY) {
      throw new AppError(
        'address_in_use',
        `another collector is using the data directory ${directory}; stop it, or set MEETNET_DATA (and MEETNET_PORT) to other values for this one`,
        { cause },
      );
    }
    throw new AppError(
      'data_directory',
      `the data directory ${directory} cannot be locked (${messageOf(cause)}); make it writable by this user`,
      { cause },
    );
  }
  const held = lock;
  return { [Symbol.dispose]: () => held.close() };
}
