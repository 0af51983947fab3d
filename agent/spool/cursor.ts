// What must be remembered of records that are no longer there: up to where everything is done
// with, and how many were lost. One small file, replaced as a whole.
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { Disk } from '../files/disk.ts';
import { writeAtomically } from '../files/write-atomically.ts';

const cursorSchema = z.object({
  /** Every record up to and including this position is acknowledged or dropped; −1: none. */
  done: z.int().min(-1),
  /** Dropped because the spool was full. In the same file as `done`, so that each counts once. */
  droppedRecords: z.int().nonnegative(),
  corruptRecords: z.int().nonnegative(),
});
export type Cursor = Readonly<z.infer<typeof cursorSchema>>;

export const NEW_CURSOR: Cursor = { done: -1, droppedRecords: 0, corruptRecords: 0 };

const OWNER_ONLY = 0o600;

/** `damaged`: it is there and cannot be read; what is unacknowledged is then sent once more. */
export type CursorReading = Cursor | 'absent' | 'damaged';

export async function readCursor(disk: Disk, path: string): Promise<CursorReading> {
  let text: string;
  try {
    text = (await disk.readFile(path)).toString();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'absent' : 'damaged';
  }
  const [json = '', sum] = text.split('\n');
  if (sum !== sumOf(json)) return 'damaged';
  try {
    return cursorSchema.parse(JSON.parse(json));
  } catch {
    return 'damaged';
  }
}

export async function writeCursor(disk: Disk, path: string, cursor: Cursor): Promise<void> {
  const json = JSON.stringify(cursor);
  await writeAtomically(path, `${json}\n${sumOf(json)}\n`, OWNER_ONLY, disk);
}

function sumOf(json: string): string {
  return crc32(json).toString(16);
}
