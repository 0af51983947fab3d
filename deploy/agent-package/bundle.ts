// The agent as one file: all commands, and the children that they start, from one ES module that
// needs nothing but Node >= 20. Minified: a device parses it at each test, and keeps it in memory.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { type Release, ROOT } from './release.ts';

export const BUNDLE = 'meetnet-agent.mjs';
/** Starts the bundle beside it, or a release that came after. */
export const LAUNCHER = 'launch.mjs';
export const LICENCES = 'third-party-licences.md';
export const MAX_BUNDLE_BYTES = 2_000_000;

export interface Bundle {
  readonly path: string;
  readonly launcherPath: string;
  /** Names and licences of what is in it besides our own. */
  readonly licencesPath: string;
  readonly bytes: number;
}

/** Replaces what is in `folder`. Throws when the bundle is larger than it may be. */
export async function buildBundle(folder: string, release: Release): Promise<Bundle> {
  const path = await buildFile('agent/main.ts', BUNDLE, folder, release);
  const launcherPath = await buildFile('agent/launch.ts', LAUNCHER, folder, release);
  const { size: bytes } = statSync(path);
  if (bytes > MAX_BUNDLE_BYTES) {
    throw new Error(`${path} has ${bytes} bytes, more than ${MAX_BUNDLE_BYTES}: see what came in`);
  }
  return { path, launcherPath, licencesPath: join(folder, LICENCES), bytes };
}

async function buildFile(
  source: string,
  name: string,
  folder: string,
  { version, commit }: Release,
): Promise<string> {
  const isFirst = name === BUNDLE;
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'warn',
    publicDir: false,
    define: {
      // Node 20 does not know it; a bundle is never imported.
      'import.meta.main': 'true',
      MEETNET_VERSION: JSON.stringify(version),
      ...(commit === undefined ? {} : { MEETNET_COMMIT: JSON.stringify(commit) }),
    },
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: source,
      target: 'node20',
      outDir: folder,
      emptyOutDir: isFirst,
      minify: 'oxc',
      ...(isFirst ? { license: { fileName: LICENCES } } : {}),
      rolldownOptions: { output: { codeSplitting: false, entryFileNames: name } },
    },
  });
  const path = join(folder, name);
  writeFileSync(path, asciiOf(readFileSync(path, 'utf8')));
  return path;
}

/**
 * V8 keeps a source with any other character in two bytes a character, for as long as it runs. The
 * minifier leaves them in strings and patterns alone, where an escape says the same.
 */
function asciiOf(source: string): string {
  return source.replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Heads of the licences file, `ws - 8.23.0 (MIT)`. */
export function bundledPackages({ licencesPath }: Bundle): string[] {
  const heads = readFileSync(licencesPath, 'utf8').matchAll(/^## (\S+ - \S+ \(.+\))$/gm);
  return [...heads].map((match) => match[1] ?? '');
}
