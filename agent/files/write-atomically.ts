// Files that are either as before or as after, whenever the power goes: written beside their
// place, made durable, then renamed over it.
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The name of a file that is being written; what is left of one may be deleted. */
export function temporaryOf(path: string): string {
  return `${path}.tmp`;
}

/** Durable when it resolves. `mode` as for open(2), e.g. 0o600. One writer at a time per path. */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  const temporary = temporaryOf(path);
  const file = await open(temporary, 'w', mode);
  try {
    await file.writeFile(content);
    // A file that was left over keeps the mode it was made with.
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** A file's name is durable only once its directory is (fsync(2)). */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
