import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadSchemes, nearestScheme, schemeOn } from '#collector/dossiers/subsidy/schemes.ts';
import { TOEKOMSTVAST_INTERNET } from '#collector/dossiers/subsidy/toekomstvast-internet.ts';

const OWN = `
schemes:
  - id: glasvezel-2027
    name: { nl: Glasvezel voor scholen, en: Fibre for schools }
    opens: 2027-01-01
    closes: 2028-12-31
    qualifies:
      presentKinds: [copper, cable, mobile]
      newKinds: [fibre]
      downloadMbps: 1000
      uploadMbps: 1000
      deliveryMonths: 9
    brackets:
      - { upToCents: null, percent: 75.5 }
    thresholdCents: 0
    readings:
      - { id: plain, order: share_then_threshold, source: own }
    capCents: null
    jointBonus: null
    roundToCents: 100
    source: own
`;

const load = (text: string, reading = 'literal') =>
  loadSchemes({ subsidySchemes: 'own.yaml', subsidyReading: reading }, async () => text, parse);

test('an own file stands beside the worked example; the day says which one applies', async () => {
  const { all, readingOf } = await load(OWN, 'po-raad');
  expect(all.map(({ id }) => id)).toEqual(['glasvezel-2027', TOEKOMSTVAST_INTERNET.id]);
  const on = (day: string) => [schemeOn(all, day)?.id, nearestScheme(all, day)?.id];
  expect(on('2018-01-01')).toEqual([TOEKOMSTVAST_INTERNET.id, TOEKOMSTVAST_INTERNET.id]);
  expect(on('2026-01-01')).toEqual([undefined, TOEKOMSTVAST_INTERNET.id]);
  expect(on('2027-01-01')).toEqual(['glasvezel-2027', 'glasvezel-2027']);
  expect(on('2029-01-01')).toEqual([undefined, 'glasvezel-2027']);
  expect(on('2016-01-01')).toEqual([undefined, TOEKOMSTVAST_INTERNET.id]);
  expect(all.map(readingOf)).toEqual(['plain', 'po-raad']);
});

test('of two that are open the one that opened last applies', async () => {
  const later = OWN.slice(OWN.indexOf('  - id'))
    .replace('glasvezel-2027', 'b')
    .replace('opens: 2027', 'opens: 2028');
  const { all } = await load(OWN + later);
  expect(schemeOn(all, '2027-06-01')?.id).toBe('glasvezel-2027');
  expect(schemeOn(all, '2028-06-01')?.id).toBe('b');
});

test.each([
  ['no scheme', 'schemes: []', /schemes: /],
  ['no YAML', 'schemes: [', /cannot be read/],
  ['a shares that is none', OWN.replace('75.5', '120'), /schemes\.0\.brackets\.0\.percent/],
  ['three decimals', OWN.replace('75.5', '75.555'), /two decimals/],
  ['an end before the start', OWN.replace('closes: 2028', 'closes: 2026'), /is before opens/],
  [
    'brackets that fall',
    OWN.replace(
      '- { upToCents: null',
      '- { upToCents: 100, percent: 1 }\n      - { upToCents: 50, percent: 1 }\n      - { upToCents: null',
    ),
    /must rise/,
  ],
  ['a bounded last bracket', OWN.replace('upToCents: null', 'upToCents: 100'), /must rise/],
  ['an unknown key', OWN.replace('roundToCents', 'roundsTo: 5\n    roundToCents'), /roundsTo/],
  ['the same id twice', OWN + OWN.slice(OWN.indexOf('  - id')), /same id/],
])('a file with %s is refused, saying where', async (_name, text, message) => {
  await expect(load(text)).rejects.toMatchObject({
    code: 'bad_settings',
    message: expect.stringMatching(message),
  });
});

test('a reading that no scheme has is refused with those that there are', async () => {
  await expect(load(OWN, 'letterlijk')).rejects.toMatchObject({
    code: 'bad_settings',
    message: expect.stringContaining('plain, literal, po-raad'),
  });
});
