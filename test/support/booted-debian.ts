// A Debian that runs: the archive in memory, with its own systemd as process 1 in namespaces of its own
// but the network's, so that it reaches what the tests start on the loopback. Root's only.
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './process.ts';

const run = promisify(execFile);
/** For a command in it. */
const DEADLINE_MS = 90_000;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** What would change the machine around it. */
const MASKED = ['systemd-sysctl.service', 'systemd-modules-load.service', 'systemd-udevd.service'];

export interface BootedDebian extends AsyncDisposable {
  /** Runs a command as root in it; resolves with stdout, rejects with all it said. */
  sh(script: string): Promise<string>;
}

/** `share`: a folder of the tests', there as /mnt, read-only. */
export async function bootDebian(archive: string, share: string): Promise<BootedDebian> {
  if (process.getuid?.() !== 0) {
    throw new Error('a Debian of its own needs root for its namespaces: run the tests as root');
  }
  const group = makeGroup();
  const root = join(share, 'root');
  mkdirSync(root);
  const unshare = spawn('sh', ['-ec', 'echo $$ > "$GROUP/cgroup.procs"; exec "$@"', ...WORDS], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH,
      ROOT: root,
      ARCHIVE: archive,
      SHARE: share,
      GROUP: group,
      MASKED: MASKED.join(' '),
    },
  });
  let said = '';
  for (const stream of [unshare.stdout, unshare.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000);
    });
  }
  const ended = new Promise<void>((resolve) => unshare.on('close', () => resolve()));
  const dispose = async () => {
    unshare.kill('SIGKILL');
    await ended;
    await eventually('its processes are gone', async () => removeGroup(group));
  };
  const sh = async (script: string): Promise<string> => {
    const inside = ['--target', String(initOf(unshare.pid)), ...'-m -p -u -i -C -r -w'.split(' ')];
    const words = [...inside, 'env', '-i', `PATH=${PATH}`, 'LC_ALL=C.UTF-8'];
    try {
      const options = { timeout: DEADLINE_MS, maxBuffer: 64 * 1024 * 1024 };
      return (await run('nsenter', [...words, 'sh', '-ec', script], options)).stdout;
    } catch (error) {
      const { code, stdout = '', stderr = '' } = error as Record<string, string>;
      throw new Error(`${script}: exit ${code}\n${stdout}\n${stderr}\n${said}`, { cause: error });
    }
  };
  try {
    await eventually('systemd is up', async () =>
      // 'degraded' is a machine with a unit that failed, for lack of a device say.
      /running|degraded/.test(await sh('systemctl is-system-running --wait || true'))
        ? true
        : undefined,
    );
    // From here on its own journal tells what it does.
    await sh('systemd-analyze log-target journal');
  } catch (error) {
    await dispose();
    throw new Error(`this Debian did not start\n${said}`, { cause: error });
  }
  return { sh, [Symbol.asyncDispose]: dispose };
}

/** With a root of its own by pivot_root: a process in a chroot gets no user namespace. */
const BOOT = `
set -e
mount -t tmpfs -o mode=755 tmpfs "$ROOT"
tar -xf "$ARCHIVE" -C "$ROOT"
for unit in $MASKED; do ln -s /dev/null "$ROOT/etc/systemd/system/$unit"; done
mount -t proc proc "$ROOT/proc"
mount --bind "$ROOT/proc/sys" "$ROOT/proc/sys"
mount -o remount,ro,bind "$ROOT/proc/sys"
mount -t sysfs -o ro sysfs "$ROOT/sys"
mount -t tmpfs -o mode=755 tmpfs "$ROOT/run"
mount -t tmpfs tmpfs "$ROOT/tmp"
mount -t tmpfs -o mode=755 tmpfs "$ROOT/dev"
for device in null zero full random urandom tty; do
  : > "$ROOT/dev/$device"
  mount --bind "/dev/$device" "$ROOT/dev/$device"
done
mkdir "$ROOT/dev/shm" "$ROOT/dev/pts"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$ROOT/dev/pts"
ln -s pts/ptmx "$ROOT/dev/ptmx"
mount --bind "$SHARE" "$ROOT/mnt"
mount -o remount,ro,bind "$ROOT/mnt"
mount -t cgroup2 cgroup2 "$ROOT/sys/fs/cgroup"
cd "$ROOT"
mkdir old
pivot_root . old
exec chroot . sh -c 'umount -l /old; rmdir /old; exec env -i container=other PATH="$PATH" /lib/systemd/systemd --log-target=console --show-status=no'
`;

/** In its control group already: that namespace begins where the process is. Gone when the tests are. */
const WORDS = [
  ...['sh', 'setpriv', '--pdeathsig', 'KILL'],
  ...['unshare', '--mount', '--propagation=private', '--pid', '--uts', '--ipc', '--cgroup'],
  ...['--fork', '--kill-child', 'sh', '-c', BOOT],
];

/** Process 1 of it, by its number out here. */
function initOf(unshare: number | undefined): number {
  const children = readFileSync(`/proc/${unshare}/task/${unshare}/children`, 'utf8').trim();
  if (children === '') throw new Error('it has ended');
  return Number(children.split(' ')[0]);
}

/** A control group of its own, where systemd keeps its services. */
function makeGroup(): string {
  const mount = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, , type]) => type === 'cgroup2')?.[1];
  if (mount === undefined) throw new Error('no cgroup2 file system is mounted; systemd needs one');
  const group = join(
    mount,
    `meetnet-test-${process.pid}-${Math.random().toString(36).slice(2, 8)}`,
  );
  mkdirSync(group);
  return group;
}

/** Throws while a process is left in it. */
function removeGroup(group: string): true {
  const below = readdirSync(group, { recursive: true, withFileTypes: true });
  const folders = below
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const folder of [group, ...folders].sort().reverse()) rmdirSync(folder);
  return true;
}
