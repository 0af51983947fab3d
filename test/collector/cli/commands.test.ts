// The commands as a person gives them: real processes, their output and exit codes.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import { openSqliteSeries } from '#collector/series/sqlite.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { ONE_LOCATION_CSV, startCollector } from '#test/support/collector.ts';
import { openDossier } from '#test/support/dossiers.ts';
import { start } from '#test/support/process.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

/** Each starts several processes, on a machine that does other things too. */
vi.setConfig({ testTimeout: 90_000 });

let folder: TemporaryFolder;
let data: string;
let csv: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, 'data');
  csv = join(folder.path, 'po.csv');
  await writeFile(csv, ONE_LOCATION_CSV);
});
afterEach(() => folder[Symbol.asyncDispose]());

test('import, enrol-code and backup work beside each other and beside a serving collector', async () => {
  const preview = await run(['import', csv, '--preview']);
  expect(preview.stdout).toMatch(/^boards: 1 added.*\nlocations: 1 added.*\npreview: nothing/s);
  await using _collector = await startCollector({ data });
  const imported = await run(['import', csv]);
  expect(imported).toMatchObject({ code: 0 });
  expect(imported.stdout).toMatch(/1 board\(s\) have no name/);
  expect((await run(['import', csv])).stdout).toContain(
    'locations: 0 added, 0 changed, 1 unchanged',
  );

  const code = await run(['enrol-code', '16SW03', '--days', '3']);
  expect(code.stdout).toMatch(/^[0-9A-Z-]{8,}\n$/);

  // Over the live stores it would take what is written from then on with it.
  const over = await run(['backup', data]);
  expect(over.code).toBe(2);
  expect(over.stderr).toMatch(/data directory itself/);

  const copy = join(folder.path, 'copy');
  const backup = await run(['backup', copy]);
  expect(backup.code).toBe(0);
  const files = backup.stdout.trim().split('\n');
  expect(files.map((file) => file.slice(copy.length + 1)).sort()).toEqual(
    (await readdir(copy)).sort(),
  );
  await using registry = await openSqliteRegistry({
    path: join(copy, 'registry.db'),
    clock: systemClock,
    log: silentLog,
  });
  expect(await registry.location('16SW03')).toMatchObject({ name: 'De Peelschool' });
  await using series = await openSqliteSeries({ path: join(copy, 'series.db') });
  expect(await series.count()).toBe(0);
});

test('lines are listed, added, changed and ended, and a code is for one of them', async () => {
  await run(['import', csv]);
  const lines = async () =>
    (await run(['line', 'list', '16SW03'])).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  expect(await lines()).toMatchObject([{ name: 'hoofdlijn', kind: 'unknown', endedAt: null }]);
  const facts = [
    '--kind',
    'mobile',
    '--role',
    'backup',
    '--provider',
    'Voorbeeld',
    '--down',
    '100',
  ];
  const added = await run(['line', 'add', '16SW03', '4G', ...facts]);
  expect(JSON.parse(added.stdout)).toMatchObject({
    ...{ name: '4G', kind: 'mobile', role: 'backup', provider: 'Voorbeeld' },
    contractedDownMbps: 100,
  });
  const without = await run(['enrol-code', '16SW03']);
  expect(without.code).toBe(1);
  expect(without.stderr).toMatch(/several lines \(hoofdlijn, 4G\).*\(conflict\)/);
  expect((await run(['enrol-code', '16SW03', '--line', '4g'])).stdout).toMatch(/^[0-9A-Z-]{8,}\n$/);
  const unknown = await run(['enrol-code', '16SW03', '--line', 'glas']);
  expect(unknown.stderr).toMatch(/no running line glas; it has hoofdlijn, 4G/);
  expect((await run(['line', 'change', '16SW03', '4G', '--up', '20'])).code).toBe(0);
  expect((await run(['line', 'end', '16SW03', '4G'])).code).toBe(0);
  expect((await lines())[1]).toMatchObject({ contractedUpMbps: 20, endedAt: expect.any(String) });
  const last = await run(['line', 'end', '16SW03', 'hoofdlijn']);
  expect(last.stderr).toMatch(/only main line of 16SW03/);
});

test('faults end with the exit code of their kind and say what to do, on stderr', async () => {
  await writeFile(csv, ONE_LOCATION_CSV.replace('5831 CR', '5831'));
  const cases = [
    { args: ['import', csv], code: 6, stderr: /line 2, column POSTCODE: "5831".*\(bad_import\)/s },
    {
      args: ['import', join(folder.path, 'gone.csv')],
      code: 6,
      stderr: /gone\.csv cannot be read/,
    },
    { args: ['enrol-code', '99ZZ99'], code: 1, stderr: /99ZZ99.*\(not_found\)/ },
    {
      args: ['enrol-code', '16SW03', '--days', 'x'],
      code: 2,
      stderr: /whole number from 1 to 366/,
    },
    { args: ['dossier', 'show', '16SW03'], code: 1, stderr: /no dossier of 16SW03.*\(not_found\)/ },
    { args: ['dossier', 'list', '--state', 'x'], code: 2, stderr: /one of signalled, asked/ },
    { args: ['import'], code: 2, stderr: /at least one file, or --locate/ },
    { args: ['import', '--locate'], code: 2, stderr: /MEETNET_PDOK_URL is not set/ },
    { args: ['import', 'x', '--merge', '16SW03'], code: 2, stderr: /16SW03=20AB00/ },
    { args: ['sreve'], code: 2, stderr: /unknown command 'sreve'.*serve/s },
    { args: [], code: 2, stderr: /Usage: meetnet-collector/ },
    { args: ['meetpunt'], code: 2, stderr: /--key-file.*--open/s },
    { args: ['meetpunt', '--key-file', csv], code: 7, stderr: /holds no key/ },
    { args: ['meetpunt', '--port', '99999'], code: 2, stderr: /0 to 65535/ },
  ];
  for (const { args, code, stderr } of cases) {
    const result = await run(args);
    expect([args, result.code, result.stdout]).toEqual([args, code, '']);
    expect(result.stderr).toMatch(stderr);
  }
});

test('dossiers are listed, shown, and a school is asked, beside a serving collector', async () => {
  await run(['import', csv]);
  await using _collector = await startCollector({ data });
  {
    const path = join(data, 'registry.db');
    await using registry = await openSqliteRegistry({ path, clock: systemClock, log: silentLog });
    await openDossier(registry, '16SW03', Date.parse('2026-03-02T08:00:00Z'));
  }
  const list = await run(['dossier', 'list', '--board', '41234']);
  expect(list.stdout).toBe('16SW03\tsignalled\tsince 2026-03-02\tdue 2026-03-16\tDe Peelschool\n');
  expect((await run(['dossier', 'list', '--state', 'asked'])).stdout).toBe('');
  const public_url = { MEETNET_PUBLIC_URL: 'https://meetnet.example.nl' };
  const invited = await run(['dossier', 'invite', '16SW03', '--email', 'a@b.nl'], public_url);
  expect(invited.stdout).toMatch(/^https:\/\/meetnet\.example\.nl\/survey\/[\w-]{32}\n$/);
  const again = await run(['dossier', 'show', '16SW03']);
  expect(again.stdout).toMatch(
    /^16SW03: school asked, version 2\n1\t.*\tmeasurement\t.*\n2\t.*\tcommand_line\t/,
  );
  const [json = ''] = (await run(['dossier', 'list', '--json'])).stdout.split('\n');
  expect(JSON.parse(json)).toMatchObject({ locationId: '16SW03', state: 'asked', version: 2 });
});

test('wrong settings are all named before anything starts', async () => {
  const config = join(folder.path, 'meetnet.yaml');
  await writeFile(config, 'port: tachtig\nlog:\n  levle: debug\n');
  const wrong = await run(['serve'], { MEETNET_CONFIG: config, MEETNET_SERIES: 'mysql' });
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toMatch(/port in .*meetnet\.yaml: must be a whole number/);
  expect(wrong.stderr).toMatch(/log\.levle in .*: no such setting/);
  expect(wrong.stderr).toMatch(/MEETNET_SERIES: must be one of sqlite, influx/);
  expect(await readdir(folder.path)).not.toContain('data');
  await writeFile(config, 'port: [1');
  expect((await run(['serve'], { MEETNET_CONFIG: config })).stderr).toMatch(/is not valid YAML/);
  const gone = await run(['serve'], { MEETNET_CONFIG: '/nowhere/m.yaml' });
  expect(gone).toMatchObject({ code: 2, stderr: expect.stringMatching(/cannot be read/) });
});

test('--help is on each command', async () => {
  const help = await run(['--help']);
  expect(help.code).toBe(0);
  const commands = ['serve', 'import', 'enrol-code', 'backup', 'dossier', 'planning', 'meetpunt'];
  for (const command of commands) {
    expect(help.stdout).toContain(command);
    const own = await run([command, '--help']);
    expect(own).toMatchObject({ code: 0, stderr: '' });
    expect(own.stdout).toContain(`Usage: meetnet-collector ${command}`);
  }
});

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  await using running = start('collector/main.ts', args, { MEETNET_DATA: data, ...env });
  running.child.stdin?.end();
  const code = await running.exited;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}
