// Tells a store that does not answer from a bug: SQLite's result codes and a closed database.
import { AppError, messageOf } from '#shared/runtime/errors.ts';

/** Primary result codes (sqlite.org/rescode.html) that the file or the disk is to blame for. */
const UNAVAILABLE = new Set([
  5, // BUSY: another process holds the file for longer than the busy timeout
  6, // LOCKED
  7, // NOMEM
  8, // READONLY
  10, // IOERR
  11, // CORRUPT
  13, // FULL
  14, // CANTOPEN
  26, // NOTADB
]);
/** CONSTRAINT_UNIQUE and CONSTRAINT_PRIMARYKEY. */
const UNIQUE = new Set([2067, 1555]);

export async function withStoreErrors<T>(
  path: string,
  doing: string,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asStoreError(path, doing, error);
  }
}

/** `store_unavailable` where the store is to blame; anything else as it came. */
export function asStoreError(path: string, doing: string, error: unknown): unknown {
  if (!isUnavailable(error)) return error;
  return new AppError(
    'store_unavailable',
    `${path}: ${doing} failed (${messageOf(error)}); it can be tried again once the file can be read and written`,
    { cause: error },
  );
}

export function isUniqueViolation(error: unknown): boolean {
  return UNIQUE.has(resultCode(error) ?? -1);
}

function isUnavailable(error: unknown): boolean {
  const code = resultCode(error);
  if (code !== undefined) return UNAVAILABLE.has(code & 0xff);
  return (
    error instanceof Error &&
    // node:sqlite and kysely say so of a database that was closed.
    (('code' in error && error.code === 'ERR_INVALID_STATE') ||
      error.message === 'driver has already been destroyed')
  );
}

function resultCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : undefined;
}
