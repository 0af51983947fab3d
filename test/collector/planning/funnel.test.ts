// The funnel's steps, and that each is a part of the one it names.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { funnelOf } from '#collector/planning/funnel.ts';
import { OVERRULE_OUTCOMES, type OverruleRequest } from '#shared/model/overrule.ts';
import { OUTCOMES } from '#shared/model/verdict.ts';
import { planningStateSchema } from '#shared/wire/planning.ts';
import { HALF, input, JUDGED_AT, offer, type Sample } from './planning-samples.ts';

test('each location counts at every step that it came to', () => {
  const samples: Omit<Sample, 'id'>[] = [
    {},
    { outcome: 'no_data' },
    { outcome: 'unfit' },
    { outcome: 'meets' },
    { outcome: 'below' },
    { outcome: 'below', state: 'signalled' },
    { outcome: 'below', state: 'asked', reached: ['signalled', 'asked'] },
    { outcome: 'below', state: 'suffices', reached: ['asked', 'suffices'] },
    { outcome: 'below', state: 'too_costly', reached: ['asked', 'wants_better', 'too_costly'] },
    { outcome: 'below', state: 'maatwerk', reached: ['asked', 'wants_better', 'maatwerk'] },
    {
      ...{ outcome: 'below', state: 'ordered', reached: ['asked', 'offer', 'ordered'] },
      ...{ offers: [offer('a', 10_000)], order: 'first_offer' },
    },
    // Delivered, and measured to meet the norm since.
    {
      outcome: 'meets',
      state: 'delivered',
      reached: ['asked', 'maatwerk', 'ordered', 'delivered'],
    },
    { outcome: 'below', state: 'set_aside', reached: ['asked', 'set_aside'] },
  ];
  const inputs = samples.map((sample, at) =>
    input({ id: `16SW${10 + at}`, pupils: 10, ...sample }),
  );
  const steps = funnelOf(inputs, HALF);
  expect(Object.fromEntries(steps.map(({ step, locations }) => [step, locations]))).toEqual({
    locations: 13,
    measured: 11,
    judged: 10,
    below: 9,
    asked: 7,
    suffices: 1,
    too_costly: 1,
    wants_better: 3,
    no_answer: 2,
    offer: 1,
    maatwerk: 2,
    ordered: 2,
    subsidised: 1,
    delivered: 1,
    set_aside: 1,
  });
  expect(steps.find(({ step }) => step === 'asked')).toEqual({
    ...{ step: 'asked', of: 'below', locations: 7, pupils: 70, share: 0.7778, overruled: 0 },
  });
});

test('an overruled outcome counts, and is counted', () => {
  const overrule = (outcome: OverruleRequest['outcome']) => ({
    overrule: { outcome, endsAt: '2019-04-01T00:00:00.000Z' },
  });
  const steps = funnelOf(
    [
      { ...input({ id: '16SW01', outcome: 'below' }), ...overrule('meets') },
      { ...input({ id: '16SW02', outcome: 'unfit' }), ...overrule('meets') },
      { ...input({ id: '16SW03', outcome: 'meets' }), ...overrule('below') },
      { ...input({ id: '16SW04' }), ...overrule('meets') },
      input({ id: '16SW05', outcome: 'below' }),
    ],
    HALF,
  );
  expect(
    steps.slice(0, 4).map(({ step, locations, overruled }) => [step, locations, overruled]),
  ).toEqual([
    ['locations', 5, 4],
    ['measured', 4, 3],
    ['judged', 4, 3],
    ['below', 2, 1],
  ]);
});

test('no step is larger than the one that it is a part of, and the answers add up', () => {
  const sample = fc.record(
    {
      outcome: fc.constantFrom(...OUTCOMES),
      overruled: fc.constantFrom(...OVERRULE_OUTCOMES),
      state: fc.constantFrom(...planningStateSchema.options),
      reached: fc.array(fc.constantFrom(...planningStateSchema.options), { maxLength: 5 }),
      pupils: fc.integer({ min: 0, max: 500 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 30 }), (samples) => {
      const steps = funnelOf(
        samples.map(({ outcome, overruled, state, reached, pupils }, at) => ({
          ...(overruled && { overrule: { outcome: overruled, endsAt: JUDGED_AT } }),
          ...input({
            id: `16SW${10 + at}`,
            ...(outcome === undefined ? {} : { outcome }),
            ...(pupils === undefined ? {} : { pupils }),
            ...(state === undefined ? {} : { state, reached: [...(reached ?? []), state] }),
          }),
        })),
        HALF,
      );
      const by = new Map(steps.map((step) => [step.step, step]));
      const locations = (step: (typeof steps)[number]['step']) => by.get(step)?.locations ?? -1;
      for (const { of, locations: part, pupils } of steps) {
        if (of === null) continue;
        expect(part).toBeLessThanOrEqual(locations(of));
        expect(pupils).toBeLessThanOrEqual(by.get(of)?.pupils ?? -1);
      }
      expect(locations('asked')).toBe(
        locations('suffices') +
          locations('too_costly') +
          locations('wants_better') +
          locations('no_answer'),
      );
    }),
  );
});
