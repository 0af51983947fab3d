import { expect, test } from 'vitest';
import { createFormats } from '#collector/dashboard/src/i18n/formats.ts';

const nl = createFormats('nl');
const en = createFormats('en');

test('figures are written as the language writes them', () => {
  expect([nl.mbps(489.64), en.mbps(489.64)]).toEqual(['489,6', '489.6']);
  expect([nl.mbps(490), nl.norm(490), nl.norm(39.2)]).toEqual(['490,0', '490', '39,2']);
  expect([nl.integer(9000), en.integer(9000)]).toEqual(['9.000', '9,000']);
});

test('a figure just under the norm never reads as the norm', () => {
  expect(nl.mbps(489.94)).toBe('489,9');
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [161_500_000, '161,5 MB'],
  [1_250_000_000, '1,3 GB'],
])('%d bytes are %s', (bytes, text) => {
  expect(nl.bytes(bytes)).toBe(text);
});

test('times are Dutch local time, in summer and in winter', () => {
  expect(nl.dateTime('2026-07-01T22:30:00.000Z')).toBe('2 jul 2026, 00:30');
  expect(nl.dateTime('2026-01-01T22:30:00.000Z')).toBe('1 jan 2026, 23:30');
  expect(en.dateTime('2026-01-01T22:30:00.000Z')).toBe('1 Jan 2026, 23:30');
  expect(nl.date('2026-07-01T22:30:00.000Z')).toBe('2 juli 2026');
});

const NOW = Date.parse('2026-03-02T08:00:00.000Z');
test.each([
  [30_000, 'nu', 'now'],
  [-5_000, 'nu', 'now'],
  [60_000, '1 minuut geleden', '1 minute ago'],
  [3 * 3_600_000 + 59 * 60_000, '3 uur geleden', '3 hours ago'],
  [26 * 3_600_000, 'gisteren', 'yesterday'],
  [9 * 86_400_000, '9 dagen geleden', '9 days ago'],
  [400 * 86_400_000, 'vorig jaar', 'last year'],
])('%d ms ago is %s', (elapsed, dutch, english) => {
  const iso = new Date(NOW - elapsed).toISOString();
  expect(nl.relative(iso, NOW)).toBe(dutch);
  expect(en.relative(iso, NOW)).toBe(english);
});

test.each([
  [0, '0 sec', '0 secs'],
  [45_900, '45 sec', '45 secs'],
  [119_999, '1 min, 59 sec', '1 min 59 secs'],
  [3_600_000, '1 uur', '1 hr'],
  [5_400_000, '1 uur, 30 min', '1 hr 30 mins'],
  [2 * 86_400_000 + 3 * 3_600_000 + 59 * 60_000, '2 dagen, 3 uur', '2 days 3 hrs'],
])('%d ms lasts %s', (ms, dutch, english) => {
  expect(nl.duration(ms)).toBe(dutch);
  expect(en.duration(ms)).toBe(english);
});

test('what is not wholly available never reads as 100%', () => {
  expect(nl.availability(1)).toBe('100,000%');
  expect(nl.availability(0.9999999)).toBe('99,999%');
  expect([nl.month('2026-03'), en.month('2026-12')]).toEqual(['maart 2026', 'December 2026']);
});
