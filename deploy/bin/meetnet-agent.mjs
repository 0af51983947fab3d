#!/usr/bin/env node
// The agent's command, from a checkout.
import { runTypeScript } from './runtime.mjs';

await runTypeScript('agent/main.ts', process.argv.slice(2));
