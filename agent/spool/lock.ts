// One process at a time per spool. The lock is the kernel's, on a file that SQLite keeps open: it
// ends with the process, by whatever cause, where a file with a process id would outlive a power
// cut and, in a container where every agent is process 1, name itself.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError, messageOf } from '#shared/runtime/errors.ts';

/** SQLITE_BUSY (sqlite.org/rescode.html). */
const BUSY = 5;

/** Holds `directory` until disposed or the process ends. Throws `data_directory`. */
export function lockSpool(directory: string): Disposable {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(directory, 'lock.db'), { timeout: 0 });
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock?.close();
    const isHeld = ((cause as { errcode?: number }).errcode ?? 0) % 256 === BUSY;
    throw new AppError(
      'data_directory',
      isHeld
        ? `another agent is using the spool ${directory}; stop it first, or set MEETNET_DATA to another directory for this one`
        : `the spool ${directory} cannot be locked (${messageOf(cause)}); make it writable by this user, on a disk that is not read-only`,
      { cause },
    );
  }
  const held = lock;
  return { [Symbol.dispose]: () => held.close() };
}
