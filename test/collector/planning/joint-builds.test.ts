// What a joint application brings, and who is in it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJointBuilds } from '#collector/planning/joint-builds.ts';
import type { SubsidyEstimator } from '#collector/planning/planning-input.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { planningStateSchema } from '#shared/wire/planning.ts';
import { HALF, input, northOf, offer, type Sample } from './planning-samples.ts';

const near = (id: string, at: number, more: Partial<Sample> = {}) =>
  input({ id, outcome: 'below', coordinates: northOf(at), pupils: 50, ...more });
const withOffer = (euro: number): Partial<Sample> => ({
  state: 'offer',
  offers: [offer('a', euro)],
});
const build = (inputs: Parameters<typeof findJointBuilds>[0], estimate: SubsidyEstimator = HALF) =>
  findJointBuilds(inputs, 1, { norm: NORM_500_40, estimate });

test('one application for all brings its bonus; members without a cost are not in the sums', () => {
  expect(
    build([
      near('16SW01', 0, withOffer(10_000)),
      near('16SW02', 300, withOffer(20_000)),
      near('16SW03', 600),
      near('16SW04', 3000, withOffer(5_000)),
    ]),
  ).toEqual([
    {
      id: '16SW01',
      locationIds: ['16SW01', '16SW02', '16SW03'],
      widthKm: expect.closeTo(0.6, 5),
      pupils: 150,
      costed: 2,
      costCents: 3_000_000,
      singleSubsidyCents: 1_500_000,
      jointSubsidyCents: 1_800_000,
      gainCents: 300_000,
      subsidyFrom: 'known',
    },
  ]);
});

test('nobody is built that wants nothing, is being built or has no place on the map', () => {
  const members = planningStateSchema.options.map((state, at) =>
    near(`16SW${10 + at}`, at, { state }),
  );
  const others = [
    near('16SW01', 0),
    input({ id: '16SW02', outcome: 'meets', coordinates: northOf(1) }),
    input({ id: '16SW03', outcome: 'below' }),
  ];
  expect(build([...members, ...others])).toMatchObject([
    {
      locationIds: [
        ...['16SW01', '16SW10', '16SW11', '16SW13', '16SW14', '16SW15', '16SW16', '16SW19'],
      ],
    },
  ]);
});

test('an application that its cap makes worse than those one by one is not made', () => {
  const capped: SubsidyEstimator = (question) => {
    const half = HALF(question);
    return { ...half, amountCents: Math.min(1_000_000, half.amountCents) };
  };
  const costs = fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(costs, (euros) => {
      const inputs = euros.map((euro, at) => near(`16SW${10 + at}`, at, withOffer(euro)));
      const [found] = build(inputs, capped);
      expect(found?.gainCents).toBeGreaterThanOrEqual(0);
      expect(found?.jointSubsidyCents).toBeLessThanOrEqual(found?.costCents ?? 0);
    }),
  );
});

test('a joint offer that one of its locations does better without is no price for the others', () => {
  const ids = ['16SW01', '16SW02'];
  const members = ids.map((locationId) => ({ locationId, presentKind: 'copper' as const }));
  const joint = (other: string) => offer('joint', 30_000, { jointWith: [other], members });
  const own = offer('own', 10_000);
  const [found] = build([
    near('16SW01', 0, { state: 'offer', offers: [joint('16SW02'), own] }),
    near('16SW02', 300, { state: 'offer', offers: [joint('16SW01')] }),
  ]);
  expect(found).toMatchObject({ locationIds: ids, costed: 1, costCents: 1_000_000 });
});
