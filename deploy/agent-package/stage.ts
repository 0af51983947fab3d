// A list of files → a folder on disk, each with its mode and the release's time.
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { TreeFile } from './file-tree.ts';

/** `epoch`: seconds. Nothing else may be in `folder`. */
export function stage(files: readonly TreeFile[], folder: string, epoch: number): void {
  for (const { path, mode, content } of files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    if ('text' in content) writeFileSync(target, content.text);
    else copyFileSync(content.copyOf, target);
    chmodSync(target, mode);
    utimesSync(target, epoch, epoch);
  }
  // Folders last: what is put into one changes its time.
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    chmodSync(path, 0o755);
    utimesSync(path, epoch, epoch);
  }
  chmodSync(folder, 0o755);
  utimesSync(folder, epoch, epoch);
}
