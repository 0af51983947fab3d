// Which locations first, under a budget and a stated rule: a greedy choice that anyone can follow
// with the list in hand, and a bound on what any choice could reach. Pure and deterministic.
import type { Charge, ScenarioRule } from '#shared/wire/planning.ts';
import { compareText } from './geography.ts';
import type { Project, Projects } from './projects.ts';
import { sum } from './sum.ts';

export interface ScenarioQuestion {
  readonly rule: ScenarioRule;
  /** What of a project is paid from the budget. */
  readonly charge: Charge;
  /** Whole euro cents. */
  readonly budgetCents: number;
}

export interface Totals {
  readonly locations: number;
  readonly pupils: number;
  readonly costCents: number;
  readonly subsidyCents: number;
  readonly ownShareCents: number;
}

export interface Scenario extends ScenarioQuestion {
  /** In the order in which the rule took them. */
  readonly chosen: readonly Project[];
  readonly covered: Totals;
  /** Candidates with a cost that were not taken, each by itself. */
  readonly left: Totals;
  readonly withoutCost: readonly string[];
  readonly chargedCents: number;
  readonly remainingCents: number;
  /**
   * No choice under this budget helps more pupils: the relaxation in which a part of a project can
   * be bought (Dantzig 1957), over the same projects.
   */
  readonly mostPupils: number;
}

/**
 * Takes projects in the rule's order and passes over each that no longer fits or whose locations
 * are covered.
 * - `pupils_per_euro`: what was offered, most pupils per euro charged first.
 * - `worst_first`: what was offered, largest shortfall first (share of the norm, worse direction).
 * - `joint_builds_first`: joint offers and joint builds before single projects, each by pupils per
 *   euro.
 * A joint offer is one project under every rule: paid once and whole, for all of its locations.
 * Ties: pupils per euro, then more pupils, then the lower charge, then the id. What costs the
 * budget nothing goes first.
 */
export function planScenario(
  { singles, shared, joint, costed, withoutCost }: Projects,
  question: ScenarioQuestion,
): Scenario {
  const { rule, charge, budgetCents } = question;
  const offered = [...shared, ...singles];
  const from = rule === 'joint_builds_first' ? [...joint, ...offered] : offered;
  const ordered = from.toSorted(orderOf(rule, charge));
  const covered = new Set<string>();
  const chosen: Project[] = [];
  let remainingCents = budgetCents;
  for (const project of ordered) {
    const cents = chargeOf(project, charge);
    if (cents > remainingCents || project.locationIds.some((id) => covered.has(id))) continue;
    chosen.push(project);
    for (const id of project.locationIds) covered.add(id);
    remainingCents -= cents;
  }
  return {
    ...question,
    chosen,
    covered: totalsOf(chosen),
    left: totalsOf(costed.filter(({ id }) => !covered.has(id))),
    withoutCost,
    chargedCents: budgetCents - remainingCents,
    remainingCents,
    mostPupils: Math.min(
      sum(costed.map(({ pupils }) => pupils)),
      relaxedPupils(from, charge, budgetCents),
    ),
  };
}

export function chargeOf(project: Project, charge: Charge): number {
  switch (charge) {
    case 'cost':
      return project.costCents;
    case 'subsidy':
      return project.subsidyCents;
    case 'own_share':
      return project.ownShareCents;
  }
}

type Order = (a: Project, b: Project) => number;

function orderOf(rule: ScenarioRule, charge: Charge): Order {
  const byDensity = densityOrder(charge);
  switch (rule) {
    case 'pupils_per_euro':
      return byDensity;
    case 'worst_first':
      return (a, b) => b.shortfall - a.shortfall || byDensity(a, b);
    case 'joint_builds_first':
      return (a, b) => rankOf(a) - rankOf(b) || byDensity(a, b);
  }
}

function rankOf({ kind }: Project): number {
  return kind === 'joint' ? 0 : 1;
}

function densityOrder(charge: Charge): Order {
  return (a, b) => {
    const centsOfA = chargeOf(a, charge);
    const centsOfB = chargeOf(b, charge);
    return (
      compareDensity(a.pupils, centsOfA, b.pupils, centsOfB) ||
      b.pupils - a.pupils ||
      centsOfA - centsOfB ||
      compareText(a.id, b.id)
    );
  };
}

/** By cross products: no division, so equal ratios are equal. */
function compareDensity(
  pupilsOfA: number,
  centsOfA: number,
  pupilsOfB: number,
  centsOfB: number,
): number {
  if (centsOfA === 0 || centsOfB === 0) return Number(centsOfA !== 0) - Number(centsOfB !== 0);
  return pupilsOfB * centsOfA - pupilsOfA * centsOfB;
}

/** A joint build's members count with it and by themselves: that can only raise the bound. */
function relaxedPupils(projects: readonly Project[], charge: Charge, budgetCents: number): number {
  let remainingCents = budgetCents;
  let pupils = 0;
  for (const project of projects.toSorted(densityOrder(charge))) {
    const cents = chargeOf(project, charge);
    if (cents > remainingCents)
      return pupils + Math.floor((project.pupils * remainingCents) / cents);
    remainingCents -= cents;
    pupils += project.pupils;
  }
  return pupils;
}

function totalsOf(projects: readonly Project[]): Totals {
  return {
    locations: sum(projects.map(({ locationIds }) => locationIds.length)),
    pupils: sum(projects.map(({ pupils }) => pupils)),
    costCents: sum(projects.map(({ costCents }) => costCents)),
    subsidyCents: sum(projects.map(({ subsidyCents }) => subsidyCents)),
    ownShareCents: sum(projects.map(({ ownShareCents }) => ownShareCents)),
  };
}
