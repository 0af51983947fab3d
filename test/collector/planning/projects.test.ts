// What a scenario can choose from: a joint offer is there once, whole, and only for all of its locations.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPlanning, type PlanningOptions } from '#collector/planning/planning.ts';
import type { PlanningInput, PlanningState } from '#collector/planning/planning-input.ts';
import { projectsOf } from '#collector/planning/projects.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { CHARGES, SCENARIO_RULES, type ScenarioRule } from '#shared/wire/planning.ts';
import { HALF, input, northOf, offer, type Sample } from './planning-samples.ts';

const OPTIONS: PlanningOptions = { norm: NORM_500_40, estimate: HALF, radiusKm: 2, filter: {} };
const IDS = ['16SW03', '16SW04', '16SW05'];
const others = (id: string) => IDS.filter((each) => each !== id);
/** Three with a joint offer of € 30,000, near each other. */
const three = (more: (id: string) => Partial<Sample> = () => ({})) =>
  IDS.map((id, at) =>
    input({
      ...{ id, pupils: 10, outcome: 'below', state: 'offer', coordinates: northOf(100 * at) },
      offers: [offer('joint', 30_000, { jointWith: others(id) })],
      ...more(id),
    }),
  );
const projects = (inputs: readonly PlanningInput[], more: Partial<PlanningOptions> = {}) =>
  projectsOf(inputs, { ...OPTIONS, candidates: 'wants_better', ...more });
const scenario = (
  inputs: readonly PlanningInput[],
  euro: number,
  rule: ScenarioRule = 'pupils_per_euro',
) =>
  createPlanning(inputs, OPTIONS).scenario(
    { rule, charge: 'cost', budgetCents: euro * 100 },
    'wants_better',
  );

test('a joint offer is one project for all of its locations, under every rule', () => {
  for (const rule of SCENARIO_RULES) {
    const { summary, choices } = scenario(three(), 30_000, rule);
    expect(choices).toMatchObject([
      {
        ...{ kind: 'joint', locationIds: IDS, pupils: 30, costCents: 3_000_000 },
        ...{ subsidyCents: 1_800_000, chargedCents: 3_000_000, remainingCents: 0 },
      },
    ]);
    expect(summary).toMatchObject({ projects: 1, locations: 3, leftLocations: 0, withoutCost: 0 });
    // A third of it helps nobody.
    const poor = scenario(three(), 29_999, rule);
    expect(poor.choices).toEqual([]);
    expect(poor.summary).toMatchObject({
      locations: 0,
      leftLocations: 3,
      leftCostCents: 3_000_000,
    });
  }
});

test('one that cannot be taken up by all of them is no project, and not its half either', () => {
  const states: readonly PlanningState[] = ['suffices', 'ordered', 'set_aside', 'asked'];
  for (const state of states) {
    const inputs = three((id) => (id === '16SW04' ? { state } : {}));
    expect(projects(inputs)).toMatchObject({ singles: [], shared: [], joint: [], costed: [] });
    expect(projects(inputs).withoutCost).toEqual(['16SW03', '16SW05']);
  }
  // Out of who asks' sight, or dropped by one of them: its order fell through.
  expect(projects(three().slice(1)).shared).toEqual([]);
  expect(projects(three((id) => (id === '16SW04' ? { offers: [] } : {}))).shared).toEqual([]);
  // What is assumed stands in for those that have no offer by themselves.
  const assumed = projects(three().slice(1), { assumedCostCents: 1_000_000 });
  expect(assumed.singles.map(({ id, costFrom }) => [id, costFrom])).toEqual([
    ['16SW04', 'assumed'],
    ['16SW05', 'assumed'],
  ]);
});

test('an offer of its own stands beside the joint one; nobody is helped twice', () => {
  const inputs = three((id) => ({
    offers: [
      offer('joint', 30_000, { jointWith: others(id) }),
      ...(id === '16SW05' ? [offer('own', 8_000)] : []),
    ],
  }));
  expect(scenario(inputs, 40_000).choices.map(({ locationIds }) => locationIds)).toEqual([
    ['16SW05'],
  ]);
  expect(scenario(inputs, 40_000, 'joint_builds_first').choices).toMatchObject([
    { kind: 'joint', locationIds: IDS },
  ]);
});

test('joint builds that are found hold no half of an offer', () => {
  const far = three((id) => (id === '16SW05' ? { coordinates: northOf(9000) } : {}));
  const [apart] = createPlanning(far, OPTIONS).jointBuilds();
  expect(apart).toMatchObject({ locationIds: ['16SW03', '16SW04'], costed: 0, costCents: 0 });
  const [whole] = createPlanning(three(), OPTIONS).jointBuilds();
  expect(whole).toMatchObject({ costed: 3, costCents: 3_000_000, jointSubsidyCents: 1_800_000 });
});

test('real kinds per location: one on cable and the whole application is another', () => {
  const members = IDS.map((locationId, at) => ({
    ...{ locationId, presentKind: at === 1 ? ('unknown' as const) : ('copper' as const) },
  }));
  const inputs = three((id) => ({
    offers: [offer('joint', 30_000, { jointWith: others(id), members })],
  }));
  const rows = createPlanning(inputs, OPTIONS).table();
  expect(rows.map(({ subsidyFrom }) => subsidyFrom)).toEqual(['assumed', 'assumed', 'assumed']);
  expect(projects(inputs).shared).toMatchObject([{ subsidyFrom: 'assumed' }]);
});

const world = fc.array(
  fc.record({
    pupils: fc.integer({ min: 0, max: 300 }),
    state: fc.constantFrom<PlanningState>('wants_better', 'offer', 'maatwerk', 'suffices'),
    own: fc.option(fc.integer({ min: 0, max: 30 }), { freq: 2 }),
    /** Which of two joint offers it has. */
    joint: fc.constantFrom('', '', 'a', 'b', 'ab'),
  }),
  { minLength: 2, maxLength: 9 },
);

test('whatever is offered to whom: each joint offer is chosen once and whole, or not at all', () => {
  let whole = 0;
  fc.assert(
    fc.property(
      world,
      fc.constantFrom(...SCENARIO_RULES),
      fc.constantFrom(...CHARGES),
      fc.integer({ min: 0, max: 90 }),
      fc.option(fc.constant(1_500_000), { nil: undefined }),
      (places, rule, charge, thousands, assumedCostCents) => {
        const idOf = (at: number) => `16SW${10 + at}`;
        const membersOf = (name: string) =>
          places.flatMap(({ joint }, at) => (joint.includes(name) ? [idOf(at)] : []));
        const inputs = places.map(({ pupils, state, own, joint }, at) =>
          input({
            ...{ id: idOf(at), pupils, outcome: 'below', state, coordinates: northOf(at * 150) },
            offers: [
              ...(own === null ? [] : [offer(`own ${at}`, own * 1000)]),
              ...['a', 'b']
                .filter((name) => joint.includes(name))
                .map((name) =>
                  offer(name, name === 'a' ? 40_001 : 25_000, {
                    jointWith: membersOf(name).filter((id) => id !== idOf(at)),
                  }),
                ),
            ],
          }),
        );
        const planning = createPlanning(inputs, {
          ...OPTIONS,
          ...(assumedCostCents === undefined ? {} : { assumedCostCents }),
        });
        const question = { rule, charge, budgetCents: thousands * 100_000 };
        const { summary, choices } = planning.scenario(question, 'wants_better');
        const covered = choices.flatMap(({ locationIds }) => locationIds);
        expect(new Set(covered).size).toBe(covered.length);
        expect(summary.chargedCents).toBeLessThanOrEqual(question.budgetCents);
        expect(summary.pupils).toBeLessThanOrEqual(summary.mostPupils);
        const wanting = places.filter(({ state }) => state !== 'suffices').length;
        expect(summary.locations + summary.leftLocations + summary.withoutCost).toBe(wanting);
        const cents = { a: 4_000_100, b: 2_500_000 } as const;
        const offersOf = (ids: readonly string[]) =>
          (['a', 'b'] as const).filter((name) => String(membersOf(name)) === String(ids));
        /** What one location costs by itself. */
        const alone = (id: string) => {
          const own = places[Number(id.slice(4)) - 10]?.own ?? undefined;
          const prices = offersOf([id]).map((name): number => cents[name]);
          if (own !== undefined) prices.push(own * 100_000);
          return prices.length > 0 ? Math.min(...prices) : (assumedCostCents ?? Number.NaN);
        };
        for (const { locationIds, costCents } of choices) {
          const offers = offersOf(locationIds).map((name): number => cents[name]);
          const isShared = locationIds.length > 1 && offers.includes(costCents);
          const isBuild = locationIds.length > 1 && rule === 'joint_builds_first';
          whole += Number(isShared);
          if (isShared) continue;
          expect(isBuild || locationIds.length === 1).toBe(true);
          expect(costCents).toBe(locationIds.reduce((total, id) => total + alone(id), 0));
        }
      },
    ),
    { numRuns: 600, seed: 5 },
  );
  expect(whole).toBeGreaterThan(20);
});
