// The house rules that a compiler does not know: who may import whom, no circles, and that time,
// chance and the process are touched only where they are handed in from.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const TOP = ['agent', 'collector', 'shared', 'deploy'];

/**
 * Folder → what it may import besides itself; the longest matching folder decides. `node:` and
 * packages are named where the folder is to be free of them.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'shared/model': ['zod'],
  'shared/runtime': ['zod'],
  'shared/wire': ['shared/model', 'shared/runtime', 'zod'],
  'shared/stats': ['shared/model'],
  'shared/release': ['zod'],
  'shared/flow': ['shared/wire', 'shared/runtime', 'shared/model', 'shared/stats'],
  agent: ['agent', 'shared', 'node:', 'packages'],
  collector: ['collector', 'shared', 'node:', 'packages'],
  'collector/availability': [
    'collector/assessment/calendar.ts',
    'collector/planning/export/sheet.ts',
    'collector/series/series.ts',
    'collector/registry/registry.ts',
    'shared',
  ],
  'collector/assessment': [
    'collector/availability',
    'collector/series/series.ts',
    'collector/registry/registry.ts',
    'collector/live.ts',
    'shared',
  ],
  'collector/assessment/servers': ['collector/assessment', 'collector/series/series.ts', 'shared'],
  'collector/dossiers': [
    'collector/outbox',
    'collector/registry/registry.ts',
    'collector/live.ts',
    'collector/repeating.ts',
    'shared',
    'node:',
    'zod',
  ],
  'collector/dossiers/subsidy': [
    'collector/dossiers/words.ts',
    'collector/dossiers/line-words.ts',
    'shared',
    'zod',
  ],
  // Pure but for gather-facts.ts, its services and send/.
  'collector/alerts': [
    'collector/assessment',
    'collector/outbox',
    'collector/registry/registry.ts',
    'collector/series/series.ts',
    'collector/live.ts',
    'collector/repeating.ts',
    'shared',
    'node:',
  ],
  'collector/alerts/send': [
    'collector/alerts/alert-store.ts',
    'collector/outbox',
    'collector/repeating.ts',
    'shared',
    'node:',
    'nodemailer',
    'undici',
  ],
  'collector/outbox': ['shared'],
  'collector/survey': ['collector/dossiers', 'collector/api', 'shared', 'packages'],
  // Pure but for its door to the stores and the thread that writes a workbook.
  'collector/planning': [
    'collector/assessment/overrule.ts',
    'collector/dossiers/joint-offers.ts',
    'collector/dossiers/local-day.ts',
    'collector/dossiers/present-kind.ts',
    'collector/dossiers/subsidy',
    'collector/dossiers/whereabouts.ts',
    'collector/registry/registry.ts',
    'collector/series/series.ts',
    'shared',
  ],
  'collector/planning/export': [
    'collector/planning',
    'collector/on-thread.ts',
    'collector/dossiers/line-words.ts',
    'collector/dossiers/local-day.ts',
    'collector/dossiers/state-texts.ts',
    'shared',
    'node:',
    'packages',
  ],
  // Pure but for its door to the stores, the key's file and the thread that writes the files.
  'collector/evidence-pack': [
    'collector/assessment',
    'collector/dossiers/line-words.ts',
    'collector/dossiers/local-day.ts',
    'collector/dossiers/state-texts.ts',
    'collector/on-thread.ts',
    'collector/planning/export',
    'collector/planning/line-findings.ts',
    'collector/registry/registry.ts',
    'collector/series/series.ts',
    'shared',
    'node:',
    'packages',
  ],
  'collector/dashboard': ['shared/model', 'shared/wire', 'shared/stats', 'node:', 'packages'],
  deploy: ['deploy', 'collector', 'shared', 'node:', 'packages'],
  // The installed settings file is written from the agent's own table.
  'deploy/agent-package': ['agent/config', 'shared', 'node:', 'packages'],
};

/** Only these may name an implementation that stands behind an interface file. */
const WIRING = [
  'collector/main.ts',
  'collector/stores.ts',
  'collector/serve.ts',
  'collector/cli.ts',
  'agent/main.ts',
  'agent/cli.ts',
  'agent/run.ts',
  'agent/measure-command.ts',
];
const IMPLEMENTATIONS = [
  'collector/registry/sqlite.ts',
  'collector/series/sqlite.ts',
  'collector/series/influx.ts',
  'agent/spool/disk.ts',
  'agent/spool/memory.ts',
];

/** Where time, chance and the process come in; anywhere else they are handed in. */
const DOORS = [
  'shared/runtime/clock.ts',
  'shared/runtime/random.ts',
  'agent/edge.ts',
  'agent/launch.ts',
  'collector/edge.ts',
];
const BANNED =
  /(?<!\.)\b(Date\.now|setTimeout|setInterval|setImmediate|Math\.random|performance\.now|process\.[a-z]\w*)\b|new Date\(\)|node:timers/g;
/** The browser's own loop and the scripts that start everything are edges themselves. */
const WITHOUT_BAN = ['deploy/', 'collector/dashboard/'];

interface SourceFile {
  readonly path: string;
  readonly code: string;
  readonly imports: readonly string[];
}

const sources = TOP.flatMap((folder) => filesBelow(folder)).map(readSource);

test('every source file was read', () => {
  expect(sources.length).toBeGreaterThan(100);
});

test('each folder imports only what its place in the house allows', () => {
  const forbidden = sources.flatMap((file) =>
    file.imports
      .filter((target) => !mayImport(file.path, target))
      .map((target) => `${file.path} imports ${target}`),
  );
  expect(forbidden).toEqual([]);
});

test('imports go round in no circle', () => {
  expect(findCircle(new Map(sources.map((file) => [file.path, file.imports])))).toBeUndefined();
});

test('time, chance and the process come in through their doors alone', () => {
  const found = sources
    .filter((file) => !DOORS.includes(file.path))
    .filter((file) => !WITHOUT_BAN.some((folder) => file.path.startsWith(folder)))
    .flatMap((file) => (file.code.match(BANNED) ?? []).map((word) => `${file.path} uses ${word}`));
  expect(found).toEqual([]);
});

test('no file has more than 400 lines: its second subject wants a file of its own', () => {
  const long = sources.filter((file) => file.code.split('\n').length > 400);
  expect(long.map((file) => file.path)).toEqual([]);
});

function mayImport(from: string, target: string): boolean {
  if (IMPLEMENTATIONS.includes(target) && !WIRING.includes(from)) {
    return dirname(from) === dirname(target);
  }
  const rule = Object.keys(MAY_IMPORT)
    .filter((folder) => from.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)[0];
  if (rule === undefined) return false;
  const isOurs = TOP.some((folder) => target.startsWith(`${folder}/`));
  return [rule, ...(MAY_IMPORT[rule] ?? [])].some((allowed) => {
    if (isOurs) return target === allowed || target.startsWith(`${allowed}/`);
    if (target.startsWith('node:')) return allowed === 'node:';
    return allowed === 'packages' || target === allowed;
  });
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const code = text.replace(/\/\*[\s\S]*?\*\//g, blankOut).replace(/(^|\s)\/\/.*$/gm, '$1');
  const specifiers = [
    ...code.matchAll(/(?:^|\n)\s*(?:import|export)\s[^'";]*?from\s*'([^']+)'/g),
    ...code.matchAll(/(?:^|\n)\s*import\s*'([^']+)'/g),
    ...code.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g),
  ].map((match) => match[1] ?? '');
  return { path, code, imports: specifiers.map((specifier) => targetOf(path, specifier)) };
}

/** Keeps the line count of a removed comment. */
function blankOut(comment: string): string {
  return '\n'.repeat(comment.split('\n').length - 1);
}

function targetOf(from: string, specifier: string): string {
  if (specifier.startsWith('#')) return specifier.slice(1);
  if (specifier.startsWith('.')) return relative(ROOT, resolve(ROOT, dirname(from), specifier));
  return specifier;
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx)$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes('/dist/'))
    .sort();
}

function findCircle(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const target of graph.get(path) ?? []) {
      const circle = visit(target, [...trail, path]);
      if (circle !== undefined) return circle;
    }
    done.add(path);
    return undefined;
  };
  for (const path of graph.keys()) {
    const circle = visit(path, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
