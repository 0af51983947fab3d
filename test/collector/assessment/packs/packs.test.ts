// Others' rules at their boundaries, from measurements to outcome, in the golden cases' notation.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCalendar } from '#collector/assessment/calendar.ts';
import { judgeByPack, type PackVerdict } from '#collector/assessment/packs/pack.ts';
import { packNamed, RULE_PACKS } from '#collector/assessment/packs/packs.ts';
import { toEvidence } from '#collector/assessment/to-evidence.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { pass, testArbitrary } from '#test/collector/assessment/evidence-samples.ts';
import { measurementsOf } from '#test/scenarios/notation.ts';

function judged(name: string, tests: readonly string[]): PackVerdict {
  const pack = packNamed(name);
  if (pack === undefined) throw new Error(`no pack ${name}`);
  const calendar = createCalendar(NORM_500_40.timeZone);
  const evidence = toEvidence(
    measurementsOf(tests).sort((a, b) => a.startedAt - b.startedAt),
    { calendar, devices: [], plannedPerDay: 2 },
    NORM_500_40,
  );
  return judgeByPack(pack, evidence.tests, NORM_500_40);
}

/** Ten tests a day, 11 minutes apart. */
const tenADay = (days: string, figures: string) =>
  Array.from(
    { length: 10 },
    (_, i) => `d${days} 01:${String(5 + 5 * i).padStart(2, '0')} ${figures}`,
  );

describe.each([
  ['acm', 'eight of ten', ['d1-8 03:10 530/42', 'd9-10 03:10 300/42'], 'meets'],
  ['acm', 'seven of ten', ['d1-7 03:10 530/42', 'd8-10 03:10 300/42'], 'short'],
  ['acm', 'nine tests', ['d1-9 03:10 300/42'], 'undecided'],
  ['acm', 'only the newest ten', ['d1-10 03:10 300/42', 'd11-20 03:10 530/42'], 'meets'],
  ['acm', 'one an hour counts', ['d1-9 03:10 530/42', 'd9 03:20 300/42'], 'undecided'],
  ['acm', 'by Wi-Fi', ['d1-10 03:10 300/42 wifi'], 'undecided'],
  ['acm', 'the tolerance is the norm’s', ['d1-10 03:10 490/39.2'], 'meets'],
  ['acm', 'upload alone falls short', ['d1-10 03:10 530/39.1'], 'short'],
  [
    'german',
    '27 of 30 in a row',
    ['d1-27 03:10 530/42', 'd28 03:10 470/42', 'd28 03:20 470/42', 'd28 03:30 470/42'],
    'meets',
  ],
  [
    'german',
    '26 of 30 in a row',
    ['d1-26 03:10 530/42', 'd27-28 03:10 470/42', 'd28 03:20 470/42', 'd28 03:30 470/42'],
    'short',
  ],
  ['german', '29 tests', ['d1-28 03:10 300/42', 'd28 03:20 300/42'], 'undecided'],
  [
    'german',
    'other traffic',
    ['d1-28 03:10 300/42 in_path busy', 'd1-28 04:10 300/42 in_path busy'],
    'undecided',
  ],
  ['rtr', 'good in each cycle', ['d1-24 03:10 530/42'], 'meets'],
  ['rtr', 'bad in each cycle', ['d1-24 03:10 300/42'], 'short'],
  ['rtr', 'bad in two of three', ['d1-8 03:10 530/42', 'd9-24 03:10 300/42'], 'undecided'],
  ['rtr', '23 tests', ['d1-23 03:10 300/42'], 'undecided'],
  ['80-80', '16 of 20 at 80%', ['w1-24 10:10 392/32', 'w25-28 10:10 390/32'], 'meets'],
  ['80-80', '15 of 20 at 80%', ['w1-23 10:10 392/32', 'w24-28 10:10 390/32'], 'short'],
  ['80-80', '19 tests', ['w1-27 10:10 100/32'], 'undecided'],
  ['80-80', 'at night', ['d1-28 03:10 100/32'], 'undecided'],
  ['mean', 'at the norm', ['d1 03:10 530/42', 'd2 03:10 450/42'], 'meets'],
  ['mean', 'under it', ['d1 03:10 530/42', 'd2 03:10 449/42'], 'short'],
  ['mean', 'no test', [], 'undecided'],
  ['single', 'the newest passes', ['d1-27 03:10 300/42', 'd28 03:10 530/42'], 'meets'],
  ['single', 'the newest fails', ['d1-27 03:10 530/42', 'd28 03:10 300/42'], 'short'],
] as const)('%s: %s', (name, _what, tests, outcome) => {
  test(`is ${outcome}`, () => {
    expect(judged(name, tests).outcome).toBe(outcome);
  });
});

describe('the German campaign', () => {
  test('lies on three days with a day between, when it was held so', () => {
    const good = judged('german', [
      ...tenADay('20', '530/42'),
      ...tenADay('22', '530/42'),
      ...tenADay('24', '530/42'),
    ]);
    expect(good.download).toMatchObject({ outcome: 'meets', timing: 'as_written', n: 30 });
    const packed = judged('german', tenADay('20-22', '530/42'));
    expect(packed.download).toMatchObject({ outcome: 'meets', timing: 'in_a_row', n: 30 });
  });

  test('is short when the maximum comes near on one day of three alone', () => {
    const near = (days: string) => tenADay(days, '442/42');
    const far = (days: string) => tenADay(days, '440/42');
    // 90% of what is required of 500 is 441.
    expect(judged('german', [...near('20'), ...far('22'), ...far('24')]).download.observed).toBe(0);
    expect(judged('german', [...near('20'), ...far('22'), ...far('24')]).outcome).toBe('short');
  });
});

test('the order in which tests came makes no difference, and one more pass never makes a line short', () => {
  const windows = fc.array(testArbitrary(20), { minLength: 20, maxLength: 90 });
  fc.assert(
    fc.property(windows, testArbitrary(1), (tests, more) => {
      const inTime = tests
        .map((run, index) => ({ ...run, id: `t${index}` }))
        .sort((a, b) => a.startedAt - b.startedAt);
      for (const name of ['mean', 'single'] as const) {
        const pack = packNamed(name);
        if (pack === undefined) throw new Error(name);
        const before = judgeByPack(pack, inTime, NORM_500_40);
        const passing = { ...more, id: 'more', flags: [], download: pass(), upload: pass() };
        const after = judgeByPack(
          pack,
          [...inTime, { ...passing, startedAt: inTime.at(-1)?.startedAt ?? 0 }],
          NORM_500_40,
        );
        if (name === 'single') expect(after.outcome).toBe('meets');
        else if (before.outcome === 'meets') expect(after.outcome).toBe('meets');
      }
    }),
    { numRuns: 200 },
  );
});

test('each pack has a name of its own and says where its rule is written', () => {
  expect(new Set(RULE_PACKS.map(({ name }) => name)).size).toBe(RULE_PACKS.length);
  for (const { source } of RULE_PACKS) expect(source.length).toBeGreaterThan(10);
});
