// Imports into a real registry: what changes, what closes, what follows whom.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ImportOptions, importFiles } from '#collector/import/import.ts';
import type { ImportFile } from '#collector/import/read-files.ts';
import { reportOf } from '#collector/import/report.ts';
import type { Registry } from '#collector/registry/registry.ts';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { overruleOf } from '#test/support/overrules.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';
import { commaUtf8, currentRows, ROW_A, ROW_B, semicolonCp1252 } from './duo-files.ts';

const DAY_MS = 86_400_000;

let folder: TemporaryFolder;
let registry: Registry;
let clock: FakeClock;
beforeEach(async () => {
  folder = await temporaryFolder();
  clock = new FakeClock();
  const path = join(folder.path, 'registry.db');
  registry = await openSqliteRegistry({ path, clock, log: silentLog });
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

type Rows = readonly (readonly string[])[];
const po = (...rows: Rows): ImportFile => ({
  name: 'po.csv',
  bytes: semicolonCp1252(currentRows(...rows)),
});
const replaced = (row: readonly string[], cells: Readonly<Record<number, string>>) =>
  row.map((cell, at) => cells[at] ?? cell);
/** In the province of A. */
const ROW_C = replaced(ROW_A, { 2: '20CD', 3: '20CD00', 4: 'De Nieuwe', 6: '99' });
const csv = (name: string, text: string): ImportFile => ({
  name,
  bytes: new TextEncoder().encode(text),
});
const boards: ImportFile = {
  name: 'bg.csv',
  bytes: commaUtf8([
    ['BEVOEGD GEZAG NUMMER', 'BEVOEGD GEZAG NAAM', 'KVK-NUMMER'],
    ['41234', 'Stichting Zoë', '12345678'],
    ['40505', 'Stichting Krûm', '12345679'],
    ['49999', 'Zonder locaties', '12345670'],
  ]),
};
const run = (files: readonly ImportFile[], options: Partial<ImportOptions> = {}) =>
  importFiles(registry, files, clock.now(), { mode: 'write', ...options });

async function enrol(locationId: string): Promise<string> {
  const id = randomUUID();
  await registry.addEnrolmentCode(id, locationId, clock.now() + DAY_MS);
  const device = { id, name: 'kast', position: 'off_path', publicKey: id } as const;
  await registry.enrol(id, { ...device, agentVersion: '0' }, clock.now());
  return id;
}

test('imports once, changes nothing the second time, and a preview changes nothing at all', async () => {
  const files = [po(ROW_A, ROW_B), boards];
  const preview = await run(files, { mode: 'preview' });
  expect(preview.locations.added.map(({ id }) => id)).toEqual(['16SW03', '00AP00']);
  expect(preview.coverage).toEqual([
    { sector: 'po', provinces: ['Fryslân', 'Noord-Brabant'], open: 0 },
  ]);
  expect(await registry.locations(undefined, 'all')).toEqual([]);
  expect(await run(files)).toEqual(preview);
  expect(await registry.boards(undefined)).toHaveLength(3);
  expect(await registry.lines()).toHaveLength(2);
  const second = await run(files);
  expect(second.boards).toEqual({ added: [], renamed: [], unchanged: 3, unnamed: [] });
  expect(second.locations).toMatchObject({
    ...{ added: [], changed: [], closed: [], reopened: [], merged: [], unchanged: 2 },
    withoutCoordinates: 2,
  });
  expect(await registry.lines()).toHaveLength(2);
});

test('a change is told field by field, old and new, and what a file does not say is kept', async () => {
  await run([po(ROW_A, ROW_B), csv('ll.csv', 'BRIN NUMMER;VESTIGINGSNUMMER;TOTAAL\n16SW;3;41\n')]);
  const changed = replaced(ROW_A, { 1: '40505', 4: 'De Zoë', 13: 'elders.example' });
  const plan = await run([po(changed, ROW_B)]);
  expect(plan.locations.changed).toEqual([
    {
      id: '16SW03',
      name: 'De Zoë',
      changes: [
        { field: 'boardId', from: '41234', to: '40505' },
        { field: 'name', from: 'Basisschool De Zoë', to: 'De Zoë' },
      ],
    },
  ]);
  expect(reportOf(plan).join('\n')).toContain('16SW03: boardId 41234 → 40505; name Basisschool');
  expect(await registry.location('16SW03')).toMatchObject({ name: 'De Zoë', pupils: 41 });
});

test('boards without a name go by their number until a file names them, and keep that name', async () => {
  const first = await run([po(ROW_A, ROW_B)]);
  expect(first.boards.unnamed).toEqual(['40505', '41234']);
  expect((await registry.boards(['41234']))[0]?.name).toBe('Bevoegd gezag 41234');
  const second = await run([boards]);
  expect(second.boards.renamed).toEqual([
    { id: '40505', from: 'Bevoegd gezag 40505', to: 'Stichting Krûm' },
    { id: '41234', from: 'Bevoegd gezag 41234', to: 'Stichting Zoë' },
  ]);
  const third = await run([po(ROW_A, ROW_B)]);
  expect(third.boards).toMatchObject({ renamed: [], unnamed: [], unchanged: 2 });
  expect((await registry.boards(['41234']))[0]?.name).toBe('Stichting Zoë');
});

test('boards that come before their locations keep their names', async () => {
  const first = await run([boards]);
  expect(first.boards.added.map(({ id }) => id)).toEqual(['40505', '41234', '49999']);
  expect((await run([boards])).boards).toMatchObject({ added: [], unchanged: 3 });
  const plan = await run([po(ROW_A, ROW_B)]);
  expect(plan.boards).toEqual({ added: [], renamed: [], unchanged: 2, unnamed: [] });
  expect((await registry.boards(['41234']))[0]?.name).toBe('Stichting Zoë');
});

test('one faulty row and nothing is imported', async () => {
  const files = [po(ROW_A, replaced(ROW_B, { 7: '0000' })), boards];
  await expect(run(files)).rejects.toThrow(/line 3, column POSTCODE/);
  expect(await registry.locations(undefined, 'all')).toEqual([]);
});

test('a board that is twice in its file with two names is a fault', async () => {
  const twice = csv('bg.csv', 'BEVOEGD GEZAG NUMMER;BEVOEGD GEZAG NAAM\n41234;Een\n41234;Twee\n');
  await expect(run([po(ROW_A), twice])).rejects.toThrow(
    /line 3, column BEVOEGD GEZAG NUMMER: 41234 is on line 2 too/,
  );
});

test('a board with two names in two files is a fault', async () => {
  const other = csv('bg2.csv', 'BEVOEGD GEZAG NUMMER;BEVOEGD GEZAG NAAM\n41234;Stichting Zee\n');
  await expect(run([boards, other])).rejects.toThrow(
    /bg2\.csv has 1 fault.*1 board\(s\) have another name in bg\.csv, the first 41234/s,
  );
  await expect(run([boards, { ...boards, name: 'again.csv' }])).resolves.toBeDefined();
});

describe('closing', () => {
  test('is for what is in no file, within the sector and the provinces of the files', async () => {
    await run([po(ROW_A, ROW_B, ROW_C)]);
    const device = await enrol('20CD00');
    clock.step(DAY_MS);
    const plan = await run([po(ROW_A)]);
    expect(plan.locations.closed).toEqual([{ id: '20CD00', name: 'De Nieuwe', devices: 1 }]);
    expect(plan.coverage).toEqual([{ sector: 'po', provinces: ['Noord-Brabant'], open: 2 }]);
    expect(await registry.location('20CD00')).toMatchObject({
      closed: { at: new Date(clock.now()).toISOString() },
    });
    const ids = async (which?: 'all') =>
      (await registry.locations(undefined, which)).map(({ id }) => id);
    expect(await ids()).toEqual(['00AP00', '16SW03']);
    expect(await ids('all')).toEqual(['00AP00', '16SW03', '20CD00']);
    // Nothing of it is removed.
    expect((await registry.device(device))?.locationId).toBe('20CD00');
    await expect(run([po(ROW_A)])).resolves.toMatchObject({ locations: { closed: [] } });
  });

  test('is not for files of pupils or boards, nor for another sector', async () => {
    await run([po(ROW_A, ROW_C)]);
    const vo = {
      name: 'vo.csv',
      bytes: po(replaced(ROW_B, { 0: 'Noord-Brabant', 14: 'HAVO' })).bytes,
    };
    const pupils = csv('ll.csv', 'BRIN NUMMER;VESTIGINGSNUMMER;TOTAAL\n16SW;3;41\n');
    expect((await run([vo, pupils, boards])).locations.closed).toEqual([]);
  });

  test('a location that is back in the files is open again, with a line', async () => {
    await run([po(ROW_A, ROW_C)]);
    await run([po(ROW_A)]);
    const plan = await run([po(ROW_A, ROW_C)]);
    expect(plan.locations.reopened).toMatchObject([{ id: '20CD00' }]);
    expect(plan.locations.added).toEqual([]);
    expect(await registry.location('20CD00')).not.toHaveProperty('closed');
    expect(await registry.lines('20CD00')).toHaveLength(1);
  });

  test('very many at once is refused until it is confirmed', async () => {
    const many = Array.from({ length: 40 }, (_, at) =>
      replaced(ROW_A, { 2: '30AA', 3: `30AA${String(at).padStart(2, '0')}` }),
    );
    await run([po(...many)]);
    const half = [po(...many.slice(0, 20))];
    expect((await run(half, { mode: 'preview' })).notes.at(-1)).toMatch(/--close-many/);
    await expect(run(half)).rejects.toMatchObject({
      code: 'bad_import',
      message: expect.stringMatching(/20 of 40 open locations .* the first 30AA20; .*--close-many/),
    });
    expect(await registry.locations(undefined)).toHaveLength(40);
    await run(half, { closeMany: true });
    expect(await registry.locations(undefined)).toHaveLength(20);
  });
});

describe('a location that goes on as another', () => {
  const NEW_CODE = replaced(ROW_A, { 2: '20CD', 3: '20CD00', 6: '12' });

  test('is proposed for a new code at the same address, and applied only when asked for', async () => {
    await run([po(ROW_A, ROW_B)]);
    const device = await enrol('16SW03');
    await registry.addOverrule(overruleOf());
    const files = [po(NEW_CODE, ROW_B)];
    const merge = { from: '16SW03', to: '20CD00', basis: 'same_address', devices: 1 };
    const preview = await run(files, { mode: 'preview' });
    expect(preview.locations.merged).toEqual([{ ...merge, applied: false }]);
    expect(preview.locations.closed).toMatchObject([{ id: '16SW03' }]);
    const plan = await run(files, { merge: 'proposed' });
    expect(plan.locations.merged).toEqual([{ ...merge, applied: true }]);
    expect(plan.locations.closed).toEqual([]);
    expect(await registry.location('16SW03')).toMatchObject({ closed: { successorId: '20CD00' } });
    // The line itself went on, in the place of the one that the new code got.
    const lines = await registry.lines('20CD00');
    expect(lines).toHaveLength(1);
    expect(await registry.device(device)).toMatchObject({
      locationId: '20CD00',
      lineId: lines[0]?.id,
    });
    expect(await registry.lines('16SW03')).toEqual([]);
    expect(await registry.overrules('20CD00')).toEqual([overruleOf({ locationId: '20CD00' })]);
    expect(await registry.overrules('16SW03')).toEqual([]);
    expect(await registry.predecessors('20CD00')).toEqual(['16SW03']);
  });

  test('can be told later too, after it was closed', async () => {
    await run([po(ROW_A, ROW_B)]);
    const device = await enrol('16SW03');
    const files = [po(NEW_CODE, ROW_B)];
    await run(files);
    clock.step(DAY_MS);
    const preview = await run(files, { mode: 'preview' });
    expect(preview.locations.merged).toMatchObject([{ from: '16SW03', applied: false }]);
    await run(files, { merge: 'proposed' });
    expect((await registry.device(device))?.locationId).toBe('20CD00');
    expect((await run(files, { mode: 'preview' })).locations.merged).toEqual([]);
  });

  test('keeps both lines where it joins one that was there, and unused codes with theirs', async () => {
    await run([po(ROW_A, ROW_B, ROW_C)]);
    const there = await enrol('20CD00');
    await registry.addEnrolmentCode('LATER', '16SW03', clock.now() + DAY_MS);
    const transitions = csv(
      'OVERGANGEN.csv',
      'NR_ADMIN_VAN,NR_ADMIN_NAAR,IND_VOLLEDIG\n16SW03,20CC00,J\n20CC00,20CD00,J\n',
    );
    const plan = await run([po(ROW_B, ROW_C), transitions], { merge: 'proposed' });
    expect(plan.locations.merged).toEqual([
      { from: '16SW03', to: '20CD00', basis: 'transition', devices: 0, applied: true },
    ]);
    const lines = await registry.lines('20CD00');
    expect(lines.map(({ name }) => name).sort()).toEqual(['hoofdlijn', 'hoofdlijn (16SW03)']);
    const device = { id: 'd', name: 'kast', position: 'off_path', publicKey: 'k' } as const;
    const late = await registry.enrol('LATER', { ...device, agentVersion: '0' }, clock.now());
    expect(late.locationId).toBe('20CD00');
    expect(late.lineId).not.toBe((await registry.device(there))?.lineId);
  });

  test('is not guessed: two newcomers in one building, or a school that was there before', async () => {
    await run([po(ROW_A, ROW_B, replaced(ROW_C, { 6: '12' }))]);
    const [one, two] = ['00', '01'].map((at) => replaced(NEW_CODE, { 2: '21EF', 3: `21EF${at}` }));
    const gone = po(ROW_B, replaced(ROW_C, { 6: '12' }));
    expect((await run([gone], { mode: 'preview' })).locations.merged).toEqual([]);
    const both = po(ROW_B, one ?? [], two ?? []);
    expect((await run([both], { mode: 'preview' })).locations.merged).toEqual([]);
    const told = [{ from: '16SW03', to: '21EF01' }];
    expect((await run([both], { mode: 'preview', merge: told })).locations.merged).toEqual([
      { from: '16SW03', to: '21EF01', basis: 'operator', devices: 0, applied: true },
    ]);
  });

  test('is not two others, nor one that goes on itself', async () => {
    await run([po(ROW_A, ROW_B, ROW_C)]);
    const vo = { name: 'vo.csv', bytes: po(replaced(ROW_B, { 3: '00AP07', 14: 'HAVO' })).bytes };
    const ask = (...pairs: readonly (readonly [string, string])[]) =>
      run([vo], { merge: pairs.map(([from, to]) => ({ from, to })) });
    await expect(ask(['16SW03', '00AP00'], ['16SW03', '20CD00'])).rejects.toThrow(
      /16SW03=20CD00: 16SW03 cannot go on as 00AP00 too/,
    );
    await expect(ask(['16SW03', '20CD00'], ['20CD00', '16SW03'])).rejects.toThrow(
      /16SW03=20CD00: 20CD00 is to go on as 16SW03 itself/,
    );
    await expect(ask(['16SW03', '20CD00'], ['20CD00', '00AP00'])).rejects.toThrow(
      /name 16SW03=00AP00/,
    );
    expect(await registry.location('00AP07')).toBeUndefined();
    const twice = await ask(['16SW03', '20CD00'], ['16SW03', '20CD00']);
    expect(twice.locations.merged).toHaveLength(1);
  });

  test.each([
    [{ from: '99ZZ99', to: '00AP00' }, /no location 99ZZ99/],
    [{ from: '00AP00', to: '20CD00' }, /00AP00 is still in the files/],
    [{ from: '16SW03', to: '99ZZ99' }, /99ZZ99 is neither in the files nor an open location/],
    [{ from: '16SW03', to: '16SW03' }, /does not go on as itself/],
  ])('that cannot be is refused: %j', async (pair, message) => {
    await run([po(ROW_A, ROW_B)]);
    const refused = run([po(NEW_CODE, ROW_B)], { merge: [pair] });
    await expect(refused).rejects.toThrow(message);
    expect((await registry.locations(undefined)).map(({ id }) => id)).toEqual(['00AP00', '16SW03']);
  });
});

test('coordinates come from a file, go with a former address, and are counted where there are none', async () => {
  const places = csv('pc.csv', 'postcode;lat;lon\n5831CR;51.6467;5.9467\n');
  const plan = await run([po(ROW_A, ROW_B), places]);
  expect(plan.locations.withoutCoordinates).toBe(1);
  const coordinates = { latitude: 51.6467, longitude: 5.9467, source: 'postcode_file' };
  expect(await registry.location('16SW03')).toMatchObject({ coordinates });
  // A file of coordinates alone locates what is known.
  const alone = await run([csv('pc.csv', 'postcode;lat;lon\n9001ZZ;53.095;5.837\n')]);
  expect(alone.locations.changed).toEqual([
    {
      ...{ id: '00AP00', name: "De Krûme Swynser; 't Hof" },
      changes: [{ field: 'coordinates', to: '53.095, 5.837 (postcode_file)' }],
    },
  ]);
  expect((await run([po(ROW_A, ROW_B)])).locations).toMatchObject({
    ...{ changed: [], withoutCoordinates: 0 },
  });
  const moved = await run([po(replaced(ROW_A, { 7: '5831 HN' }), ROW_B)]);
  expect(moved.locations.changed[0]?.changes.map(({ field }) => field)).toEqual([
    'postalCode',
    'coordinates',
  ]);
  expect(moved.locations.withoutCoordinates).toBe(1);
});

test('what was previewed is what is applied, or it is refused', async () => {
  const files = [po(ROW_A, ROW_B)];
  const expected = await run(files, { mode: 'preview' });
  await run([po(ROW_A)]);
  await expect(run(files, { expected })).rejects.toMatchObject({ code: 'conflict' });
  const again = await run(files, { mode: 'preview' });
  await run(files, { expected: again });
  expect(await registry.locations(undefined)).toHaveLength(2);
});

test('golden files of all sectors make one country', async () => {
  const names = [
    '02.-alle-schoolvestigingen-basisonderwijs.csv',
    '02.-alle-vestigingen-vo.csv',
    '09.-alle-vestigingen-sbo-so-en-vso.csv',
    '01.-leerlingen-po-soort-po-cluster-leeftijd-2025-2026.csv',
    '03.-leerlingen-vo-per-vestiging-en-bestuur-(vavo-apart)-2025.csv',
    '05.-bevoegde-gezagen.csv',
    'postcodes.csv',
  ];
  const files = names.map((name) => ({
    name,
    bytes: readFileSync(join(import.meta.dirname, 'files', name)),
  }));
  const plan = await run(files);
  expect(plan.locations.added).toHaveLength(6);
  expect(plan.coverage.map(({ sector }) => sector)).toEqual(['po', 'so', 'vo']);
  expect(plan.notes).toEqual([
    expect.stringMatching(/^pupils of 1 location/),
    expect.stringMatching(/^the pupils of 3 location/),
  ]);
  expect(await registry.location('19AB00')).toMatchObject({
    ...{ sector: 'so', pupils: 101, pupilsMargin: 2 },
  });
  expect((await run(files)).locations).toMatchObject({ added: [], changed: [], unchanged: 6 });
});

test('the whole country in seconds, and again', async () => {
  const codes = Array.from({ length: 9000 }, (_, at) => {
    const letters = String.fromCharCode(
      65 + (Math.floor(at / 2600) % 26),
      65 + (Math.floor(at / 100) % 26),
    );
    return [`1${at % 10}${letters}`, String(Math.floor(at / 10) % 10).padStart(2, '0')] as const;
  });
  const rows = codes.map(([brin, branch], at) =>
    replaced(ROW_A, {
      1: String(40_000 + (at % 900)),
      2: brin,
      3: brin + branch,
      4: `School ${at}`,
    }),
  );
  expect(new Set(rows.map((row) => row[3])).size).toBe(9000);
  const pupils = csv(
    'll.csv',
    `BRIN NUMMER;VESTIGINGSNUMMER;TOTAAL\n${codes.map(([brin, branch]) => `${brin};${branch};212`).join('\n')}\n`,
  );
  const started = performance.now();
  const first = await run([po(...rows), pupils]);
  expect(first.locations.added).toHaveLength(9000);
  const again = await run([po(...rows), pupils]);
  expect(again.locations.unchanged).toBe(9000);
  // Both take about 2 s on one core; other work may slow this machine down.
  expect(performance.now() - started).toBeLessThan(20_000);
}, 60_000);
