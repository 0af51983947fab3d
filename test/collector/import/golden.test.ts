// Whole files as DUO publishes them: its headers, separators, quotes and encodings, few rows.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeFile } from '#collector/import/decode.ts';
import { kindOf } from '#collector/import/file-kind.ts';
import { pupilsOf } from '#collector/import/pupils.ts';
import { readFiles } from '#collector/import/read-files.ts';
import { readTable } from '#collector/import/table.ts';

const PO = '02.-alle-schoolvestigingen-basisonderwijs.csv';
const VO = '02.-alle-vestigingen-vo.csv';
const SO = '09.-alle-vestigingen-sbo-so-en-vso.csv';
const OLDER = 'alle-schoolvestigingen-basisonderwijs-2018.csv';
const OLDER_UTF8 = 'alle-schoolvestigingen-basisonderwijs-2018-utf8.csv';
const PUPILS_PO = '01.-leerlingen-po-soort-po-cluster-leeftijd-2025-2026.csv';
const PUPILS_BO_OLDER = 'leerlingen-bo-per-vestiging-2016.csv';
const PUPILS_VO = '03.-leerlingen-vo-per-vestiging-en-bestuur-(vavo-apart)-2025.csv';
const PUPILS_VO_BY_YEAR = '01.-leerlingen-vo-per-vestiging-naar-onderwijstype-2025.csv';
const BOARDS = '05.-bevoegde-gezagen.csv';
const TRANSITIONS = 'OVERGANGEN_20250901.csv';

const file = (name: string) => ({
  name: `/downloads/${name}`,
  bytes: readFileSync(join(import.meta.dirname, 'files', name)),
});
const read = (...names: string[]) => readFiles(names.map(file));
const pupilsIn = (...names: string[]) =>
  Object.fromEntries([...read(...names).pupils].map(([id, count]) => [id, pupilsOf(count)]));

test.each([
  [PO, 'locations'],
  [VO, 'locations'],
  [SO, 'locations'],
  [OLDER, 'locations'],
  [OLDER_UTF8, 'locations'],
  [PUPILS_PO, 'pupils'],
  [PUPILS_BO_OLDER, 'pupils'],
  [PUPILS_VO, 'pupils'],
  [PUPILS_VO_BY_YEAR, 'pupils'],
  [BOARDS, 'boards'],
  [TRANSITIONS, 'transitions'],
  ['postcodes.csv', 'postcodes'],
  ['postcodes-rd.csv', 'postcodes'],
])('%s is told by its header to be of %s', (name, kind) => {
  const { bytes } = file(name);
  expect(kindOf(readTable(name, decodeFile(name, bytes)))).toBe(kind);
});

test('both layouts in both encodings say the same of primary schools', () => {
  const expected = [
    {
      id: '16SW00',
      boardId: '41234',
      name: 'Basisschool De Zoë',
      street: 'Kerkstraat',
      houseNumber: '12-a',
      postalCode: '5831CR',
      city: 'BOXMEER',
      municipality: 'LAND VAN CUIJK',
      province: 'Noord-Brabant',
      sector: 'po',
    },
    expect.objectContaining({ id: '16SW03', name: 'De Zoë, locatie "Zuid"', postalCode: '5831HN' }),
    expect.objectContaining({ name: "De Krûme Swynser; 't Hof", province: 'Fryslân' }),
  ];
  for (const name of [PO, OLDER, OLDER_UTF8]) expect(read(name).locations).toEqual(expected);
});

test('secondary and special schools are told by a column, or by the name of the file', () => {
  const sectors = (name: string) => read(name).locations.map(({ id, sector }) => [id, sector]);
  expect(sectors(VO)).toEqual([
    ['02QZ00', 'vo'],
    ['02QZ01', 'vo'],
  ]);
  expect(sectors(SO)).toEqual([['19AB00', 'so']]);
  const unnamed = readFiles([{ name: 'x.csv', bytes: file(SO).bytes }]);
  expect(unnamed.locations[0]?.sector).toBeUndefined();
  expect(unnamed.notes[0]).toMatch(/x\.csv: .* nothing is closed by it; give --sector/);
  const told = readFiles([{ name: 'x.csv', bytes: file(SO).bytes }], 'so');
  expect(told.locations[0]?.sector).toBe('so');
  expect(told.notes).toEqual([]);
  // What files say goes before what is told of those that say nothing.
  const all = readFiles([file(PO), file(VO), { name: 'x.csv', bytes: file(SO).bytes }], 'so');
  expect(all.locations.map(({ sector }) => sector)).toEqual(['po', 'po', 'po', 'vo', 'vo', 'so']);
});

test('pupils of primary schools: rows added up, hidden counts as a margin, a total where there is one', () => {
  expect(pupilsIn(PUPILS_PO)).toEqual({
    // 190 and one hidden count of 1 to 4.
    '16SW00': { pupils: 193, pupilsMargin: 2 },
    '16SW03': { pupils: 81 },
    '00AP00': { pupils: 37, pupilsMargin: 5 },
    // Two kinds of education in one building.
    '19AB00': { pupils: 101, pupilsMargin: 2 },
    '99ZZ00': { pupils: 80 },
  });
  expect(pupilsIn(PUPILS_BO_OLDER)).toEqual({
    '16SW00': { pupils: 192 },
    '16SW03': { pupils: 81 },
  });
});

test('pupils of secondary schools: without those sent out to vavo; of two files the one that hides least', () => {
  expect(pupilsIn(PUPILS_VO)).toEqual({ '02QZ00': { pupils: 1240 }, '02QZ01': { pupils: 311 } });
  expect(pupilsIn(PUPILS_VO_BY_YEAR)).toEqual({
    '02QZ00': { pupils: 1171, pupilsMargin: 2 },
    '02QZ01': { pupils: 216, pupilsMargin: 2 },
  });
  const both = pupilsIn(PUPILS_VO_BY_YEAR, PUPILS_VO);
  expect(both['02QZ00']).toEqual({ pupils: 1240 });
});

test('of the overgangen, current and whole ones between locations count', () => {
  expect(read(TRANSITIONS).transitions).toEqual([{ from: '16SW03', to: '20CD00' }]);
});

test('everything together in one import', () => {
  const facts = read(PO, VO, SO, PUPILS_PO, PUPILS_VO, BOARDS, TRANSITIONS, 'postcodes.csv');
  expect(facts.locations).toHaveLength(6);
  expect(facts.boards.map(({ name }) => name)).toContain('Stichting Krûm');
  expect(facts.pupils.size).toBe(7);
});

test('the faults of all files come together, and a location in two files is one', () => {
  const broken = { name: 'kapot.csv', bytes: new TextEncoder().encode('naam\nx\n') };
  const rows = new TextDecoder('windows-1252').decode(file(PO).bytes).replace('5831 CR', '5831');
  const faulty = { name: 'po.csv', bytes: Buffer.from(rows, 'latin1') };
  const run = () => readFiles([broken, faulty, file(PO), file(OLDER)]);
  expect(run).toThrow(expect.objectContaining({ code: 'bad_import' }));
  expect(run).toThrow(/kapot\.csv has 1 fault.*po\.csv has 1 fault.*column POSTCODE: "5831"/s);
  expect(run).toThrow(
    /2018\.csv .*3 location\(s\) are also in \S+basisonderwijs\.csv, the first 16SW00/s,
  );
});

test('rows of several years are no count of one', () => {
  const text =
    'INSTELLINGSCODE;VESTIGINGSCODE;PEILJAAR;AANTAL_LEERLINGEN\n16SW;00;2024;5\n16SW;00;2025;6\n';
  const run = () => readFiles([{ name: 'x.csv', bytes: new TextEncoder().encode(text) }]);
  expect(run).toThrow(/column PEILJAAR: has rows of 2024, 2025; give a file of one/);
});

test('a count that is none names its cell', () => {
  const text = 'BRIN NUMMER;VESTIGINGSNUMMER;TOTAAL\n16SW;0;veel\n16S;0;4\n';
  const run = () => readFiles([{ name: 'x.csv', bytes: new TextEncoder().encode(text) }]);
  expect(run).toThrow(/line 2, column TOTAAL: "veel" is no count; it is a whole number, <5, or/);
  expect(run).toThrow(/line 3, column BRIN NUMMER: "16S" is no school code/);
});
