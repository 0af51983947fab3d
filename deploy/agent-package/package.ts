// `npm run package:agent`: Debian packages and tarballs for both kinds of machine, and a tarball without
// Node, in dist/agent-packages. Needs dpkg-deb and tar, and npm for the other machine's Node.
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { buildBundle } from './bundle.ts';
import { buildDebianPackage } from './debian.ts';
import { debianFiles, tarballFiles } from './file-tree.ts';
import { type Architecture, nodeRuntime } from './node-runtime.ts';
import { findRelease, ROOT } from './release.ts';
import { buildTarball } from './tarball.ts';

const ARCHITECTURES: readonly Architecture[] = ['amd64', 'arm64'];
const folder = join(ROOT, 'dist', 'agent-packages');

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const release = findRelease();
const bundle = await buildBundle(join(ROOT, 'dist', 'agent'), release);
tell(
  buildTarball({
    ...{ files: tarballFiles(bundle, undefined), architecture: 'any', release, folder, level: 9 },
  }),
);
for (const architecture of ARCHITECTURES) {
  const runtime = nodeRuntime(architecture);
  const common = { architecture, release, folder };
  tell(buildTarball({ ...common, files: tarballFiles(bundle, runtime), level: 9 }));
  tell(buildDebianPackage({ ...common, files: debianFiles(bundle, runtime), compression: 'xz' }));
}

function tell(path: string): void {
  const megabytes = (statSync(path).size / 1e6).toFixed(1);
  process.stdout.write(`${relative(ROOT, path)}: ${megabytes} MB\n`);
}
