// The host's /proc and /sys behind one door, so that recorded trees can stand in for them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface HostFiles {
  /** The file's text, or undefined where there is none or it cannot be read. */
  read(path: string): string | undefined;
}

/** `root` is `/` on a real host. */
export function openHostFiles(root = '/'): HostFiles {
  return {
    read: (path) => {
      try {
        return readFileSync(join(root, path), 'utf8');
      } catch {
        return undefined;
      }
    },
  };
}
