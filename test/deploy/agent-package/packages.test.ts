// What is packed, without the weight of Node: the same bytes each time, settings that load, the image's and
// OpenWrt's files as good as they can be tried here.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AGENT_SETTINGS, loadAgentSettings } from '#agent/config/settings.ts';
import { buildDebianPackage } from '#deploy/agent-package/debian.ts';
import { debianFiles, tarballFiles } from '#deploy/agent-package/file-tree.ts';
import { settingsFileText } from '#deploy/agent-package/settings-file.ts';
import { buildTarball } from '#deploy/agent-package/tarball.ts';
import { ROOT } from '#test/support/process.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

const release = { version: '0.1.0', commit: '0123456789ab', epoch: 1_760_000_000 };
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

/** A bundle and a Node that say how they were started. */
function standIns() {
  const path = join(folder.path, 'bundle.mjs');
  const node = join(folder.path, 'node');
  writeFileSync(path, '// the agent\n');
  writeFileSync(node, '#!/bin/sh\necho "$MEETNET_DATA $MEETNET_LOG_LEVEL $*"\n', { mode: 0o755 });
  return {
    bundle: { path, launcherPath: path, licencesPath: path, bytes: 13 },
    runtime: { version: '24.21.0', nodePath: node, licencePath: node },
  };
}

function folderFor(name: string): string {
  const path = join(folder.path, name);
  mkdirSync(path);
  return path;
}

test('the same sources give the same Debian package and the same tarball', () => {
  const { bundle, runtime } = standIns();
  const build = (name: string) => {
    const common = { architecture: 'arm64', release, folder: folderFor(name) } as const;
    const files = debianFiles(bundle, runtime);
    return [
      buildDebianPackage({ ...common, files, compression: 'xz' }),
      buildTarball({ ...common, files: tarballFiles(bundle, runtime), level: 9 }),
    ].map((path) => readFileSync(path).toString('base64'));
  };
  expect(build('first')).toEqual(build('second'));
});

test('the package: what it is, what is settings, all of it root’s and none of it writable', () => {
  const { bundle, runtime } = standIns();
  const deb = buildDebianPackage({
    ...{ architecture: 'arm64', release, folder: folderFor('package'), compression: 'none' },
    files: debianFiles(bundle, runtime),
  });
  const dpkgDeb = (...args: string[]) => execFileSync('dpkg-deb', args, { encoding: 'utf8' });
  expect(dpkgDeb('--field', deb, 'Package', 'Version', 'Architecture')).toBe(
    'Package: meetnet-agent\nVersion: 0.1.0+20251009085320.0123456789ab\nArchitecture: arm64\n',
  );
  expect(dpkgDeb('--info', deb, 'conffiles')).toBe('/etc/meetnet-agent/agent.env\n');
  for (const line of dpkgDeb('--contents', deb).trim().split('\n'))
    expect(line).toMatch(/^[d-]rw[x-]r-[x-]r-[x-] root\/root /);
});

test('the settings file sets nothing, names every setting but the package’s own, and loads', async () => {
  const text = settingsFileText();
  expect(text).not.toMatch(/^[^#\n]/m);
  const names = [...text.matchAll(/^#(MEETNET_\w+)=/gm)].map((match) => match[1]);
  const all: string[] = Object.values(AGENT_SETTINGS).map(({ env }) => env);
  expect(names).toEqual(all.filter((name) => name !== 'MEETNET_DATA'));
  const shown = [...text.matchAll(/^#(MEETNET_\w+)=(.+)$/gm)].map(([, name, value]) => [
    name,
    value,
  ]);
  expect(await loadAgentSettings(Object.fromEntries(shown))).toEqual(await loadAgentSettings({}));
});

test('the launcher: its own Node before the machine’s, the machine’s settings, a place for the state', () => {
  const { bundle, runtime } = standIns();
  const unpacked = folderFor('unpacked');
  const launch = (runtimeOf: typeof runtime | undefined, env: Record<string, string>) => {
    const files = tarballFiles(bundle, runtimeOf);
    const common = { architecture: 'any', release, folder: unpacked, level: 1 } as const;
    execFileSync('rm', ['-rf', join(unpacked, 'meetnet-agent')]);
    execFileSync('tar', ['-xzf', buildTarball({ ...common, files }), '-C', unpacked]);
    const program = join(unpacked, 'meetnet-agent', 'bin', 'meetnet-agent');
    return execFileSync(program, ['status', '--json'], {
      ...{ encoding: 'utf8', stdio: 'pipe' },
      env: { PATH, ...env },
    });
  };
  const settings = join(folder.path, 'agent.env');
  writeFileSync(settings, "# a comment\nMEETNET_LOG_LEVEL='debug'\n");
  const mine = launch(runtime, { MEETNET_SETTINGS: settings });
  expect(mine).toMatch(/^\/var\/lib\/meetnet-agent debug \S+launch\.mjs status --json\n$/);
  // A path that has no settings, and a Node of the machine's.
  const machines = {
    MEETNET_SETTINGS: '/nowhere',
    PATH: `${folder.path}:${PATH}`,
    MEETNET_DATA: '/d',
  };
  expect(launch(undefined, machines)).toMatch(/^\/d {2}\S+ status --json\n$/);
  const none = { MEETNET_SETTINGS: '/nowhere', MEETNET_NODE: '/nowhere', PATH: folderFor('tools') };
  for (const tool of ['readlink', 'dirname', 'sh'])
    execFileSync('ln', ['-s', `/bin/${tool}`, join(none.PATH, tool)]);
  expect(() => launch(undefined, none)).toThrow(/has no Node in it and the machine has none/);
});

test('the image: nobody’s user, the tarball by its name, the same command as the service', () => {
  const text = readFileSync(join(ROOT, 'deploy/docker/agent/Dockerfile'), 'utf8');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Docker's own
  expect(text).toMatch(`ADD meetnet-agent_${'${TARGETARCH}'}.tar.gz /`);
  expect(text).toMatch(/^USER (?!0|root)\d+:\d+$/m);
  expect(text).toContain('ENTRYPOINT ["/meetnet-agent/bin/meetnet-agent"]\nCMD ["run", "--wait"]');
  const unit = readFileSync(join(ROOT, 'deploy/systemd/meetnet-agent.service'), 'utf8');
  expect(unit).toMatch(/^ExecStart=\S+ run --wait$/m);
  expect(unit).not.toMatch(/^MemoryDenyWriteExecute=/m);
});

/** As much of OpenWrt's rc.common, UCI and procd as the script uses; prints what procd is told. */
const STAND_INS = `
config_load() { CONFIG=$1; }
config_get() { eval "$1=\\$(sed -n \\"s/^[[:space:]]*option $3 '\\(.*\\)'/\\1/p\\" "$UCI")"; eval "[ -n \\"\\$$1\\" ] || $1=\\\${4:-}"; }
config_get_bool() { config_get "$@"; }
procd_open_instance() { echo open; }
procd_set_param() { echo "set $*"; }
procd_append_param() { echo "append $*"; }
procd_close_instance() { echo close; }
id() { return 1; }
`;

test('OpenWrt: procd is told what UCI says, and to restart without limit', () => {
  const script = join(ROOT, 'deploy/openwrt/meetnet-agent.init');
  const uci = join(folder.path, 'uci');
  const told = (change: (text: string) => string) => {
    const text = readFileSync(join(ROOT, 'deploy/openwrt/meetnet-agent.config'), 'utf8');
    writeFileSync(uci, change(text.replace("'/etc/meetnet-agent'", `'${folder.path}/state'`)));
    const run = `${STAND_INS}\n. "$SCRIPT"\nstart_service`;
    const env = { PATH, UCI: uci, SCRIPT: script };
    return execFileSync('sh', ['-euc', run], { encoding: 'utf8', env }).split('\n');
  };
  const usual = told((text) => text);
  expect(usual).toContain('set command /opt/meetnet-agent/bin/meetnet-agent run --wait');
  expect(usual).toContain(
    `set env MEETNET_DATA=${folder.path}/state MEETNET_POSITION=in_path MEETNET_LOG_LEVEL=info`,
  );
  expect(usual).toContain('append env MEETNET_SPOOL_BYTES=8388608');
  expect(usual).toContain('set respawn 3600 15 0');
  expect(usual.join()).not.toContain('MEETNET_COLLECTOR');
  const other = told((text) =>
    text.replace("# option collector 'https:", "option collector 'https:"),
  );
  expect(other).toContain('append env MEETNET_COLLECTOR=https://meetnet.example.nl');
  expect(told((text) => text.replace("enabled '1'", "enabled '0'")).join('')).toBe('');
});
