// The workbook, opened by a reader that is not the writer.
import { Buffer } from 'node:buffer';
import { setTimeout as delay } from 'node:timers/promises';
import readExcelFile from 'read-excel-file/node';
import { expect, test } from 'vitest';
import { type FlatSheet, flatten, type Sheet } from '#collector/planning/export/sheet.ts';
import { writeXlsx } from '#collector/planning/export/xlsx.ts';

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly at: string | null;
  readonly cents: number | null;
  readonly share: number;
  readonly pupils: number;
  readonly ids: readonly string[];
}

const SHEET: Sheet<Row> = {
  name: { nl: 'Planning', en: 'Plan' },
  columns: [
    { header: { nl: 'Naam', en: 'Name' }, kind: 'text', value: ({ name }) => name },
    {
      header: { nl: 'Lijn', en: 'Line' },
      kind: 'term',
      value: ({ kind }) => kind,
      terms: { copper: { nl: 'koper', en: 'copper' } },
    },
    { header: { nl: 'Datum', en: 'Date' }, kind: 'date', value: ({ at }) => at },
    { header: { nl: 'Bedrag (€)', en: 'Amount (€)' }, kind: 'money', value: ({ cents }) => cents },
    { header: { nl: 'Aandeel', en: 'Share' }, kind: 'share', value: ({ share }) => share },
    { header: { nl: 'Leerlingen', en: 'Pupils' }, kind: 'count', value: ({ pupils }) => pupils },
    { header: { nl: 'Welke', en: 'Which' }, kind: 'text', value: ({ ids }) => ids },
  ],
  rows: [
    {
      ...{ name: '=HYPERLINK("x") & <b> \'t Hof û', kind: 'copper', cents: 123_456, share: 0.8083 },
      // Half past midnight in Amsterdam, the day before in UTC.
      ...{ at: '2026-03-28T23:30:00.000Z', pupils: 41, ids: ['16SW03', '16SW04'] },
    },
    {
      ...{ name: '0123\u0000\uD800', kind: 'tin', at: null, cents: null, share: 0, pupils: 0 },
      ids: [],
    },
  ],
};

test('numbers are numbers, dates are dates, text is text; in both languages', async () => {
  const bytes = await writeXlsx([flatten(SHEET, 'nl'), flatten(SHEET, 'en')]);
  const sheets = await readExcelFile(Buffer.from(bytes));
  expect(sheets.map(({ sheet }) => sheet)).toEqual(['Planning', 'Plan']);
  const day = new Date('2026-03-29T00:00:00Z');
  const first = (line: string) => [
    ...['=HYPERLINK("x") & <b> \'t Hof û', line, day, 1234.56, 0.8083, 41, '16SW03 · 16SW04'],
  ];
  // What XML has no way to write is gone.
  const second = ['0123', 'tin', null, null, 0, 0, null];
  const [dutch, english] = sheets;
  expect(dutch?.data).toEqual([
    ['Naam', 'Lijn', 'Datum', 'Bedrag (€)', 'Aandeel', 'Leerlingen', 'Welke'],
    first('koper'),
    second,
  ]);
  expect(english?.data.slice(1)).toEqual([first('copper'), second]);
});

test('the loop goes on while 9,000 locations are written', { timeout: 60_000 }, async () => {
  const big: FlatSheet = {
    name: 'Planning',
    headers: Array.from({ length: 42 }, (_, at) => `Kolom ${at}`),
    kinds: Array.from({ length: 42 }, (_, at) => (at < 14 ? 'text' : 'decimal')),
    rows: Array.from({ length: 9000 }, (_, row) =>
      Array.from({ length: 42 }, (_, at) => (at < 14 ? `tekst ${row % 97} ${at}` : row + at / 4)),
    ),
  };
  let turns = 0;
  let done = false;
  const writing = writeXlsx([big]).finally(() => {
    done = true;
  });
  while (!done) {
    await delay(10);
    turns += 1;
  }
  const bytes = await writing;
  // It takes more than a second; on this thread that would be three or four turns in all.
  expect(turns).toBeGreaterThan(20);
  const [sheet] = await readExcelFile(Buffer.from(bytes));
  expect(sheet?.data).toHaveLength(9001);
  expect(sheet?.data[9000]?.[41]).toBe(8999 + 41 / 4);
});

test('a workbook that cannot be written rejects', async () => {
  const broken = { ...flatten(SHEET, 'nl'), name: 'a/b:c' };
  await expect(writeXlsx([broken])).rejects.toMatchObject({ code: 'internal_error' });
});
