import { expect, test } from 'vitest';
import { decodeFile } from '#collector/import/decode.ts';
import { parseLocations as parseTable } from '#collector/import/locations.ts';
import { readFiles } from '#collector/import/read-files.ts';
import { readTable } from '#collector/import/table.ts';
import {
  commaUtf8,
  currentRows,
  EXPECTED_A,
  EXPECTED_B,
  olderRows,
  ROW_A,
  ROW_B,
  semicolonCp1252,
} from './duo-files.ts';

const parseLocations = (name: string, bytes: Uint8Array) =>
  parseTable(readTable(name, decodeFile(name, bytes)));

const LAYOUTS = { current: currentRows, older: olderRows };
const ENCODINGS = { 'semicolons in Windows-1252': semicolonCp1252, 'commas in UTF-8': commaUtf8 };

for (const [layout, rows] of Object.entries(LAYOUTS)) {
  for (const [encoding, encode] of Object.entries(ENCODINGS)) {
    test(`reads the ${layout} layout with ${encoding}`, () => {
      const bytes = encode(rows(ROW_A, ROW_B));
      const sector = 'po';
      expect(parseLocations('po.csv', bytes)).toEqual([
        { ...EXPECTED_A, sector },
        { ...EXPECTED_B, sector },
      ]);
    });
  }
}

test('cells that are empty are absent', () => {
  const bare = ROW_A.map((cell, at) => ([0, 5, 6, 7, 8, 10].includes(at) ? ' ' : cell));
  expect(parseLocations('po.csv', semicolonCp1252(currentRows(bare)))).toEqual([
    { id: '16SW03', boardId: '41234', name: 'Basisschool De Zoë', sector: 'po' },
  ]);
});

test('a quoted line break does not shift the line numbers of later faults', () => {
  const broken = ROW_A.map((cell, at) => (at === 4 ? 'De\nZoë' : cell));
  const wrong = ROW_B.map((cell, at) => (at === 7 ? '12345' : cell));
  expect(() => parseLocations('po.csv', commaUtf8(currentRows(broken, wrong)))).toThrow(
    /line 4, column POSTCODE: "12345" cannot be used/,
  );
});

test('every fault of every row is named with its line, column and remedy, and codes use the file’s own header', () => {
  const wrong = [
    replaced(ROW_A, { 2: '1SW', 7: '583 CR' }),
    replaced(ROW_B, { 1: 'abc', 4: '' }),
    replaced(ROW_B, { 3: '99' }),
    replaced(ROW_A, { 3: '16XX03' }),
  ];
  const run = () => parseLocations('oud.csv', semicolonCp1252(olderLayout(wrong)));
  expect(run).toThrow(
    expect.objectContaining({
      code: 'bad_import',
      message: expect.stringMatching(/oud\.csv has 5 fault\(s\); nothing was imported/),
    }),
  );
  expect(run).toThrow(/line 2, column BRIN NUMMER: "1SW" is no school code/);
  expect(run).toThrow(/line 2, column POSTCODE: "583 CR"/);
  expect(run).toThrow(/line 3, column BEVOEGD GEZAG NUMMER: "abc".*4 to 6 digits/);
  expect(run).toThrow(/line 3, column VESTIGINGSNAAM: is empty; fill it in/);
  expect(run).toThrow(/line 5, column VESTIGINGSNUMMER: "16XX03" is no location of school 16SW/);
});

test('the same location twice names both lines, and in what they differ', () => {
  const other = replaced(ROW_A, { 4: 'De Zee', 7: '5831HN' });
  const bytes = commaUtf8(currentRows(ROW_A, ROW_B, ROW_A, other));
  const run = () => parseLocations('po.csv', bytes);
  expect(run).toThrow(
    /line 4, column VESTIGINGSCODE: location 16SW03 is on line 2 too, and the same; remove/,
  );
  expect(run).toThrow(/line 5, .* on line 2 too, with another VESTIGINGSNAAM, POSTCODE; remove/);
});

test('text that is part UTF-8 and part not is a fault of its line, not a spoilt name', () => {
  const rows = currentRows(ROW_A, ROW_B).map((row) => row.join(','));
  const [header, a, b] = rows.map((row) => Buffer.from(`${row}\n`, 'utf8'));
  const latin = Buffer.from(`${rows[2]}\n`, 'latin1');
  const mixed = Buffer.concat([header ?? latin, a ?? latin, latin, b ?? latin]);
  expect(() => decodeFile('po.csv', mixed)).toThrow(
    /po\.csv has 1 fault.*line 3: is not in UTF-8, and other text of the file is/s,
  );
  const marked = Buffer.concat([Buffer.from('\uFEFFA\n'), Buffer.from([0x42, 0xff])]);
  expect(() => decodeFile('po.csv', marked)).toThrow(/line 2: is not in UTF-8/);
  // All of Windows-1252 that a name may have; none of it is Ã.
  const odd = Buffer.from([0x80, 0x93, 0xc9, 0x92, 0xe9, 0x27]);
  expect(decodeFile('po.csv', odd)).toBe("€“É’é'");
});

test('a column that is not there, or not under its name, is told and takes nothing away', () => {
  const [header = [], row = []] = currentRows(ROW_A);
  const mistyped = header.map((name) => (name === 'POSTCODE' ? 'POSTCDOE' : name));
  const cut = [mistyped, row].map((cells) => cells.slice(1));
  const facts = readFiles([{ name: 'po.csv', bytes: semicolonCp1252(cut) }]);
  expect(facts.notes).toEqual([
    'po.csv has no column POSTCODE, PROVINCIE; what is known of them stays',
  ]);
  expect(facts.locations[0]).not.toHaveProperty('postalCode');
});

test('locations with a count of pupils in a column of their own are both', () => {
  const rows = currentRows(ROW_A, ROW_B).map((row, at) => [...row, at === 0 ? 'Totaal' : '212']);
  const { locations, pupils } = readFiles([{ name: 'po.csv', bytes: semicolonCp1252(rows) }]);
  expect(locations.map(({ id }) => id)).toEqual(['16SW03', '00AP00']);
  expect(pupils.get('00AP00')).toEqual({ least: 212, most: 212 });
});

test('a file of another kind is told from a faulty one', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const read = (name: string, content: Uint8Array) => readFiles([{ name, bytes: content }]);
  expect(() => read('x.csv', bytes('naam;plaats\nA;B\n'))).toThrow(
    /line 1: is the header of no file that can be imported: locations \(INSTELLINGSCODE.* It has NAAM, PLAATS/,
  );
  expect(() => read('x.csv', bytes('BRIN NUMMER;INSTELLINGSNAAM\n16SW;A\n'))).toThrow(
    /give DUO's file of all locations/,
  );
  expect(() => parseLocations('x.csv', bytes('naam;plaats\nA;B\n'))).toThrow(
    /column INSTELLINGSCODE: is missing \(older files call it BRIN NUMMER.*the header has NAAM, PLAATS/,
  );
  expect(() => read('x.csv', new Uint8Array())).toThrow(/x\.csv is empty/);
  expect(() => read('x.xlsx', bytes('PK\u0003\u0004'))).toThrow(/save it as CSV/);
  expect(() => read('x.csv', Uint8Array.of(0xff, 0xfe, 0x41, 0))).toThrow(/UTF-8 or/);
  expect(() => read('x.csv', commaUtf8(currentRows()))).toThrow(/no rows follow/);
});

test('ragged rows and open quotes are faults with their line', () => {
  const rows = currentRows(ROW_A, ROW_B.slice(0, 9));
  expect(() => parseLocations('po.csv', commaUtf8(rows))).toThrow(
    /line 3: has 9 cells where the header has 15/,
  );
  const open = Buffer.concat([commaUtf8(currentRows(ROW_A)), Buffer.from('"oops')]);
  expect(() => parseLocations('po.csv', open)).toThrow(
    /line 3, column PROVINCIE: opens a quote that is not closed/,
  );
});

function replaced(row: readonly string[], cells: Readonly<Record<number, string>>): string[] {
  return row.map((cell, at) => cells[at] ?? cell);
}

/** The older header over rows that are given as they are, cut to its width. */
function olderLayout(rows: readonly (readonly string[])[]): string[][] {
  const [header = []] = olderRows();
  return [header, ...rows.map((row) => row.slice(0, header.length))];
}
