// The agent as one file: all commands, and the children that they start, from one ES module that
// needs nothing but Node >= 20. Minified: a device parses it at each test, and keeps it in memory.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { type Release, ROOT } from './release.ts';

export const BUNDLE = 'meetnet-agent.mjs';
export const LICENCES = 'third-party-licences.md';
export const MAX_BUNDLE_BYTES = 2_000_000;

export interface Bundle {
  readonly path: string;
  /** Names and licences of what is in it besides our own. */
  readonly licencesPath: string;
  readonly bytes: number;
}

/** Replaces what is in `folder`. Throws when the bundle is larger than it may be. */
export async function buildBundle(folder: string, { commit }: Release): Promise<Bundle> {
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'warn',
    publicDir: false,
    define: {
      // Node 20 does not know it; a bundle is never imported.
      'import.meta.main': 'true',
      ...(commit === undefined ? {} : { MEETNET_COMMIT: JSON.stringify(commit) }),
    },
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: 'agent/main.ts',
      target: 'node20',
      outDir: folder,
      emptyOutDir: true,
      minify: 'oxc',
      license: { fileName: LICENCES },
      rolldownOptions: { output: { codeSplitting: false, entryFileNames: BUNDLE } },
    },
  });
  const path = join(folder, BUNDLE);
  const { size: bytes } = statSync(path);
  if (bytes > MAX_BUNDLE_BYTES) {
    throw new Error(`${path} has ${bytes} bytes, more than ${MAX_BUNDLE_BYTES}: see what came in`);
  }
  return { path, licencesPath: join(folder, LICENCES), bytes };
}

/** Heads of the licences file, `ws - 8.23.0 (MIT)`. */
export function bundledPackages({ licencesPath }: Bundle): string[] {
  const heads = readFileSync(licencesPath, 'utf8').matchAll(/^## (\S+ - \S+ \(.+\))$/gm);
  return [...heads].map((match) => match[1] ?? '');
}
