// What is installed, as a list: the files of the tarball and of the Debian package, below their prefix.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle } from './bundle.ts';
import type { NodeRuntime } from './node-runtime.ts';
import { ROOT } from './release.ts';
import { settingsFileText } from './settings-file.ts';

export interface TreeFile {
  /** Relative, with slashes. */
  readonly path: string;
  readonly mode: 0o644 | 0o755;
  readonly content: { readonly text: string } | { readonly copyOf: string };
}

/** Where the tarball is to be unpacked; its unit names it. */
export const TARBALL_PREFIX = '/opt/meetnet-agent';

/** The agent itself, below `/usr` or an unpacked tarball. `runtime` is left out for a machine's own Node. */
export function agentFiles(bundle: Bundle, runtime: NodeRuntime | undefined): TreeFile[] {
  const licences = 'share/doc/meetnet-agent';
  return [
    file('bin/meetnet-agent', { copyOf: at('agent-package', 'launcher.sh') }, 0o755),
    file('lib/meetnet-agent/meetnet-agent.mjs', { copyOf: bundle.path }),
    file('lib/meetnet-agent/launch.mjs', { copyOf: bundle.launcherPath }),
    file(`${licences}/copyright`, { copyOf: join(ROOT, 'LICENSE') }),
    file(`${licences}/third-party-licences.md`, { copyOf: bundle.licencesPath }),
    file(`${licences}/README.md`, { copyOf: at('agent-package', 'installed.md') }),
    ...(runtime === undefined
      ? []
      : [
          file('lib/meetnet-agent/node', { copyOf: runtime.nodePath }, 0o755),
          file(`${licences}/node-licence`, { copyOf: runtime.licencePath }),
        ]),
  ];
}

export function tarballFiles(bundle: Bundle, runtime: NodeRuntime | undefined): TreeFile[] {
  return [
    ...agentFiles(bundle, runtime),
    file('etc/agent.env', { text: settingsFileText() }),
    ...(runtime === undefined
      ? [
          file(
            'openwrt/meetnet-agent.init',
            { copyOf: at('openwrt', 'meetnet-agent.init') },
            0o755,
          ),
          file('openwrt/meetnet-agent.config', { copyOf: at('openwrt', 'meetnet-agent.config') }),
        ]
      : []),
    file('systemd/meetnet-agent.service', {
      text: unitText().replaceAll('/usr/', `${TARBALL_PREFIX}/`),
    }),
  ];
}

/** Absolute, without the leading slash. */
export function debianFiles(bundle: Bundle, runtime: NodeRuntime): TreeFile[] {
  return [
    ...agentFiles(bundle, runtime).map((each) => ({ ...each, path: `usr/${each.path}` })),
    file('etc/meetnet-agent/agent.env', { text: settingsFileText() }),
    file('lib/systemd/system/meetnet-agent.service', { text: unitText() }),
  ];
}

function unitText(): string {
  return readFileSync(at('systemd', 'meetnet-agent.service'), 'utf8');
}

function file(
  path: string,
  content: TreeFile['content'],
  mode: TreeFile['mode'] = 0o644,
): TreeFile {
  return { path, mode, content };
}

function at(...names: string[]): string {
  return join(ROOT, 'deploy', ...names);
}
