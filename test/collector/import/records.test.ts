// Rows and quotes as files have them, and what one bad row hides: nothing.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFiles } from '#collector/import/read-files.ts';
import { readRecords } from '#collector/import/records.ts';
import { commaUtf8, currentRows, ROW_A, ROW_B, semicolonCp1252 } from './duo-files.ts';

const cells = (text: string) => readRecords(text).records.map((each) => each.cells);
const read = (bytes: Uint8Array) => readFiles([{ name: 'po.csv', bytes }]);
const replaced = (row: readonly string[], changes: Readonly<Record<number, string>>) =>
  row.map((cell, at) => changes[at] ?? cell);
const text = (...lines: readonly string[]) => new TextEncoder().encode(lines.join('\n'));

describe('quotes that are not written twice', () => {
  test.each([
    ['De "Zoë" school', 'De "Zoë" school'],
    ['"De Zoë" en Zo', '"De Zoë" en Zo'],
    ['"De Zoë; locatie ""Zuid"""', 'De Zoë; locatie "Zuid"'],
    ['De Zoë 6"', 'De Zoë 6"'],
    ['""', ''],
  ])('are text in a file with semicolons: %s', (cell, expected) => {
    expect(cells(`A;B;C\n1;${cell};3\n4;5;6`)).toEqual([
      ['A', 'B', 'C'],
      ['1', expected, '3'],
      ['4', '5', '6'],
    ]);
  });

  test('are a fault in a file with commas, with line and column', () => {
    const { records, bad } = readRecords('"A","B"\n"1","De "Zoë" school"\n"3","4"\nx,De "Z"\n');
    expect(records.map(({ line }) => line)).toEqual([1, 3]);
    expect(bad).toMatchObject([
      { line: 2, cell: 1, message: expect.stringMatching(/write it twice/) },
      { line: 4, cell: 1 },
    ]);
  });
});

test.each([';', ','])('a quote that nobody closes is a fault of its own row (%s)', (by) => {
  const row = (...row: readonly string[]) => row.join(by);
  const file = [
    row('A', 'B', 'C'),
    row('1', '"De Zoë', '3'),
    row('4', '5', '6'),
    // In the same column, so that both together have as many cells as one row.
    row('7', 'De Zoë"x', '9').replace('"x', by === ';' ? '"' : ''),
    row('"a', 'b', 'c'),
    row('10', '"11', '12'),
  ].join('\n');
  const { records, bad } = readRecords(file);
  expect(records.map(({ line }) => line)).toEqual([1, 3, 4]);
  expect(bad.map(({ line, cell }) => [line, cell])).toEqual([
    [2, 1],
    [5, 0],
    [6, 1],
  ]);
});

test('cells of several lines are one, however lines end, and lines are counted on', () => {
  for (const end of ['\n', '\r\n', '\r']) {
    const file = ['A;B', '1;"De', '', 'Zoë"', ' ', ';', '2;x;y'].join(end);
    expect(readRecords(file)).toEqual({
      records: [
        { line: 1, cells: ['A', 'B'] },
        { line: 2, cells: ['1', 'De\n\nZoë'] },
      ],
      bad: [{ line: 7, message: expect.stringMatching(/has 3 cells where the header has 2/) }],
    });
  }
  expect(cells('A;B\r\n1;2\n3;4\r\n')).toEqual([
    ['A', 'B'],
    ['1', '2'],
    ['3', '4'],
  ]);
});

test('what is written as CSV is read as it was, in either of the two ways', () => {
  const cell = fc.stringMatching(/^[a-z";,\n ë]{0,6}$/);
  const table = fc
    .integer({ min: 3, max: 5 })
    .chain((width) =>
      fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 6 }),
    );
  const quoted = (each: string) => `"${each.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(table, fc.constantFrom(';', ','), fc.boolean(), (rows, by, isSparing) => {
      const header = (rows[0] ?? ['', '', '']).map((_, at) => `K${at}`);
      const write = (each: string) => (isSparing && !/[";,\n]/.test(each) ? each : quoted(each));
      const isFull = (row: readonly string[]) => row.some((each) => each.trim() !== '');
      // As many separators as in a row, across lines, are those of a row.
      const isPlain = (row: readonly string[]) =>
        !row.some((each) => each.includes('\n')) ||
        row.join('').split(by).length - 1 < header.length - 1;
      const given = rows.filter((row) => isFull(row) && isPlain(row));
      const file = [header, ...given].map((row) => row.map(write).join(by)).join('\n');
      expect(readRecords(file)).toMatchObject({ bad: [] });
      expect(cells(file)).toEqual([header, ...given]);
    }),
  );
});

test('all faults of all rows come together, by line', () => {
  const rows = currentRows(
    replaced(ROW_A, { 7: '583 CR' }),
    ROW_A.slice(0, 9),
    replaced(ROW_B, { 1: 'abc' }),
    replaced(ROW_B, { 4: '"De Krûme' }),
    replaced(ROW_B, { 2: '1' }),
  );
  const file = new TextEncoder().encode(rows.map((row) => row.join(';')).join('\r\n'));
  const told = (() => {
    try {
      read(file);
      return [];
    } catch (error) {
      return String(error).split('\n').slice(1);
    }
  })();
  expect(told).toEqual([
    expect.stringMatching(/^- line 2, column POSTCODE: "583 CR" cannot be used/),
    expect.stringMatching(/^- line 3: has 9 cells where the header has 15/),
    // Its name has a semicolon and no quotes around it.
    expect.stringMatching(/^- line 4: has 16 cells/),
    expect.stringMatching(/^- line 5, column VESTIGINGSNAAM: opens a quote that is not closed/),
    expect.stringMatching(/^- line 6: has 16 cells/),
  ]);
});

test.each([
  ['bg.csv', 'BEVOEGD GEZAG NUMMER;BEVOEGD GEZAG NAAM', '41234;A;x', '1;B'],
  ['ll.csv', 'BRIN NUMMER;VESTIGINGSNUMMER;TOTAAL', '16SW;0', '16SW;0;veel'],
  ['over.csv', 'NR_ADMIN_VAN;NR_ADMIN_NAAR', '16SW03', '16SW03;'],
  ['pc.csv', 'POSTCODE;LAT;LON', '5831CR;51', '5831CR;1;1'],
])('of %s too', (name, header, ragged, faulty) => {
  const run = () => readFiles([{ name, bytes: text(header, ragged, faulty) }]);
  expect(run).toThrow(/has 2 fault\(s\).*- line 2: has \d cells.*- line 3, column/s);
});

test.each([
  ['bg.csv', 'BEVOEGD GEZAG NUMMER;BEVOEGD GEZAG NAAM'],
  ['ll.csv', 'BRIN NUMMER;VESTIGINGSNUMMER;TOTAAL'],
  ['pc.csv', 'POSTCODE;LAT;LON'],
])('%s without rows is a fault', (name, header) => {
  expect(() => readFiles([{ name, bytes: text(header, '') }])).toThrow(/no rows follow the header/);
});

test('of very many faults those that are not listed are counted by column', () => {
  const rows = Array.from({ length: 1200 }, (_, at) => replaced(ROW_A, { 7: `x${at}` }));
  expect(() => read(semicolonCp1252(currentRows(...rows)))).toThrow(
    /has 1200 fault\(s\).*- line 1001, .*- and 200 more: 200 in column POSTCODE$/s,
  );
});

test('a name over two lines is one of one line', () => {
  const rows = currentRows(replaced(ROW_A, { 4: 'De \r\n Zoë' }), ROW_B);
  expect(read(commaUtf8(rows)).locations[0]?.name).toBe('De Zoë');
});
