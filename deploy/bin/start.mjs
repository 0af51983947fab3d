#!/usr/bin/env node
// `npm start`: installs what is missing, builds the pages, then runs all of Meetnet here.
import { ensureDashboard } from './dashboard.mjs';
import { ensurePackages, runTypeScript } from './runtime.mjs';

ensurePackages();
ensureDashboard();
await runTypeScript('deploy/local/main.ts', process.argv.slice(2));
