// A clean Debian of this machine's own release: made by debootstrap from the mirror that apt uses here,
// kept as an archive in the folder for temporary files for a week. Root's only.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Beside minbase: what makes it start as a machine. */
const PACKAGES = ['systemd', 'systemd-sysv'];
const KEPT_MS = 7 * 24 * 3_600_000;
const SOURCES = '/etc/apt';

export interface AptSource {
  readonly uri: string;
  readonly keyring?: string;
}

/** Resolves with the archive's path. */
export async function debianArchive(): Promise<string> {
  const release = field('/etc/os-release', 'VERSION_CODENAME');
  const archive = join(tmpdir(), `meetnet-test-debian-${release}-${process.arch}.tar`);
  if (isFresh(archive)) return archive;
  const source = aptSource(release);
  if (source === undefined) {
    throw new Error(`no source of ${release} main in ${SOURCES}; debootstrap needs one`);
  }
  const work = mkdtempSync(join(tmpdir(), 'meetnet-test-debootstrap-'));
  try {
    const made = join(work, 'debian.tar');
    await bootstrap(release, source, work, made);
    renameSync(made, archive);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return archive;
}

/** In memory, where syncing costs nothing, and in a mount namespace that ends with it. */
async function bootstrap(release: string, source: AptSource, work: string, target: string) {
  const script = [
    'set -e',
    'mount -t tmpfs -o mode=755 tmpfs "$WORK"',
    'debootstrap --variant=minbase --include="$PACKAGES" $KEYRING "$RELEASE" "$WORK/root" "$URI"',
    'rm -rf "$WORK"/root/var/cache/apt/archives/*.deb "$WORK"/root/var/lib/apt/lists/*',
    'tar -cf - -C "$WORK/root" . >&3',
  ].join('\n');
  const folder = join(work, 'ram');
  execFileSync('mkdir', [folder]);
  const child = spawn('unshare', ['--mount', 'sh', '-c', `exec 3>"$TARGET"; ${script}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...{ PATH: `${process.env.PATH}:/usr/sbin:/sbin`, WORK: folder, TARGET: target },
      ...{ RELEASE: release, URI: source.uri, PACKAGES: PACKAGES.join(',') },
      KEYRING: source.keyring === undefined ? '' : `--keyring=${source.keyring}`,
      ...proxies(),
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2000);
    });
  }
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`debootstrap: exit ${code}\n${said}`);
}

/** Of apt's source lists in both of their forms: the first that has this release's main. */
function aptSource(release: string): AptSource | undefined {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((name) => /^sources\.list$|^sources\.list\.d\/[^/]+\.(list|sources)$/.test(name))
    .map((name) => ({ name, text: readFileSync(join(SOURCES, name), 'utf8') }));
  return files
    .flatMap(({ name, text }) => (name.endsWith('.sources') ? stanzas(text) : lines(text)))
    .find(({ suites, components }) => suites.includes(release) && components.includes('main'));
}

interface ListedSource extends AptSource {
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

/** deb822-style (sources.list(5)). */
function stanzas(text: string): ListedSource[] {
  const clean = text.replace(/^#.*\n/gm, '');
  return clean.split(/\n\s*\n/).flatMap((stanza) => {
    const words = (name: string) =>
      stanza
        .match(new RegExp(`^${name}:(.*)$`, 'im'))?.[1]
        ?.trim()
        .split(/\s+/) ?? [];
    const [uri] = words('URIs');
    if (uri === undefined || !words('Types').includes('deb')) return [];
    const [keyring] = words('Signed-By').filter((word) => word.startsWith('/'));
    return [
      {
        ...{ uri, suites: words('Suites'), components: words('Components') },
        ...(keyring === undefined ? {} : { keyring }),
      },
    ];
  });
}

function lines(text: string): ListedSource[] {
  return [...text.matchAll(/^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.+)$/gm)].map(
    ([, options = '', uri = '', suite = '', components = '']) => {
      const keyring = options.match(/signed-by=(\/\S+)/)?.[1];
      return {
        ...{ uri, suites: [suite], components: components.trim().split(/\s+/) },
        ...(keyring === undefined ? {} : { keyring }),
      };
    },
  );
}

/** As apt itself is told to go out. */
function proxies(): Record<string, string> {
  const told = execFileSync('apt-config', ['dump', 'Acquire::http::Proxy'], { encoding: 'utf8' });
  const proxy = told.match(/"(http[^"]+)"/)?.[1];
  return proxy === undefined ? {} : { http_proxy: proxy };
}

function isFresh(path: string): boolean {
  try {
    const { uid, mtimeMs } = statSync(path);
    // What runs as root must not be what another left there.
    return uid === process.getuid?.() && Date.now() - mtimeMs < KEPT_MS;
  } catch {
    return false;
  }
}

function field(path: string, name: string): string {
  const value = readFileSync(path, 'utf8').match(new RegExp(`^${name}="?([^"\\n]+)`, 'm'))?.[1];
  if (value === undefined) throw new Error(`${path} has no ${name}; these tests need Debian`);
  return value;
}
