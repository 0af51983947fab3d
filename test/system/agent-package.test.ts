// The agent as a school's mini-PC gets it: a Debian package on a clean Debian, from debootstrap and with
// its own systemd; and the same for arm64, run under qemu.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildBundle } from '#deploy/agent-package/bundle.ts';
import { buildDebianPackage } from '#deploy/agent-package/debian.ts';
import { debianFiles, tarballFiles } from '#deploy/agent-package/file-tree.ts';
import { nodeRuntime } from '#deploy/agent-package/node-runtime.ts';
import { debianVersion, type Release } from '#deploy/agent-package/release.ts';
import { buildTarball } from '#deploy/agent-package/tarball.ts';
import { enrolCode } from '#test/support/agent.ts';
import { runInstalled } from '#test/support/agent-bundle.ts';
import { type BootedDebian, bootDebian } from '#test/support/booted-debian.ts';
import { locations, signIn, startCollector } from '#test/support/collector.ts';
import { debianArchive } from '#test/support/debian-root.ts';
import { eventually } from '#test/support/process.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

const OLD: Release = { version: '0.1.0', commit: '0123456789ab', epoch: 1_760_000_000 };
const NEW: Release = { ...OLD, commit: '456789abcdef', epoch: OLD.epoch + 1 };
/** systemd's measure of what a service could do: 10 is all, 0 nothing. It calls up to 2 'OK'. */
const MAX_EXPOSURE = 2;
const STATE = '/var/lib/meetnet-agent';
const UNIT = 'meetnet-agent.service';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

async function buildPackage(release: Release): Promise<string> {
  const bundle = await buildBundle(join(folder.path, `bundle-${release.commit}`), release);
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const files = debianFiles(bundle, nodeRuntime(architecture));
  const common = { architecture, folder: folder.path, compression: 'none' } as const;
  return `/mnt/${basename(buildDebianPackage({ ...common, files, release }))}`;
}

/** Properties of the service, `systemctl show`. */
async function shown({ sh }: BootedDebian, ...names: string[]): Promise<Record<string, string>> {
  const text = await sh(`systemctl show ${UNIT} ${names.map((name) => `-p ${name}`).join(' ')}`);
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

test('install, enrol, measure, be killed and watched, upgrade, remove, purge', async () => {
  const [archive, oldPackage] = [await debianArchive(), await buildPackage(OLD)];
  const newPackage = await buildPackage(NEW);
  const data = join(folder.path, 'collector');
  await using collector = await startCollector({ data });
  await using debian = await bootDebian(archive, folder.path);
  const { sh } = debian;

  // Installed: the service runs as its own user and waits for the enrolment.
  await sh(`dpkg --install ${oldPackage}`);
  await eventually('the service waits', async () => {
    const { StatusText = '', ActiveState } = await shown(debian, 'StatusText', 'ActiveState');
    return ActiveState === 'active' && StatusText.includes('enrol') ? true : undefined;
  });
  expect(await sh(`systemctl is-enabled ${UNIT}`)).toBe('enabled\n');
  expect(await sh('meetnet-agent --version')).toBe('0.1.0+0123456789ab\n');

  // What it could do.
  await sh(`systemd-analyze verify ${UNIT}`);
  const exposure = await sh(`systemd-analyze security ${UNIT} --no-pager`);
  const score = Number(exposure.match(/exposure level for \S+: ([\d.]+)/)?.[1]);
  console.log(`systemd-analyze security: ${score}`);
  expect(score).toBeLessThanOrEqual(MAX_EXPOSURE);
  const { MainPID } = await shown(debian, 'MainPID');
  const status = await sh(`cat /proc/${MainPID}/status`);
  const uid = (await sh('id -u meetnet-agent')).trim();
  expect(status).toMatch(new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, 'm'));
  expect(uid).not.toBe('0');
  for (const set of ['CapEff', 'CapPrm', 'CapBnd', 'CapAmb'])
    expect(status).toMatch(new RegExp(`^${set}:\\t0{16}$`, 'm'));
  expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  expect(status).toMatch(/^Seccomp:\t2$/m);

  // Enrolled by root, and at work without another word.
  const code = await enrolCode(data);
  await sh(`meetnet-agent enroll --collector ${collector.url} --code ${code} --name kast`);
  expect(await sh(`stat -c '%U %a' ${STATE}/agent/identity.json`)).toBe('meetnet-agent 600\n');
  const cookie = await signIn(collector);
  const measured = await eventually(
    'the first result is at the collector',
    async () => (await locations(collector, cookie))[0]?.latest ?? undefined,
    90_000,
  );
  expect(measured.download?.ipCapacity).toBeGreaterThan(0);
  // Any user may ask how it goes, and is told what only root can be told.
  const nobody = 'setpriv --reuid=nobody --regid=nogroup --clear-groups';
  expect(await sh(`${nobody} meetnet-agent status`)).toMatch(
    /^location: +16SW03\n(.*\n)*agent: +running$/m,
  );
  const anyones = await sh(`${nobody} meetnet-agent doctor --json || true`);
  expect(JSON.parse(anyones)).toContainEqual(
    expect.objectContaining({ name: 'collector', result: 'ok', found: collector.url }),
  );
  expect(anyones).toContain('another user');
  expect(await sh('meetnet-agent doctor || true')).toMatch(/^ok +identity/m);

  // The watchdog is fed while the agent moves; one that stands still is started again.
  await sh(
    `mkdir /run/systemd/system/${UNIT}.d; printf '[Service]\\nWatchdogSec=6\\nTimeoutAbortSec=1\\nRestartSec=1\\n' > /run/systemd/system/${UNIT}.d/quick.conf`,
  );
  await sh(`systemctl daemon-reload; systemctl restart ${UNIT}`);
  const fed = async () =>
    (await shown(debian, 'WatchdogTimestampMonotonic')).WatchdogTimestampMonotonic;
  for (let times = 0; times < 3; times += 1) {
    const before = await fed();
    await eventually('it is fed again', async () => ((await fed()) === before ? undefined : true));
  }
  await sh(`systemctl kill --kill-who=main --signal=STOP ${UNIT}`);
  await eventually('it was started again', async () => {
    const { NRestarts, ActiveState } = await shown(debian, 'NRestarts', 'ActiveState');
    return NRestarts !== '0' && ActiveState === 'active' ? true : undefined;
  });
  expect(await sh(`journalctl -u ${UNIT} -o cat`)).toContain('Watchdog timeout');
  await sh(`rm -r /run/systemd/system/${UNIT}.d; systemctl daemon-reload`);

  // Upgraded: another agent, the same identity and settings.
  const identity = await sh(`cat ${STATE}/agent/identity.json`);
  await sh('echo MEETNET_LOG_LEVEL=debug >> /etc/meetnet-agent/agent.env');
  await sh(`dpkg --install ${newPackage} < /dev/null`);
  await eventually('the new agent has its connection', async () => {
    const { uplink, agentVersion } = JSON.parse(await sh(`cat ${STATE}/agent/status.json`));
    const isNew = agentVersion === '0.1.0+456789abcdef' && uplink.state === 'connected';
    return isNew ? true : undefined;
  });
  expect(await sh(`cat ${STATE}/agent/identity.json`)).toBe(identity);
  expect(await sh('cat /etc/meetnet-agent/agent.env')).toMatch(/^MEETNET_LOG_LEVEL=debug$/m);
  expect(await sh('dpkg --status meetnet-agent')).toContain(`Version: ${debianVersion(NEW)}\n`);

  // Removed: nothing runs, what it knew is kept. Purged: nothing is left.
  const processes = () => sh('find /proc -maxdepth 1 -user meetnet-agent');
  expect(await processes()).toMatch(/\d/);
  await sh('dpkg --remove meetnet-agent');
  expect(await processes()).toBe('');
  expect(await sh('ls /usr/bin/meetnet-agent /usr/lib/meetnet-agent 2>/dev/null || true')).toBe('');
  expect(await sh(`cat ${STATE}/agent/identity.json`)).toBe(identity);
  expect(await sh('ls /etc/meetnet-agent')).toBe('agent.env\n');
  await sh('dpkg --purge meetnet-agent');
  expect(await sh(`ls -d ${STATE} /etc/meetnet-agent 2>/dev/null || true`)).toBe('');
  expect(await sh('getent passwd meetnet-agent || true')).toBe('');
  expect(
    await sh('find /etc /lib/systemd /var/lib -name "*meetnet*" -not -path "*/journal/*"'),
  ).toBe('');
});

test('the tarball for arm64 runs: version, status, doctor', async () => {
  const bundle = await buildBundle(join(folder.path, 'bundle-arm64'), OLD);
  const files = tarballFiles(bundle, nodeRuntime('arm64'));
  const common = { architecture: 'arm64', folder: folder.path, level: 1 } as const;
  const tarball = buildTarball({ ...common, files, release: OLD });
  execFileSync('tar', ['-xzf', tarball, '-C', folder.path]);
  const agent = join(folder.path, 'meetnet-agent');
  // The kernel may not know how to start what is not its own, so its Node stands behind qemu.
  const node = join(folder.path, 'node-arm64');
  const emulated = `exec qemu-aarch64-static -L /usr/aarch64-linux-gnu ${agent}/lib/meetnet-agent/node "$@"`;
  writeFileSync(node, `#!/bin/sh\n${emulated}\n`, { mode: 0o755 });
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    MEETNET_NODE: node,
    MEETNET_DATA: join(folder.path, 'arm64'),
  };
  const installed = { command: [join(agent, 'bin/meetnet-agent')] as const, env };
  expect(execFileSync(node, ['-p', 'process.arch'], { encoding: 'utf8' })).toBe('arm64\n');
  expect(await runInstalled(installed, ['--version'])).toBe('0.1.0+0123456789ab\n');
  expect(await runInstalled(installed, ['status'])).toContain('not enrolled');
  const checks = JSON.parse(await runInstalled(installed, ['doctor', '--json'], [1]));
  expect(checks).toContainEqual(expect.objectContaining({ name: 'Node', result: 'ok' }));
});
