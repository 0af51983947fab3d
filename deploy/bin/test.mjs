#!/usr/bin/env node
// `npm test`: installs what the tests need and runs every check and test. Arguments go to vitest.
// Closes with the line `N passed, N failed, N skipped`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDashboard } from './dashboard.mjs';
import { ensureDebianPackages } from './debian-packages.mjs';
import { ensurePackages, environment, node24, ROOT, say } from './runtime.mjs';

const RESULTS = join(ROOT, 'test-results');
const REPORT = join(RESULTS, 'vitest.json');

ensurePackages();
ensureDebianPackages();
ensureDashboard();

const vitestArguments = process.argv.slice(2);
const checks = vitestArguments.length > 0 ? [] : staticChecks();
let failedChecks = 0;
for (const [what, ...command] of checks) {
  say(`${what} …`);
  if (run(command).status !== 0) {
    say(`${what}: FAILED`);
    failedChecks += 1;
  }
}

rmSync(RESULTS, { recursive: true, force: true });
mkdirSync(RESULTS, { recursive: true });
say('tests …');
const vitest = run([
  join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'),
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${REPORT}`,
  ...vitestArguments,
]);

const counts = readCounts();
// A run that broke outside any test (a file that does not load, say) must not count as green.
if (vitest.status !== 0 && counts.failed === 0) counts.failed = 1;
counts.passed += checks.length - failedChecks;
counts.failed += failedChecks;
process.stdout.write(
  `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`,
);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;

function staticChecks() {
  return [
    [
      'lint and format',
      join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome'),
      'check',
      '.',
    ],
    ['types', join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', '.'],
    [
      'types of the pages',
      join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'),
      '-p',
      'collector/dashboard',
    ],
  ];
}

function run([script, ...args]) {
  return spawnSync(node24(), [script, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 1, 2],
    env: environment(),
  });
}

function readCounts() {
  if (!existsSync(REPORT)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(REPORT, 'utf8'));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
