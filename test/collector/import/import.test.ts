import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { importDuo } from '#collector/import/import.ts';
import type { Registry } from '#collector/registry/registry.ts';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';
import { commaUtf8, currentRows, ROW_A, ROW_B, semicolonCp1252 } from './duo-files.ts';

let folder: TemporaryFolder;
let registry: Registry;
beforeEach(async () => {
  folder = await temporaryFolder();
  const path = join(folder.path, 'registry.db');
  registry = await openSqliteRegistry({ path, clock: new FakeClock(), log: silentLog });
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const locations = { name: 'po.csv', bytes: semicolonCp1252(currentRows(ROW_A, ROW_B)) };
const boards = {
  name: 'bg.csv',
  bytes: commaUtf8([
    ['BEVOEGD GEZAG NUMMER', 'BEVOEGD GEZAG NAAM', 'KVK-NUMMER'],
    ['41234', 'Stichting Zoë', '12345678'],
    ['40505', 'Stichting Krûm', '12345679'],
    ['49999', 'Zonder locaties', '12345670'],
  ]),
};

test('imports once, changes nothing the second time, and a preview changes nothing at all', async () => {
  const preview = await importDuo(registry, { locations, boards, mode: 'preview' });
  expect(preview.counts.locations).toEqual({ added: 2, changed: 0, unchanged: 0 });
  expect(await registry.locations(undefined)).toEqual([]);
  const first = await importDuo(registry, { locations, boards, mode: 'write' });
  expect(first).toEqual(preview);
  expect(await registry.boards(undefined)).toHaveLength(2);
  const second = await importDuo(registry, { locations, boards, mode: 'write' });
  expect(second.counts).toEqual({
    boards: { added: 0, changed: 0, unchanged: 2 },
    locations: { added: 0, changed: 0, unchanged: 2 },
  });
});

test('boards without a name go by their number until a file names them, and keep that name', async () => {
  const first = await importDuo(registry, { locations, mode: 'write' });
  expect(first.unnamedBoards).toEqual(['40505', '41234']);
  expect((await registry.boards(['41234']))[0]?.name).toBe('Bevoegd gezag 41234');
  const second = await importDuo(registry, { locations, boards, mode: 'write' });
  expect(second.counts.boards).toEqual({ added: 0, changed: 2, unchanged: 0 });
  const third = await importDuo(registry, { locations, mode: 'write' });
  expect(third.counts.boards).toEqual({ added: 0, changed: 0, unchanged: 2 });
  expect((await registry.boards(['41234']))[0]?.name).toBe('Stichting Zoë');
});

test('one faulty row and nothing is imported', async () => {
  const faulty = ROW_B.map((cell, at) => (at === 7 ? '0000' : cell));
  const file = { name: 'po.csv', bytes: semicolonCp1252(currentRows(ROW_A, faulty)) };
  const run = importDuo(registry, { locations: file, mode: 'write' });
  await expect(run).rejects.toThrow(/line 3, column POSTCODE/);
  expect(await registry.locations(undefined)).toEqual([]);
});

test('a board that is twice in its file with two names is a fault', async () => {
  const rows = [
    ['BEVOEGD GEZAG NUMMER', 'BEVOEGD GEZAG NAAM'],
    ['41234', 'Een'],
    ['41234', 'Twee'],
  ];
  const file = { name: 'bg.csv', bytes: commaUtf8(rows) };
  const run = importDuo(registry, { locations, boards: file, mode: 'write' });
  await expect(run).rejects.toThrow(/line 3, column BEVOEGD GEZAG NUMMER: 41234 is on line 2 too/);
});
