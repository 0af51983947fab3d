// The tarball: the same files for machines without dpkg, and for the image. One folder, meetnet-agent.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TreeFile } from './file-tree.ts';
import type { Architecture } from './node-runtime.ts';
import type { Release } from './release.ts';
import { stage } from './stage.ts';

export interface TarballOptions {
  readonly files: readonly TreeFile[];
  /** `any` has no Node in it. */
  readonly architecture: Architecture | 'any';
  readonly release: Release;
  readonly folder: string;
  /** gzip's level; 1 is quick, for tests. */
  readonly level: 1 | 9;
}

/** Path of the tarball; the same bytes each time. */
export function buildTarball({
  files,
  architecture,
  release,
  folder,
  level,
}: TarballOptions): string {
  const target = join(folder, `meetnet-agent_${architecture}.tar.gz`);
  const work = mkdtempSync(join(folder, 'tarball-'));
  try {
    stage(files, join(work, 'meetnet-agent'), release.epoch);
    execFileSync(
      'tar',
      [
        ...['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--format=gnu'],
        ...[`--mtime=@${release.epoch}`, `--use-compress-program=gzip -n -${level}`],
        ...['-cf', target, '-C', work, 'meetnet-agent'],
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return target;
}
