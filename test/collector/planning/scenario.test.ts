// What a scenario chooses, held against the best that could be chosen.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Project, Projects } from '#collector/planning/projects.ts';
import { planScenario } from '#collector/planning/scenario.ts';
import { CHARGES, SCENARIO_RULES } from '#shared/wire/planning.ts';

function single(
  id: string,
  pupils: number,
  costCents: number,
  more: Partial<Project> = {},
): Project {
  return {
    ...{ id, kind: 'single', locationIds: [id], pupils, shortfall: 0.5, costCents },
    ...{ subsidyCents: 0, ownShareCents: costCents, costFrom: 'offer', subsidyFrom: 'known' },
    ...more,
  };
}

function joint(...members: readonly Project[]): Project {
  const cents = members.reduce((total, { costCents }) => total + costCents, 0);
  const subsidyCents = Math.floor(cents / 5);
  return {
    ...{
      id: members[0]?.id ?? '',
      kind: 'joint',
      costFrom: 'offer',
      subsidyFrom: 'known',
      shortfall: 0.5,
    },
    locationIds: members.map(({ id }) => id),
    pupils: members.reduce((total, { pupils }) => total + pupils, 0),
    ...{ costCents: cents, subsidyCents, ownShareCents: cents - subsidyCents },
  };
}

const of = (
  singles: readonly Project[],
  groups: readonly Project[] = [],
  shared: readonly Project[] = [],
): Projects => ({
  ...{ singles, shared, joint: groups, costed: singles, withoutCost: ['16SW99'] },
});
const ids = (projects: readonly Project[]) => projects.map(({ id }) => id);

test('each rule takes its own first, passes over what no longer fits, and adds up', () => {
  const a = single('a', 100, 1000, { shortfall: 0.1 });
  const b = single('b', 90, 800, { shortfall: 0.9 });
  const c = single('c', 10, 500, { shortfall: 0.5 });
  const d = single('d', 40, 450, { shortfall: 0.5 });
  const all = of([a, b, c, d], [joint(c, d)]);
  const plan = (rule: (typeof SCENARIO_RULES)[number], budgetCents: number) =>
    planScenario(all, { rule, charge: 'cost', budgetCents });
  expect(ids(plan('pupils_per_euro', 1500).chosen)).toEqual(['b', 'd']);
  expect(ids(plan('worst_first', 1500).chosen)).toEqual(['b', 'd']);
  expect(ids(plan('worst_first', 1800).chosen)).toEqual(['b', 'd', 'c']);
  expect(plan('joint_builds_first', 1800)).toMatchObject({
    chosen: [{ kind: 'joint', locationIds: ['c', 'd'] }, { id: 'b' }],
    covered: { locations: 3, pupils: 140, costCents: 1750, subsidyCents: 190, ownShareCents: 1560 },
    left: { locations: 1, pupils: 100, costCents: 1000 },
    withoutCost: ['16SW99'],
    chargedCents: 1750,
    remainingCents: 50,
  });
  // Too dear together: its members go on by themselves.
  expect(ids(plan('joint_builds_first', 900).chosen)).toEqual(['b']);
  expect(ids(plan('joint_builds_first', 500).chosen)).toEqual(['d']);
});

test('ties go by pupils, then by the lower charge, then by id; what is free goes first', () => {
  const plan = (singles: readonly Project[], budgetCents = 100_000) =>
    ids(planScenario(of(singles), { rule: 'pupils_per_euro', charge: 'cost', budgetCents }).chosen);
  expect(plan([single('b', 10, 100), single('c', 20, 200), single('a', 10, 100)])).toEqual([
    'c',
    'a',
    'b',
  ]);
  expect(plan([single('a', 0, 300), single('b', 0, 200)])).toEqual(['b', 'a']);
  expect(plan([single('a', 500, 1), single('free', 1, 0), single('b', 0, 0)], 0)).toEqual([
    'free',
    'b',
  ]);
});

const project = fc.record({
  pupils: fc.integer({ min: 0, max: 400 }),
  /** In steps of € 500, as offers are: up to € 40,000. */
  cost: fc.integer({ min: 0, max: 80 }),
  shortfall: fc.integer({ min: 0, max: 4 }),
  subsidy: fc.integer({ min: 0, max: 100 }),
});
const projects = fc.array(project, { maxLength: 12 }).map((all) => {
  const singles = all.map(({ pupils, cost, shortfall, subsidy }, at) => {
    const costCents = cost * 50_000;
    const subsidyCents = Math.floor((costCents * subsidy) / 100);
    return single(`p${String(at).padStart(2, '0')}`, pupils, costCents, {
      ...{ shortfall: shortfall / 4, subsidyCents, ownShareCents: costCents - subsidyCents },
    });
  });
  const groups = [0, 3].flatMap((at) => {
    const members = singles.slice(at, at + 3);
    return members.length > 1 ? [joint(...members)] : [];
  });
  const offers = [1, 4, 6].flatMap((at) => {
    const members = singles.slice(at, at + 2);
    return members.length > 1 ? [{ ...joint(...members), id: `offer ${at}` }] : [];
  });
  return of(singles, groups, offers);
});
const question = fc.record({
  rule: fc.constantFrom(...SCENARIO_RULES),
  charge: fc.constantFrom(...CHARGES),
  budgetCents: fc.integer({ min: 0, max: 10_000_000 }),
});

test('the budget holds, nobody is helped twice, nothing that fits is left, and order is no matter', () => {
  fc.assert(
    fc.property(projects, question, (all, asked) => {
      const scenario = planScenario(all, asked);
      const covered = scenario.chosen.flatMap(({ locationIds }) => locationIds);
      expect(new Set(covered).size).toBe(covered.length);
      expect(scenario.chargedCents + scenario.remainingCents).toBe(asked.budgetCents);
      expect(scenario.remainingCents).toBeGreaterThanOrEqual(0);
      expect(scenario.covered.locations + scenario.left.locations).toBe(all.singles.length);
      expect(scenario.covered.pupils).toBeLessThanOrEqual(scenario.mostPupils);
      for (const left of all.singles.filter(({ id }) => !covered.includes(id))) {
        expect(chargeIn(left, asked.charge)).toBeGreaterThan(scenario.remainingCents);
      }
      for (const left of [...all.shared, ...all.joint]) {
        const isOffered = asked.rule === 'joint_builds_first' || all.shared.includes(left);
        if (!isOffered || left.locationIds.some((id) => covered.includes(id))) continue;
        expect(chargeIn(left, asked.charge)).toBeGreaterThan(scenario.remainingCents);
      }
      // A joint offer is paid once and whole: what is chosen is what was offered.
      for (const chosen of scenario.chosen.filter(({ kind }) => kind === 'joint')) {
        expect([...all.shared, ...all.joint]).toContain(chosen);
      }
      const shuffled = of(
        ...([all.singles.toReversed(), all.joint.toReversed(), all.shared.toReversed()] as const),
      );
      expect(planScenario(shuffled, asked)).toEqual(scenario);
    }),
    { numRuns: 500 },
  );
});

test('how far the greedy rule is from the best choice, over 2,000 small cases', () => {
  const shares: number[] = [];
  fc.assert(
    fc.property(projects, fc.integer({ min: 1, max: 200 }), (all, steps) => {
      const budgetCents = steps * 50_000;
      const { covered, mostPupils } = planScenario(all, {
        ...{ rule: 'pupils_per_euro', charge: 'cost', budgetCents },
      });
      const best = bestPupils(all.singles, budgetCents);
      expect(covered.pupils).toBeLessThanOrEqual(best);
      expect(best).toBeLessThanOrEqual(mostPupils);
      if (best > 0) shares.push(covered.pupils / best);
    }),
    { numRuns: 2000, seed: 20190313 },
  );
  shares.sort((a, b) => a - b);
  const mean = shares.reduce((total, share) => total + share, 0) / shares.length;
  const p05 = shares[Math.floor(shares.length / 20)] ?? 0;
  console.info(
    `greedy of best: mean ${mean.toFixed(4)}, 5th percentile ${p05.toFixed(3)}, worst ${shares[0]?.toFixed(3)}, n ${shares.length}`,
  );
  expect(mean).toBeGreaterThan(0.97);
  expect(p05).toBeGreaterThan(0.8);
});

function chargeIn(of: Project, charge: (typeof CHARGES)[number]): number {
  return { cost: of.costCents, subsidy: of.subsidyCents, own_share: of.ownShareCents }[charge];
}

/** The knapsack's optimum by trying every set. */
function bestPupils(all: readonly Project[], budgetCents: number): number {
  const from = (at: number, left: number): number => {
    const next = all[at];
    if (next === undefined) return 0;
    const without = from(at + 1, left);
    if (next.costCents > left) return without;
    return Math.max(without, next.pupils + from(at + 1, left - next.costCents));
  };
  return from(0, budgetCents);
}
