// The operator's file of school holidays: what it may be, and which days a place is without lessons.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { createCalendar } from '#collector/assessment/calendar.ts';
import { NO_HOLIDAYS, placeCalendars } from '#collector/assessment/school-holidays.ts';
import { readSchoolHolidays } from '#collector/config/school-holidays.ts';

const FILE = `
noord:
  - { name: Herfstvakantie, from: 2026-10-10, to: 2026-10-18 }
midden:
  - { name: Herfstvakantie, from: 2026-10-17, to: 2026-10-25 }
zuid:
  - { from: 2026-10-17, to: 2026-10-25 }
  - { name: Carnaval, from: 2027-02-06, to: 2027-02-14 }
everywhere:
  - { name: Kerstvakantie, from: 2026-12-19, to: 2027-01-03 }
municipalities: { Hattem: noord, Nijmegen: zuid }
`;
const load = (text: string) =>
  readSchoolHolidays({ schoolHolidays: 'v.yaml' }, { read: async () => text, parse });

test('a place has the holidays of its region, by its municipality before its province', async () => {
  const holidays = await load(FILE);
  const first = (province?: string, municipality?: string) =>
    holidays
      .at({
        ...(province === undefined ? {} : { province }),
        ...(municipality === undefined ? {} : { municipality }),
      })
      .map(({ from }) => from);
  const christmas = '2026-12-19';
  expect(first('Fryslân')).toEqual(['2026-10-10', christmas]);
  expect(first('FRIESLAND ')).toEqual(first('Noord-Holland'));
  expect(first('Gelderland', 'Ede')).toEqual(['2026-10-17', christmas]);
  expect(first('Gelderland', 'nijmegen')).toEqual(['2026-10-17', '2027-02-06', christmas]);
  expect(first('Gelderland', 'Hattem')).toEqual(['2026-10-10', christmas]);
  // Nobody knows: a day that is free anywhere may be free there.
  for (const unknown of [first(), first('Bonaire')]) expect(unknown).toHaveLength(4);
});

test('none where no file is named', async () => {
  expect(await readSchoolHolidays({ schoolHolidays: undefined })).toBe(NO_HOLIDAYS);
  expect(NO_HOLIDAYS.at({ province: 'Limburg' })).toEqual([]);
});

test('JSON is as good', async () => {
  const holidays = await load(JSON.stringify(parse(FILE)));
  expect(holidays.at({ province: 'Limburg' })).toHaveLength(3);
});

test.each([
  ['no YAML', 'noord: [', /MEETNET_SCHOOL_HOLIDAYS, v\.yaml, cannot be read/],
  ['a list', '- 1', /the file: /],
  ['a region too few', FILE.replace('zuid:', 'south:'), /zuid: .*\n.*south/s],
  ['a region without holidays', FILE.replace(/midden:\n.*\n/, 'midden: []\n'), /- midden: /],
  ['a day that is none', FILE.replace('2026-10-18', '2026-10-32'), /noord\.0\.to: must be a day/],
  ['a date turned round', FILE.replace('2026-10-18', '18-10-2026'), /noord\.0\.to: must be a day/],
  ['an end before its start', FILE.replace('2026-10-18', '2026-10-08'), /to: is before from/],
  ['a mistyped year', FILE.replace('2026-10-18', '2027-10-18'), /more than 70 days after from/],
  ['an unknown key', FILE.replace('name: Carnaval', 'naam: Carnaval'), /zuid\.1: .*naam/],
  ['an unknown region', FILE.replace('Hattem: noord', 'Hattem: oost'), /municipalities\.Hattem: /],
])('a file with %s is refused, saying where', async (_name, text, message) => {
  await expect(load(text)).rejects.toMatchObject({
    code: 'bad_settings',
    message: expect.stringMatching(message),
  });
});

test('every fault is told at once', async () => {
  const text = FILE.replace('2026-10-18', 'x').replace('2027-02-14', 'y');
  await expect(load(text)).rejects.toThrow(/noord\.0\.to: .*zuid\.1\.to: /s);
});

test('the calendar of a place is made once, and says what one made for it says', async () => {
  const holidays = await load(FILE);
  const calendarOf = placeCalendars(holidays);
  const place = fc.record({
    province: fc.constantFrom('Drenthe', 'Utrecht', 'Zeeland', 'Elders'),
    municipality: fc.constantFrom('Ede', 'Hattem', 'Nijmegen'),
  });
  fc.assert(
    fc.property(place, fc.integer({ min: 20_600, max: 20_900 }), (where, day) => {
      const calendar = calendarOf('Europe/Amsterdam', where);
      expect(calendarOf('Europe/Amsterdam', where)).toBe(calendar);
      const own = createCalendar('Europe/Amsterdam', holidays.at(where));
      expect(calendar.isSchoolDay(day)).toBe(own.isSchoolDay(day));
    }),
  );
});
