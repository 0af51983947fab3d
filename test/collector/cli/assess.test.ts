// The commands that judge from stored evidence, as a person gives them: real processes over a small
// simulated country.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createJudge } from '#collector/assessment/series-judge.ts';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import { openSqliteSeries } from '#collector/series/sqlite.ts';
import { NORM_500_40, type Norm } from '#shared/model/norm.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { simulateLocation } from '#test/fleet/simulate-location.ts';
import { start } from '#test/support/process.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const DAY_MS = 86_400_000;
const LOCATIONS = 12;
/** Of these, the one that was judged ten days ago too, by the norm of then. */
const REJUDGED = 3;
const OLD_NORM: Norm = { ...NORM_500_40, version: '300/30-old', download: 300, upload: 30 };
let folder: TemporaryFolder;
let data: string;
let ids: string[];
/** Real time: the commands have the system's clock. */
const now = systemClock.now();
const clock = { now: () => now };

beforeAll(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, 'data');
  const { mkdir } = await import('node:fs/promises');
  await mkdir(data);
  await using registry = await openSqliteRegistry({
    path: join(data, 'registry.db'),
    clock,
    log: silentLog,
  });
  await using series = await openSqliteSeries({ path: join(data, 'series.db') });
  const judgeBy = (norm: Norm, at: number) =>
    createJudge({ series, registry, norm: () => norm, clock: { now: () => at }, log: silentLog });
  const judge = judgeBy(NORM_500_40, now);
  const country = Array.from({ length: LOCATIONS }, (_, index) =>
    simulateLocation(index, { seed: 3, now }),
  );
  ids = country.map(({ locationId }) => locationId);
  await registry.importLocations(
    [{ id: '41234', name: 'Bestuur' }],
    ids.map((id) => ({ id, boardId: '41234', name: `School ${id}` })),
  );
  for (const [index, { locationId, deviceId, position, measurements }] of country.entries()) {
    const code = `CODE ${1000 + index}`;
    await registry.addEnrolmentCode(code, locationId, now + DAY_MS);
    const device = { id: deviceId, name: 'kast', position, publicKey: `key ${deviceId}` };
    await registry.enrol(code, { ...device, agentVersion: '0.1.0' }, now - 30 * DAY_MS);
    await series.write(measurements);
    if (index === REJUDGED) await judgeBy(OLD_NORM, now - 10 * DAY_MS).judge(locationId);
    await judge.judge(locationId);
  }
});
afterAll(() => folder[Symbol.asyncDispose]());

test('--explain shows each rule with its figures and says that the verdict is reproduced', async () => {
  const { code, stdout } = await run(['assess', '--explain', ids[0] ?? '']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/judged \S+ by norm 500\/40-2026\.2 and rules \S+, from \d+ tests/);
  expect(stdout).toMatch(/- disqualified observed=/);
  expect(stdout).toContain('The kept verdict is reproduced from the stored evidence.');
  expect(stdout).toMatch(/has to hold until/);
  const inDutch = await run(['assess', '--explain', ids[0] ?? '', '--lang', 'nl']);
  expect(inDutch.stdout).toMatch(/Van \d+ metingen|Alle metingen/);
  const json = JSON.parse((await run(['assess', '--explain', ids[0] ?? '', '--json'])).stdout);
  expect(json.reproduction).toEqual({ result: 'reproduced', notes: [] });
  expect(json.kept.basis.lines).toHaveLength(1);
  const earlier = await run(['assess', '--explain', ids[0] ?? '', '--at', '2020-01-01']);
  expect(earlier.stdout).toMatch(/No verdict was kept by then.*no_data/s);
});

test('--at gives the verdict of then again, by the norm of then', async () => {
  const id = ids[REJUDGED] ?? '';
  await using registry = await openSqliteRegistry({
    path: join(data, 'registry.db'),
    clock,
    log: silentLog,
  });
  const [old, newest] = await registry.verdictHistory(id);
  expect([old?.normVersion, newest?.normVersion]).toEqual(['300/30-old', NORM_500_40.version]);
  for (const [days, kept] of [
    [5, old],
    [0, newest],
  ] as const) {
    const at = new Date(now - days * DAY_MS).toISOString();
    const said = await run(['assess', '--explain', id, '--at', at, '--json']);
    const found = JSON.parse(said.stdout);
    expect(found.kept).toEqual(kept);
    expect(found.reproduction).toEqual({ result: 'reproduced', notes: [] });
    const { outcome, normVersion, judgedAt, evidence } = found.verdict;
    expect(kept).toMatchObject({ outcome, normVersion, judgedAt, evidence });
  }
});

test('--what-if gives a table of old and new outcomes and changes nothing', async () => {
  const kept = await run(['assess', '--explain', ids[1] ?? '', '--json']);
  const { code, stdout } = await run(['assess', '--what-if', 'download=100,upload=20']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/norm 500\/40-2026\.2 \(down\) × what if 100\/20 \(across\)/);
  expect(stdout).toMatch(
    new RegExp(`${LOCATIONS} locations with a device, of which \\d+ get another`),
  );
  const lines = (await run(['assess', '--what-if', 'download=100,upload=20', '--json'])).stdout
    .trim()
    .split('\n');
  expect(lines).toHaveLength(LOCATIONS + 1);
  const sum = JSON.parse(lines.at(-1) ?? '');
  expect(sum).toMatchObject({ locations: LOCATIONS, norm: { download: 100, version: 'what-if' } });
  expect(sum.changed).toBeGreaterThan(0);
  expect((await run(['assess', '--explain', ids[1] ?? '', '--json'])).stdout).toBe(kept.stdout);
});

test('--rules runs others’ rules over the same evidence', async () => {
  const { code, stdout } = await run(['assess', '--rules', 'all']);
  expect(code).toBe(0);
  for (const name of ['acm', 'german', 'rtr', '80-80', 'mean', 'single']) {
    expect(stdout).toMatch(new RegExp(`^${name} +\\d+ +\\d+ +\\d+`, 'm'));
  }
  const one = (await run(['assess', '--rules', 'acm', '--json'])).stdout.trim().split('\n');
  expect(one).toHaveLength(LOCATIONS);
  expect(Object.keys(JSON.parse(one[0] ?? ''))).toEqual(['locationId', 'ours', 'acm']);
});

test('overrule add, list and withdraw; --explain tells of it', async () => {
  const id = ids[2] ?? '';
  const flags = ['--author', 'J. de Vries', '--reason', 'new fibre since Monday'];
  const added = await run(['overrule', 'add', id, 'meets', ...flags, '--days', '30']);
  expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f-]{36}\n$/) });
  expect((await run(['assess', '--explain', id])).stdout).toMatch(
    /Overruled until \S+ by J\. de Vries: meets, because new fibre since Monday/,
  );
  const overruleId = added.stdout.trim();
  const withdrawn = await run(['overrule', 'withdraw', id, overruleId, ...flags]);
  expect(withdrawn.code).toBe(0);
  const list = (await run(['overrule', 'list', id])).stdout.trim().split('\n');
  expect(list).toHaveLength(1);
  expect(JSON.parse(list[0] ?? '')).toMatchObject({
    author: { id: 'command-line', name: 'J. de Vries' },
    withdrawn: { reason: 'new fibre since Monday' },
  });
});

test.each([
  [['assess'], 2, /give one of --explain, --what-if and --rules/],
  [['assess', '--explain', '99ZZ99'], 1, /99ZZ99.*not_found/],
  [['assess', '--explain', '99ZZ99', '--at', 'toen'], 2, /--at must be a time/],
  [['assess', '--what-if', 'speed=1'], 2, /a norm has no speed/],
  [['assess', '--what-if', '/nowhere.json'], 2, /cannot be read/],
  [['assess', '--rules', 'none'], 2, /there is no none; there are acm, german/],
  [
    [
      'overrule',
      'add',
      '99ZZ99',
      'fine',
      '--author',
      'x',
      '--reason',
      'because it is so',
      '--days',
      '3',
    ],
    2,
    /outcome/,
  ],
  [['overrule', 'list', '99ZZ99'], 1, /99ZZ99.*not_found/],
])('%j is refused', async (args, code, stderr) => {
  const result = await run(args);
  expect([result.code, result.stdout]).toEqual([code, '']);
  expect(result.stderr).toMatch(stderr);
});

test('school holidays hold for whatever judges, and a faulty file for nobody', async () => {
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  const all = [{ from: day(now - 40 * DAY_MS), to: day(now + DAY_MS) }];
  const file = join(folder.path, 'vakanties.json');
  const env = { MEETNET_SCHOOL_HOLIDAYS: file };
  await writeFile(file, JSON.stringify({ noord: all, midden: all, zuid: all }));
  const id = ids[5] ?? '';
  expect((await run(['line', 'change', id, 'hoofdlijn', '--kind', 'fibre'], env)).code).toBe(0);
  const explained = JSON.parse((await run(['assess', '--explain', id, '--json'], env)).stdout);
  expect(explained.kept.basis.holidays).toEqual(all);
  expect(explained.kept.evidence.useIds).toEqual([]);
  expect(explained.reproduction.result).toBe('reproduced');
  const unkept = ['assess', '--explain', id, '--at', day(now - 3 * DAY_MS), '--json'];
  expect(JSON.parse((await run(unkept, env)).stdout).verdict.evidence.useIds).toEqual([]);
  expect(JSON.parse((await run(unkept)).stdout).verdict.evidence.useIds).not.toEqual([]);
  await writeFile(file, JSON.stringify({ noord: all, midden: all }));
  const refused = await run(['assess', '--rules', 'acm'], env);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/- zuid: /)]);
});

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  await using running = start('collector/main.ts', args, { MEETNET_DATA: data, ...env });
  running.child.stdin?.end();
  const code = await running.exited;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}
