import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimate } from '#collector/dossiers/subsidy/estimate.ts';
import { explainEstimate } from '#collector/dossiers/subsidy/explain-estimate.ts';
import { TOEKOMSTVAST_INTERNET as SCHEME } from '#collector/dossiers/subsidy/toekomstvast-internet.ts';
import {
  type SubsidyApplication,
  type SubsidyScheme,
  subsidySchemeSchema,
} from '#shared/model/subsidy.ts';

const EURO = 100;

function application(euros: number, change: Partial<SubsidyApplication> = {}): SubsidyApplication {
  return {
    on: '2018-05-01',
    costCents: Math.round(euros * EURO),
    presentKinds: ['copper'],
    newKind: 'fibre',
    downloadMbps: 500,
    uploadMbps: 500,
    ...change,
  };
}

const amount = (euros: number, reading: string, change: Partial<SubsidyApplication> = {}) =>
  estimate(SCHEME, application(euros, change), reading).amountCents / EURO;

describe('the scheme of 2017', () => {
  test('is a scheme by its own schema', () => {
    expect(subsidySchemeSchema.parse(SCHEME)).toEqual(SCHEME);
  });

  test.each([
    [0, 0],
    [4000, 0],
    [5000, 0],
    [5002, 1],
    [10_000, 2500],
    [15_000, 5000],
    [20_000, 8000],
    [40_000, 20_000],
    [173_333, 99_999],
    [200_000, 100_000],
  ])('read literally, € %d gets € %d', (cost, expected) => {
    expect(amount(cost, 'literal')).toBe(expected);
  });

  test.each([
    [2500, 0],
    [4000, 750],
    [10_000, 3750],
    [15_000, 6250],
    [20_000, 9250],
    [40_000, 21_250],
  ])('as the PO-Raad reads it, € %d gets € %d', (cost, expected) => {
    expect(amount(cost, 'po-raad')).toBe(expected);
  });

  test('its first reading is the default, and an unknown one is refused by name', () => {
    expect(estimate(SCHEME, application(10_000)).readingId).toBe('literal');
    expect(() => estimate(SCHEME, application(10_000), 'kind')).toThrow(/literal, po-raad/);
  });

  test('gives a joint application a fifth more, and never more than the cap', () => {
    const joint = { presentKinds: ['copper', 'copper', 'copper'] } as const;
    expect(amount(40_000, 'literal', { presentKinds: [...joint.presentKinds] })).toBe(24_000);
    const made = estimate(SCHEME, application(180_000, { presentKinds: [...joint.presentKinds] }));
    expect(made.amountCents).toBe(100_000 * EURO);
    expect(made.perLocationCents).toBe(3_333_333);
    expect(made.steps.map(({ step }) => step)).toEqual([
      'bracket',
      'bracket',
      'threshold_off_share',
      'joint_bonus',
      'limited_to_cap',
    ]);
  });

  test.each([
    ['too early', { on: '2017-08-31' }, 'no', 'not_open'],
    ['the first day', { on: '2017-09-01' }, 'yes', undefined],
    ['the last day', { on: '2019-10-31' }, 'yes', undefined],
    ['too late', { on: '2019-11-01' }, 'no', 'not_open'],
    ['cable now', { presentKinds: ['cable'] }, 'no', 'present_kind'],
    ['one of two on cable', { presentKinds: ['copper', 'cable'] }, 'no', 'present_kind'],
    ['nobody said what is there', { presentKinds: ['unknown'] }, 'unknown', 'present_kind_unknown'],
    ['a satellite', { newKind: 'satellite' }, 'no', 'new_kind'],
    ['cable', { newKind: 'cable' }, 'yes', undefined],
    ['too slow down', { downloadMbps: 499 }, 'no', 'new_speed'],
    ['too slow up', { uploadMbps: 39.9 }, 'no', 'new_speed'],
    ['just fast enough', { downloadMbps: 500, uploadMbps: 40 }, 'yes', undefined],
  ] as const)('asks who qualifies: %s', (_name, change, qualifies, condition) => {
    const made = estimate(SCHEME, application(10_000, change as Partial<SubsidyApplication>));
    expect(made.qualifies).toBe(qualifies);
    expect(made.conditions[0]?.condition).toBe(condition);
    const joint = change as { presentKinds?: readonly string[] };
    const full = joint.presentKinds?.length === 2 ? 3000 : 2500;
    expect(made.calculatedCents).toBe(full * EURO);
    expect(made.amountCents).toBe(qualifies === 'no' ? 0 : full * EURO);
    expect(made.ownShareCents).toBe(10_000 * EURO - made.amountCents);
  });
});

test('the calculation reads as sentences whose figures are the steps’', () => {
  const { steps, summary } = explainEstimate(estimate(SCHEME, application(20_000)));
  const plain = (texts: readonly { nl: string; en: string }[], language: 'nl' | 'en') =>
    texts.map((text) => text[language].replaceAll('\u00a0', ' '));
  expect(plain(steps, 'nl')).toEqual([
    '50% van € 15.000 (het deel tot € 15.000) is € 7.500; samen € 7.500.',
    '60% van € 5.000 (het deel boven € 15.000) is € 3.000; samen € 10.500.',
    'Daar gaat de drempel van € 2.500 af: € 8.000.',
  ]);
  expect(plain(steps, 'en')).toEqual([
    '50% of €15,000 (the part up to €15,000) is €7,500; €7,500 together.',
    '60% of €5,000 (the part above €15,000) is €3,000; €10,500 together.',
    'The threshold of €2,500 comes off: €8,000.',
  ]);
  expect(plain([summary], 'nl')).toEqual([
    'Naar schatting € 8.000 subsidie op een prijs van € 20.000; € 12.000 is voor de school.',
  ]);
});

const scheme: fc.Arbitrary<SubsidyScheme> = fc
  .record({
    bounds: fc.uniqueArray(fc.integer({ min: 1, max: 5_000_000 }), { maxLength: 4 }),
    percents: fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 5, maxLength: 5 }),
    thresholdCents: fc.integer({ min: 0, max: 1_000_000 }),
    order: fc.constantFrom('share_then_threshold' as const, 'threshold_then_share' as const),
    capCents: fc.option(fc.integer({ min: 0, max: 10_000_000 })),
    bonus: fc.option(fc.integer({ min: 0, max: 10_000 })),
    roundToCents: fc.constantFrom(1, 100, 5000),
  })
  .map(({ bounds, percents, order, bonus, ...rest }) => ({
    ...SCHEME,
    ...rest,
    brackets: [...bounds.sort((a, b) => a - b), null].map((upToCents, at) => ({
      upToCents,
      percent: (percents[at] ?? 0) / 100,
    })),
    readings: [{ id: 'r', order, source: 's' }] as SubsidyScheme['readings'],
    jointBonus: bonus === null ? null : { percent: bonus / 100, minLocations: 2 },
  }));
const cents = fc.integer({ min: 0, max: 20_000_000 });
const locations = fc.integer({ min: 1, max: 5 });
const asked = (costCents: number, count: number) =>
  application(0, {
    costCents,
    presentKinds: Array.from({ length: count }, () => 'copper' as const),
  });

describe('any scheme', () => {
  test('is one by the schema', () => {
    fc.assert(fc.property(scheme, (any) => subsidySchemeSchema.safeParse(any).success));
  });

  test('gives no less for a higher price, and no more than the price or the cap', () => {
    fc.assert(
      fc.property(scheme, cents, cents, locations, (any, a, b, count) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((cost) =>
          estimate(any, asked(cost, count)),
        );
        if (low === undefined || high === undefined) throw new Error('two estimates were made');
        expect(low.amountCents).toBeLessThanOrEqual(high.amountCents);
        for (const each of [low, high]) {
          expect(each.amountCents).toBeLessThanOrEqual(each.costCents);
          expect(each.amountCents).toBeLessThanOrEqual(any.capCents ?? Number.POSITIVE_INFINITY);
          expect(each.amountCents % any.roundToCents).toBe(0);
          expect(each.amountCents + each.ownShareCents).toBe(each.costCents);
          expect(Number.isInteger(each.amountCents)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('has a calculation that adds up, step by step, to the amount', () => {
    fc.assert(
      fc.property(scheme, cents, locations, (any, cost, count) => {
        const made = estimate(any, asked(cost, count));
        let total = 0;
        for (const step of made.steps) {
          if (step.step === 'bracket' || step.step === 'joint_bonus') {
            expect(step.totalCents).toBe(total + step.givesCents);
          }
          if (step.step === 'threshold_off_share') {
            expect(step.totalCents).toBe(Math.max(0, total - step.thresholdCents));
          }
          // What is left of the price is not yet an amount.
          total = step.step === 'threshold_off_cost' ? 0 : step.totalCents;
        }
        expect(made.calculatedCents).toBe(total);
        const text = explainEstimate(made);
        expect(text.steps).toHaveLength(made.steps.length);
        expect(JSON.stringify(text)).not.toMatch(/undefined|NaN/);
      }),
    );
  });

  test('gives a joint application its share more, to the euro', () => {
    fc.assert(
      fc.property(cents, fc.constantFrom('literal', 'po-raad'), (cost, reading) => {
        const open = { ...SCHEME, capCents: null, roundToCents: 1 };
        const single = estimate(open, asked(cost, 1), reading).amountCents;
        const joint = estimate(open, asked(cost, 2), reading).amountCents;
        expect(joint).toBe(Math.min(cost, single + Math.floor(single / 5)));
      }),
    );
  });

  test('reads the threshold off the price never below reading it off the share', () => {
    fc.assert(
      fc.property(cents, (cost) => {
        const [literal, poRaad] = ['literal', 'po-raad'].map(
          (reading) => estimate(SCHEME, asked(cost, 1), reading).amountCents,
        );
        expect(literal).toBeLessThanOrEqual(poRaad ?? -1);
      }),
    );
  });
});
