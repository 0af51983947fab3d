import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCalendar } from '#collector/assessment/calendar.ts';

const at = (iso: string) => Date.parse(iso);
const dayOf = (date: string) => at(`${date}T00:00:00Z`) / 86_400_000;
const amsterdam = createCalendar('Europe/Amsterdam');
const NIGHT = { fromHour: 1, toHour: 5 };

describe('local days', () => {
  test('begin at local midnight, winter and summer', () => {
    expect(amsterdam.dayOf(at('2026-01-14T22:59:59.999Z'))).toBe(dayOf('2026-01-14'));
    expect(amsterdam.dayOf(at('2026-01-14T23:00:00Z'))).toBe(dayOf('2026-01-15'));
    expect(amsterdam.dayOf(at('2026-07-14T21:59:59Z'))).toBe(dayOf('2026-07-14'));
    expect(amsterdam.dayOf(at('2026-07-14T22:00:00Z'))).toBe(dayOf('2026-07-15'));
  });

  test('agree with Intl at any moment, in zones of any offset', () => {
    const zones = ['Europe/Amsterdam', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
    for (const timeZone of zones) {
      const calendar = createCalendar(timeZone);
      const format = new Intl.DateTimeFormat('sv-SE', {
        timeZone,
        dateStyle: 'short',
        timeStyle: 'medium',
      });
      const years = { min: at('2024-01-01T00:00:00Z'), max: at('2031-01-01T00:00:00Z') };
      fc.assert(
        fc.property(fc.integer(years), (moment) => {
          const [date = '', time = ''] = format.format(moment).split(' ');
          expect(calendar.dayOf(moment)).toBe(dayOf(date));
          const fromHour = Number(time.slice(0, 2));
          expect(calendar.isWithin(moment, { fromHour, toHour: fromHour + 1 })).toBe(true);
        }),
        { numRuns: 300 },
      );
    }
  });
});

describe('hours', () => {
  test('begin with the first and end before the last', () => {
    expect(amsterdam.isWithin(at('2026-01-14T00:00:00Z'), NIGHT)).toBe(true);
    expect(amsterdam.isWithin(at('2026-01-13T23:59:59.999Z'), NIGHT)).toBe(false);
    expect(amsterdam.isWithin(at('2026-01-14T03:59:59.999Z'), NIGHT)).toBe(true);
    expect(amsterdam.isWithin(at('2026-01-14T04:00:00Z'), NIGHT)).toBe(false);
  });

  test('follow the clock through both changes of the year', () => {
    // 29 March: 01:59 CET is followed by 03:00 CEST. 25 October: 02:00–03:00 comes twice.
    expect(amsterdam.isWithin(at('2026-03-29T02:59:00Z'), NIGHT)).toBe(true);
    expect(amsterdam.isWithin(at('2026-03-29T03:00:00Z'), NIGHT)).toBe(false);
    expect(amsterdam.isWithin(at('2026-10-24T23:00:00Z'), NIGHT)).toBe(true);
    expect(amsterdam.isWithin(at('2026-10-25T03:59:00Z'), NIGHT)).toBe(true);
    expect(amsterdam.isWithin(at('2026-10-25T04:00:00Z'), NIGHT)).toBe(false);
  });

  test('may pass midnight, and may be none', () => {
    const late = { fromHour: 22, toHour: 5 };
    expect(amsterdam.isWithin(at('2026-01-14T22:00:00Z'), late)).toBe(true);
    expect(amsterdam.isWithin(at('2026-01-14T02:00:00Z'), late)).toBe(true);
    expect(amsterdam.isWithin(at('2026-01-14T12:00:00Z'), late)).toBe(false);
    const none = { fromHour: 3, toHour: 3 };
    expect(amsterdam.isWithin(at('2026-01-14T02:30:00Z'), none)).toBe(false);
    const all = { fromHour: 0, toHour: 24 };
    expect(amsterdam.isWithin(at('2026-01-14T23:30:00Z'), all)).toBe(true);
  });
});

describe('school days', () => {
  test('are Monday to Friday', () => {
    const week = ['2026-03-16', '2026-03-17', '2026-03-18', '2026-03-19', '2026-03-20'];
    for (const date of week) expect(amsterdam.isSchoolDay(dayOf(date))).toBe(true);
    expect(amsterdam.isSchoolDay(dayOf('2026-03-21'))).toBe(false);
    expect(amsterdam.isSchoolDay(dayOf('2026-03-22'))).toBe(false);
    expect(amsterdam.isSchoolDay(dayOf('1969-12-30'))).toBe(true);
  });

  test('are not the days of a holiday, both ends included', () => {
    const calendar = createCalendar('Europe/Amsterdam', [{ from: '2026-04-27', to: '2026-05-08' }]);
    expect(calendar.isSchoolDay(dayOf('2026-04-24'))).toBe(true);
    expect(calendar.isSchoolDay(dayOf('2026-04-27'))).toBe(false);
    expect(calendar.isSchoolDay(dayOf('2026-05-08'))).toBe(false);
    expect(calendar.isSchoolDay(dayOf('2026-05-11'))).toBe(true);
  });
});

test('what is no zone and no date is refused', () => {
  expect(() => createCalendar('Europe/Boxmeer')).toThrow(RangeError);
  const holidays = [{ from: '27 april', to: '2026-05-08' }];
  expect(() => createCalendar('Europe/Amsterdam', holidays)).toThrow(/'27 april' is no date/);
});
