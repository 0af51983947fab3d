// Files that are either as before or as after, whenever the power goes: written beside their
// place, made durable, then renamed over it.
import { dirname } from 'node:path';
import { type Disk, nodeDisk, writeAll } from './disk.ts';

/** The name of a file that is being written; what is left of one may be deleted. */
export function temporaryOf(path: string): string {
  return `${path}.tmp`;
}

/** Durable when it resolves. `mode` as for open(2), e.g. 0o600. One writer at a time per path. */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array,
  mode: number,
  disk: Disk = nodeDisk,
): Promise<void> {
  const temporary = temporaryOf(path);
  const file = await disk.open(temporary, 'w', mode);
  try {
    await writeAll(file, typeof content === 'string' ? Buffer.from(content) : content, 0);
    // A file that was left over keeps the mode it was made with.
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(temporary, path);
  await syncDirectory(dirname(path), disk);
}

/** A file's name is durable only once its directory is (fsync(2)). */
export async function syncDirectory(path: string, disk: Disk = nodeDisk): Promise<void> {
  const directory = await disk.open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
