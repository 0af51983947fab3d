#!/usr/bin/env node
// The collector's command, from a checkout. `serve` shows pages, so it sees to their build.
import { ensureDashboard } from './dashboard.mjs';
import { ensurePackages, runTypeScript } from './runtime.mjs';

const args = process.argv.slice(2);
if (args[0] === 'serve' && !args.includes('--help')) {
  ensurePackages();
  ensureDashboard();
}
await runTypeScript('collector/main.ts', args);
