// CSV read back by a parser that is not ours.
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvPieces, type DecimalMark } from '#collector/planning/export/csv.ts';
import type { Cell, FlatSheet } from '#collector/planning/export/sheet.ts';

const sheet = (rows: readonly (readonly Cell[])[]): FlatSheet => ({
  name: 'Blad',
  headers: ['Naam', 'Aantal', 'Bedrag (€)', 'Datum'],
  kinds: ['text', 'decimal', 'money', 'date'],
  rows,
});
const textOf = (flat: FlatSheet, decimal: DecimalMark = 'point') =>
  [...csvPieces(flat, decimal)].join('');

test('a byte order mark, CRLF, quotes where needed, euros with two decimals', () => {
  const rows = [
    ['De Krûme Swynser; "t Hof", a', 1.5, 2500, '2026-03-29'],
    [null, -3, 0.1, null],
  ];
  expect(textOf(sheet(rows))).toBe(
    '\uFEFFNaam,Aantal,Bedrag (€),Datum\r\n' +
      '"De Krûme Swynser; ""t Hof"", a",1.5,2500.00,2026-03-29\r\n' +
      ',-3,0.10,\r\n',
  );
  expect(textOf(sheet(rows), 'comma')).toBe(
    '\uFEFFNaam;Aantal;Bedrag (€);Datum\r\n' +
      '"De Krûme Swynser; ""t Hof"", a";1,5;2500,00;2026-03-29\r\n' +
      ';-3;0,10;\r\n',
  );
});

test('text that a spreadsheet would run stands as text; numbers are left alone', () => {
  const evil = ['=1+1', '+31', '-2', '@SUM(A1)', '\t=1', '\r=1', '＝1+1', '=cmd|"/c calc"!A1'];
  const rows: string[][] = parse(textOf(sheet(evil.map((text) => [text, -2, 1, null]))), {
    ...{ bom: true, from_line: 2 },
  });
  expect(rows.map(([text]) => text)).toEqual(evil.map((text) => `'${text}`));
  expect(rows.every(([, number]) => number === '-2')).toBe(true);
});

test('a column of percents says so: 40 for two fifths, in hundredths at most', () => {
  const flat: FlatSheet = {
    ...{ name: 'Blad', headers: ['Tekort (%)', 'Aandeel'], kinds: ['percent', 'share'] },
    rows: [
      [0.4, 0.4],
      [0.8079, 0.8079],
      [0.0057, 1],
      [null, null],
    ],
  };
  expect(textOf(flat, 'comma').split('\r\n').slice(1)).toEqual([
    ...['40;0,4', '80,79;0,8079', '0,57;1', ';', ''],
  ]);
});

test('whatever is written is read back the same', () => {
  const cell = fc.oneof(fc.string(), fc.constantFrom('a;b', 'a,b', '"', '\r\n', ' x ', ''));
  const row = fc.tuple(
    cell,
    fc.integer(),
    fc.integer().map((cents) => cents / 100),
    cell,
  );
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 1200 }),
      fc.constantFrom<DecimalMark>('point', 'comma'),
      (rows, decimal) => {
        const read: string[][] = parse(textOf(sheet(rows), decimal), {
          ...{ bom: true, delimiter: decimal === 'comma' ? ';' : ',' },
        });
        const plain = (text: string) => (/^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text);
        expect(read.slice(1)).toEqual(
          rows.map(([name, count, euros, date]) => [
            plain(name),
            String(count),
            decimal === 'comma' ? euros.toFixed(2).replace('.', ',') : euros.toFixed(2),
            plain(date),
          ]),
        );
      },
    ),
    { numRuns: 60 },
  );
});
