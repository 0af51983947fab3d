// Opens and copies a SQLite file as the stores need it: durable, shared between processes, private.
// Does not own tables. The calls are synchronous; each is short or in a batch.
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { AppError, messageOf } from '#shared/runtime/errors.ts';

/** How long a call waits for another process's transaction; an import of 9,000 rows takes 1 s. */
const BUSY_TIMEOUT_MS = 5_000;
const OWNER_ONLY = 0o600;

/** Throws `data_directory` when the file cannot be made, opened or read as a database. */
export function openSqliteFile(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    // Made by us before SQLite does, so that it is never readable by others; WAL files follow suit.
    closeSync(openSync(path, 'a', OWNER_ONLY));
    database = new DatabaseSync(path, {
      timeout: BUSY_TIMEOUT_MS,
      enableForeignKeyConstraints: true,
    });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    return database;
  } catch (cause) {
    database?.close();
    throw new AppError(
      'data_directory',
      `${path} cannot be opened as a database (${messageOf(cause)}); check that its directory is there and writable by this user, or put a backup in its place`,
      { cause },
    );
  }
}

/**
 * Brings the file to `steps.length` by running the steps that it lacks, each in a transaction.
 * Throws `data_directory` for a file of a newer version.
 */
export function migrateSqliteFile(
  database: DatabaseSync,
  path: string,
  steps: readonly string[],
): void {
  const version = userVersion(database);
  if (version > steps.length) {
    throw new AppError(
      'data_directory',
      `${path} was made by a newer Meetnet (version ${version} of its tables, this one knows ${steps.length}); run that version, or put a backup of this one in its place`,
    );
  }
  for (const [index, step] of steps.entries()) {
    if (index < version) continue;
    inTransaction(database, () => {
      // Another process may have been first while this one waited for the lock.
      if (userVersion(database) > index) return;
      database.exec(step);
      database.exec(`PRAGMA user_version = ${index + 1}`);
    });
  }
}

/** Immediate: it waits for other writers at its start, and cannot be refused in its middle. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** A consistent copy at `target`, which is whole or not there at all. Throws `data_directory`. */
export async function copySqliteFile(database: DatabaseSync, target: string): Promise<void> {
  const partial = `${target}.partial`;
  try {
    mkdirSync(dirname(target), { recursive: true });
    closeSync(openSync(partial, 'w', OWNER_ONLY));
    chmodSync(partial, OWNER_ONLY);
    await backup(database, partial);
    await rename(partial, target);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => {});
    throw new AppError(
      'data_directory',
      `no backup could be written to ${target} (${messageOf(cause)}); check that the directory is writable and has room`,
      { cause },
    );
  }
}

function userVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
}
