// Builds the pages when they were never built or their sources changed since.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment, giveUp, node24, ROOT, say } from './runtime.mjs';

const DASHBOARD = join(ROOT, 'collector', 'dashboard');
const STAMP = join(DASHBOARD, 'dist', '.sources');

/** Leaves `collector/dashboard/dist` as built from the present sources. */
export function ensureDashboard() {
  const sources = sourcesHash();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sources) return;
  say('building the pages …');
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
  const build = spawnSync(node24(), [vite, 'build', DASHBOARD, '--logLevel', 'warn'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    env: environment(),
  });
  if (build.status !== 0) giveUp('the pages could not be built; see the message above');
  writeFileSync(STAMP, sources);
}

function sourcesHash() {
  const hash = createHash('sha256');
  const files = [
    join(ROOT, 'package-lock.json'),
    ...filesBelow(DASHBOARD),
    ...filesBelow(join(ROOT, 'shared')),
  ];
  for (const file of files) hash.update(file.slice(ROOT.length)).update(readFileSync(file));
  return hash.digest('hex');
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => !file.startsWith(join(DASHBOARD, 'dist')))
    .sort();
}
