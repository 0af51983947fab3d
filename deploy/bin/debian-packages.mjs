// The real services that the tests start, from Debian's packages.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { giveUp, say } from './runtime.mjs';

/** Command, or path of a file, that must be found → Debian packages that bring it. */
const NEEDED = [
  { command: 'influxd', packages: ['influxdb'], use: 'time-series store' },
  { command: 'chromium', packages: ['chromium', 'fonts-dejavu-core'], use: 'tests of the pages' },
  { command: 'ip', packages: ['iproute2'], use: 'network namespaces' },
  { command: 'tc', packages: ['iproute2'], use: 'shaped links' },
  { command: 'ethtool', packages: ['ethtool'], use: 'shaped links' },
  { command: 'cc', packages: ['gcc', 'libc6-dev'], use: "the lab's delay line" },
  { command: 'iperf3', packages: ['iperf3'], use: "the lab's reference and traffic of others" },
  { command: 'pdftotext', packages: ['poppler-utils'], use: 'tests of reports' },
  { command: 'tinyproxy', packages: ['tinyproxy-bin'], use: 'agents behind a proxy' },
  { command: 'debootstrap', packages: ['debootstrap'], use: 'the installed agent' },
  { command: 'qemu-aarch64-static', packages: ['qemu-user-static'], use: 'the agent for arm64' },
  {
    command: '/usr/aarch64-linux-gnu/lib/libstdc++.so.6',
    packages: ['libc6-arm64-cross', 'libstdc++6-arm64-cross'],
    use: 'the agent for arm64',
  },
  { command: 'aiosmtpd', packages: ['python3-aiosmtpd'], use: 'tests of mail' },
  { command: 'openssl', packages: ['openssl'], use: 'certificates of tests' },
];
const SYSTEM_FOLDERS = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

/** Installs what is missing, when it may; else ends with the command that a person can give. */
export function ensureDebianPackages() {
  const missing = NEEDED.filter(({ command }) => !isFound(command));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.flatMap((entry) => entry.packages))];
  const because = missing.map(({ command, use }) => `${command} (${use})`).join(', ');
  const install = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  const asRoot = rootPrefix();
  if (!isFound('apt-get') || asRoot === undefined) {
    giveUp(`the tests need ${because}, which this user may not install here. As root: ${install}`);
  }
  say(`installing Debian packages ${packages.join(', ')}, for ${because} …`);
  runAsRoot(asRoot, ['apt-get', 'update', '-qq'], 'apt-get update');
  runAsRoot(asRoot, install.split(' '), install);
  // Debian starts the server that it installs; the tests start their own, so leave none behind.
  if (packages.includes('influxdb') && isFound('systemctl')) {
    spawnSync(
      [...asRoot, 'systemctl'][0],
      [...asRoot, 'systemctl', 'disable', '--now', 'influxdb'].slice(1),
      {
        stdio: 'ignore',
      },
    );
  }
  const still = missing.filter(({ command }) => !isFound(command)).map(({ command }) => command);
  if (still.length > 0)
    giveUp(`installed ${packages.join(', ')}, but cannot find ${still.join(', ')}`);
}

function runAsRoot(prefix, command, name) {
  const [program, ...args] = [...prefix, ...command];
  const result = spawnSync(program, args, {
    stdio: ['ignore', 2, 2],
    env: {
      ...process.env,
      PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`,
      DEBIAN_FRONTEND: 'noninteractive',
    },
  });
  if (result.status !== 0)
    giveUp(`'${name}' failed (exit ${result.status}); see its message above`);
}

/** Words that make a command run as root: none for root, sudo where it asks nothing. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (isFound('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0) {
    return ['sudo', '-n'];
  }
  return undefined;
}

function isFound(command) {
  if (command.startsWith('/')) return existsSync(command);
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
