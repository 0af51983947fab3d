// `npm run build:agent`: the agent's bundle in dist/agent, and what it weighs.
import { join } from 'node:path';
import { buildBundle, bundledPackages, MAX_BUNDLE_BYTES } from './bundle.ts';
import { findRelease, ROOT, versionText } from './release.ts';

const release = findRelease();
const bundle = await buildBundle(join(ROOT, 'dist', 'agent'), release);
process.stdout.write(
  `${bundle.path}: ${versionText(release)}, ${bundle.bytes} of at most ${MAX_BUNDLE_BYTES} bytes, with ${bundledPackages(bundle).join(', ')}\n`,
);
