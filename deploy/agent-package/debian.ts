// The Debian package, made by Debian's own dpkg-deb; the same bytes each time.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TreeFile } from './file-tree.ts';
import type { Architecture } from './node-runtime.ts';
import { debianVersion, type Release, ROOT } from './release.ts';
import { stage } from './stage.ts';

export interface DebianOptions {
  readonly files: readonly TreeFile[];
  readonly architecture: Architecture;
  readonly release: Release;
  /** Where the package is put. */
  readonly folder: string;
  /** `none` is quick and large: for tests. */
  readonly compression: 'xz' | 'none';
}

/** Node 24's own needs, the user's making, and the service's helpers. */
const DEPENDS = [
  'libc6 (>= 2.28)',
  'libstdc++6 (>= 8)',
  'libgcc-s1 | libgcc1',
  'passwd',
  'init-system-helpers (>= 1.54~)',
];
const SCRIPTS = ['postinst', 'prerm', 'postrm'];

/** Path of the package. Throws when dpkg-deb is missing or fails. */
export function buildDebianPackage(options: DebianOptions): string {
  const { files, architecture, release, folder, compression } = options;
  const version = debianVersion(release);
  const target = join(folder, `meetnet-agent_${version}_${architecture}.deb`);
  const root = mkdtempSync(join(folder, 'debian-'));
  try {
    stage([...files, ...controlFiles(options, version)], root, release.epoch);
    const level = compression === 'xz' ? ['-Zxz', '-z6'] : ['-Znone'];
    execFileSync('dpkg-deb', ['--root-owner-group', ...level, '--build', root, target], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, SOURCE_DATE_EPOCH: String(release.epoch) },
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return target;
}

function controlFiles({ files, architecture }: DebianOptions, version: string): TreeFile[] {
  const control = [
    'Package: meetnet-agent',
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    'Maintainer: Meetnet <meetnet@example.nl>',
    'Section: net',
    'Priority: optional',
    `Installed-Size: ${installedKibibytes(files)}`,
    `Depends: ${DEPENDS.join(', ')}`,
    // An older systemd-notify is gone before it is known whose it was, and the watchdog starves.
    'Breaks: systemd (<< 246~)',
    'Recommends: ca-certificates',
    'Description: measures an internet line against the 500/40 norm of schools',
    ' Measures by a timetable, keeps results until the collector has them, and',
    ' brings its own Node.',
    '',
  ];
  const conffiles = files
    .filter(({ path }) => path.startsWith('etc/'))
    .map(({ path }) => `/${path}\n`);
  return [
    { path: 'DEBIAN/control', mode: 0o644, content: { text: control.join('\n') } },
    { path: 'DEBIAN/conffiles', mode: 0o644, content: { text: conffiles.join('') } },
    ...SCRIPTS.map((name): TreeFile => {
      const copyOf = join(ROOT, 'deploy', 'debian', name);
      return { path: `DEBIAN/${name}`, mode: 0o755, content: { copyOf } };
    }),
  ];
}

function installedKibibytes(files: readonly TreeFile[]): number {
  const bytes = files.map(({ content }) =>
    'text' in content ? content.text.length : readFileSync(content.copyOf).length,
  );
  return bytes.reduce((sum, each) => sum + Math.ceil(each / 1024), 0);
}
