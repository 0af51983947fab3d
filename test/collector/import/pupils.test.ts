// Counts of pupils: what is hidden or empty is never 0, and of several years the newest holds.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pupilsOf } from '#collector/import/pupils.ts';
import { readFiles } from '#collector/import/read-files.ts';

const file = (name: string, ...lines: readonly string[]) => ({
  name,
  bytes: new TextEncoder().encode(`${lines.join('\n')}\n`),
});
const AGES = 'INSTELLINGSCODE;VESTIGINGSCODE;SOORT_PO;LEEFTIJD_4;LEEFTIJD_5;TOTAAL';
const ages = (...rows: readonly string[]) => file('leerlingen.csv', AGES, ...rows);
const pupilsIn = (...files: Parameters<typeof readFiles>[0]) =>
  Object.fromEntries([...readFiles(files).pupils].map(([id, count]) => [id, pupilsOf(count)]));

test.each(['', '-', ' - '])('a count of %j is unknown, and no 0', (cell) => {
  expect(
    pupilsIn(ages(`16SW;00;BO;20;${cell};${cell}`, `16SW;01;BO;20;${cell};25`, '16SW;02;BO;9;8;')),
  ).toEqual({ '16SW01': { pupils: 25 }, '16SW02': { pupils: 17 } });
});

test('a location is unknown as soon as one of its rows is, and the preview says so', () => {
  const facts = readFiles([ages('16SW;00;BO;20;21;41', '16SW;00;SBO;-;-;-', '16SW;01;BO;0;0;0')]);
  expect([...facts.pupils.keys()]).toEqual(['16SW01']);
  expect(facts.notes).toEqual([
    expect.stringMatching(
      /^leerlingen\.csv does not say .* 1 location\(s\) have, the first 16SW00/,
    ),
  ]);
});

test('a hidden total is known better from its parts, and the other way round', () => {
  expect(pupilsIn(ages('16SW;00;BO;0;3;<5', '16SW;01;BO;<5;<5;7', '16SW;02;BO;<5;-;< 5'))).toEqual({
    '16SW00': { pupils: 3 },
    '16SW01': { pupils: 7 },
    '16SW02': { pupils: 3, pupilsMargin: 2 },
  });
});

test('whatever is hidden, the true count lies within the margin', () => {
  const cell = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.boolean());
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }), (rows) => {
      const shown = ([n, hide]: readonly [number, boolean]) =>
        hide && n >= 1 && n <= 4 ? '<5' : String(n);
      const read = pupilsIn(
        file(
          'leerlingen.csv',
          'INSTELLINGSCODE;VESTIGINGSCODE;SOORT_PO;LEEFTIJD_4;LEEFTIJD_5',
          ...rows.map(([a, b], at) => `16SW;00;${at};${shown(a)};${shown(b)}`),
        ),
      )['16SW00'];
      const truth = rows.reduce((sum, [[a], [b]]) => sum + a + b, 0);
      expect(Math.abs((read?.pupils ?? Number.NaN) - truth)).toBeLessThanOrEqual(
        read?.pupilsMargin ?? 0,
      );
    }),
  );
});

test('what is no count, or far too many, names its cell', () => {
  const run = () =>
    pupilsIn(ages('16SW;00;BO;1.240;x;1240,0', '16SW;01;BO;1;1;99999999999999999999'));
  expect(run).toThrow(
    /line 2, column LEEFTIJD 4: "1\.240" is no count; it is a whole number, <5, or/,
  );
  expect(run).toThrow(/line 2, column LEEFTIJD 5: "x" is no count/);
  expect(run).toThrow(/line 2, column TOTAAL: "1240,0" is no count/);
  expect(run).toThrow(/line 3, column TOTAAL: "9+" is no count/);
});

test('a row that is there twice is not counted twice', () => {
  const run = () =>
    pupilsIn(ages('16SW;00;BO;20;21;41', '16SW;01;BO;1;1;2', '16SW;00;BO;20;21;41'));
  expect(run).toThrow(/line 4: is the same as line 2, and would be counted twice/);
});

const HEADER = 'BRIN NUMMER;VESTIGINGSNUMMER;PEILJAAR;TOTAAL';
const UNDATED = 'BRIN NUMMER;VESTIGINGSNUMMER;TOTAAL';

test('of two years the newest holds, in whichever order, and the preview says so', () => {
  const files = [
    file('oud.csv', HEADER, '16SW;0;2024;41', '16SW;1;2024;12'),
    file('leerlingen-2025-2026.csv', UNDATED, '16SW;0;<5'),
  ];
  for (const order of [files, files.toReversed()]) {
    expect(pupilsIn(...order)).toEqual({
      '16SW00': { pupils: 3, pupilsMargin: 2 },
      '16SW01': { pupils: 12 },
    });
    expect(readFiles(order).notes).toEqual([
      'the pupils of 1 location(s) are in files of 2024 too; those of 2025, the newest, are taken',
    ]);
  }
});

test('an empty count of the newest year leaves that of the year before', () => {
  const files = [file('a.csv', HEADER, '16SW;0;2024;41'), file('b.csv', HEADER, '16SW;0;2025;-')];
  expect(pupilsIn(...files)).toEqual({ '16SW00': { pupils: 41 } });
});

test.each([
  [UNDATED, '16SW;0;42', 'undated, while the other has a year'],
  [HEADER, '16SW;0;2024;42', 'of the same year'],
])(
  'two files that count otherwise are a fault where nothing tells which holds: %s %s (%s)',
  (header, row) => {
    const run = () =>
      readFiles([
        file('a.csv', HEADER, '16SW;0;2024;41', '16SW;1;2024;7'),
        file('b.csv', header, row, row.replace('SW;0', 'SW;1').replace('42', '7')),
      ]);
    expect(run).toThrow(
      /b\.csv has 1 fault.*line 1: counts 1 location\(s\) otherwise than a\.csv, the first 16SW00, 41 and 42 pupils; give one of the files, or its year/s,
    );
  },
);

test('undated files that do not contradict one another go together', () => {
  const files = [file('a.csv', UNDATED, '16SW;0;<5'), file('b.csv', UNDATED, '16SW;0;3')];
  expect(pupilsIn(...files)).toEqual({ '16SW00': { pupils: 3 } });
});
