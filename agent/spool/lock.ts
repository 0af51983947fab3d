// One process at a time per spool. The lock is the kernel's, on a file that SQLite keeps open: it
// ends with the process, by whatever cause, where a file with a process id would outlive a power
// cut and, in a container where every agent is process 1, name itself. Node 20 has no SQLite: there
// it is a name among the kernel's abstract sockets, which two containers do not share.
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { AppError, messageOf } from '#shared/runtime/errors.ts';

/** SQLITE_BUSY (sqlite.org/rescode.html). */
const BUSY = 5;

/** Holds `directory` until disposed or the process ends. Throws `data_directory`. */
export async function lockSpool(directory: string): Promise<Disposable> {
  const sqlite = await import('node:sqlite').catch(() => undefined);
  try {
    return sqlite === undefined ? await lockName(directory) : lockFile(sqlite, directory);
  } catch (cause) {
    throw new AppError(
      'data_directory',
      isHeld(cause)
        ? `another agent is using the spool ${directory}; stop it first, or set MEETNET_DATA to another directory for this one`
        : `the spool ${directory} cannot be locked (${messageOf(cause)}); make it writable by this user, on a disk that is not read-only`,
      { cause },
    );
  }
}

function isHeld(cause: unknown): boolean {
  const { errcode = 0, code } = cause as { errcode?: number; code?: string };
  return errcode % 256 === BUSY || code === 'EADDRINUSE';
}

function lockFile(sqlite: typeof import('node:sqlite'), directory: string): Disposable {
  const lock = new sqlite.DatabaseSync(join(directory, 'lock.db'), { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw cause;
  }
  return { [Symbol.dispose]: () => lock.close() };
}

/** By the directory's number: it may be reached by several paths. */
export async function lockName(directory: string): Promise<Disposable> {
  const { dev, ino } = await stat(directory);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(`\0meetnet-spool-${dev}-${ino}`, resolve);
  });
  server.unref();
  return { [Symbol.dispose]: () => void server.close() };
}
