// Which agent a build is of: the package's version, the commit and its time. The time is in all that
// is built, so that one commit gives the same bytes anywhere.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');
/** What an agent is made of; changes elsewhere make no other agent. */
const SOURCES = [
  ...['agent', 'shared', 'package-lock.json'],
  ...['agent-package', 'debian', 'systemd', 'openwrt'].map((folder) => `deploy/${folder}`),
];

export interface Release {
  /** Of package.json. */
  readonly version: string;
  /** Undefined outside a git checkout; ends in `-dirty` when what is built is not what it has. */
  readonly commit: string | undefined;
  /** Seconds since the epoch: SOURCE_DATE_EPOCH, or when the commit was made. */
  readonly epoch: number;
}

export function findRelease(): Release {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const commit = git('rev-parse', '--short=12', 'HEAD');
  const given = Number(process.env.SOURCE_DATE_EPOCH ?? Number.NaN);
  const epoch = Number.isInteger(given) ? given : Number(git('log', '-1', '--format=%ct') ?? 0);
  if (commit === undefined) return { version, commit, epoch };
  const isDirty = git('status', '--porcelain', '--', ...SOURCES) !== '';
  return { version, commit: isDirty ? `${commit}-dirty` : commit, epoch };
}

/** As the agent says it with `--version`. */
export function versionText({ version, commit }: Release): string {
  return commit === undefined ? version : `${version}+${commit}`;
}

/** As Debian compares them: by the time of the commit, which its name does not tell. */
export function debianVersion({ version, commit, epoch }: Release): string {
  const time = new Date(epoch * 1000).toISOString().replace(/\D/g, '').slice(0, 14);
  return commit === undefined ? version : `${version}+${time}.${commit.replace('-', '.')}`;
}

function git(...args: string[]): string | undefined {
  try {
    return execFileSync('git', args, {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}
