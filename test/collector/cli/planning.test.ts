// The planning commands as a person gives them: real processes, files and exit codes.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import readExcelFile from 'read-excel-file/node';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { planningReplySchema, scenariosReplySchema } from '#shared/wire/planning.ts';
import { verdict } from '#test/collector/planning/planning-samples.ts';
import { start } from '#test/support/process.ts';
import { BOARDS, LOCATIONS } from '#test/support/registry.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

vi.setConfig({ testTimeout: 90_000 });

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
  await using registry = await openSqliteRegistry({
    ...{ path: join(folder.path, 'registry.db'), clock: systemClock, log: silentLog },
  });
  await registry.importLocations(BOARDS, LOCATIONS);
  await registry.saveVerdict('16SW04', verdict('below', { download: 50, upload: 10 }));
});
afterEach(() => folder[Symbol.asyncDispose]());

test('the table is written in each format, the scenarios to stdout', async () => {
  const out = (name: string) => join(folder.path, name);
  for (const format of ['json', 'csv', 'xlsx']) {
    const file = out(`plan.${format}`);
    const done = await run(['planning', 'export', '--format', format, '--out', file]);
    expect(done).toEqual({ code: 0, stdout: `${file}\n`, stderr: '' });
  }
  const json = planningReplySchema.parse(JSON.parse(await readFile(out('plan.json'), 'utf8')));
  expect(json.rows.map(({ locationId }) => locationId)).toEqual(['00AA00', '16SW03', '16SW04']);
  expect(json.rows[2]).toMatchObject({ downloadMbps: 50, downloadShortfallShare: 0.9, pupils: 41 });
  const csv: string[][] = parse(await readFile(out('plan.csv')), { bom: true });
  const [sheet] = await readExcelFile(await readFile(out('plan.xlsx')));
  expect(csv).toHaveLength(4);
  expect(csv[1]?.[1]).toBe("'t Noorden");
  expect(sheet?.data.map(([id]) => id)).toEqual(csv.map(([id]) => id));

  const scenario = await run([
    ...['planning', 'scenario', '--budget', '20000', '--rule', 'worst_first', 'pupils_per_euro'],
    ...['--candidates', 'open', '--assumed-cost-euro', '15000'],
  ]);
  const { scenarios } = scenariosReplySchema.parse(JSON.parse(scenario.stdout));
  expect(scenarios.map(({ summary }) => [summary.rule, summary.pupils])).toEqual([
    ['worst_first', 41],
    ['pupils_per_euro', 41],
  ]);
  const funnel = await run(['planning', 'export', '--what', 'funnel', '--format', 'csv']);
  expect(funnel.stdout).toContain('onder de norm,beoordeeld,1,41,1,0\r\n');
});

test('what cannot be asked is named by its option', async () => {
  for (const [args, stderr] of [
    [['export', '--format', 'xlsx'], /--out.*\(bad_usage\)/],
    [['export', '--format', 'pdf'], /json, csv, xlsx/],
    [['export', '--radius-km', 'far', '--on', 'soon'], /--radius-km: .*; --on: .*\(bad_usage\)/],
    [['export', '--out', '/nowhere/plan.json'], /\/nowhere\/plan\.json cannot be written/],
    [['scenario'], /--budget/],
    [['scenario', '--budget', 'much'], /--budget: .*\(bad_usage\)/],
  ] as const) {
    const result = await run(['planning', ...args]);
    expect([args, result.code, result.stdout]).toEqual([args, 2, '']);
    expect(result.stderr).toMatch(stderr);
  }
});

async function run(args: readonly string[]) {
  await using running = start('collector/main.ts', args, { MEETNET_DATA: folder.path });
  running.child.stdin?.end();
  const code = await running.exited;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}
