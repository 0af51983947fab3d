// Planning over a set of locations: the table, the funnel, joint builds and scenarios, as rows.
// Everything that is shown or exported comes from here. Pure.
import type { Norm } from '#shared/model/norm.ts';
import type {
  Candidates,
  FunnelStep,
  JointBuildRow,
  PlanningFilter,
  PlanningRow,
  ScenarioChoice,
  ScenarioRows,
  ScenarioSummary,
} from '#shared/wire/planning.ts';
import { funnelOf } from './funnel.ts';
import { findJointBuilds, type JointBuild } from './joint-builds.ts';
import type { CostAssumptions } from './location-cost.ts';
import { outcomeOf, type PlanningInput } from './planning-input.ts';
import { planningTable } from './planning-table.ts';
import { projectsOf } from './projects.ts';
import { chargeOf, planScenario, type Scenario, type ScenarioQuestion } from './scenario.ts';

export interface PlanningOptions extends CostAssumptions {
  readonly norm: Norm;
  /** How near locations are that could be built together. */
  readonly radiusKm: number;
  readonly filter: PlanningFilter;
}

export interface Planning {
  table(): readonly PlanningRow[];
  funnel(): readonly FunnelStep[];
  /** Those with at least one member that the filter lets through. */
  jointBuilds(): readonly JointBuildRow[];
  scenario(question: ScenarioQuestion, candidates: Candidates): ScenarioRows;
}

/**
 * `inputs` are all that the asker may see, in any order; rows come by id. The filter narrows what
 * is listed and counted; a neighbour outside of it is still a neighbour.
 */
export function createPlanning(
  inputs: readonly PlanningInput[],
  options: PlanningOptions,
): Planning {
  const all = inputs.toSorted((a, b) => (a.location.id < b.location.id ? -1 : 1));
  const matching = all.filter((input) => matches(input, options.filter));
  const listed = new Set(matching.map(({ location }) => location.id));
  const names = new Map(all.map(({ location }) => [location.id, location]));
  const builds = () => findJointBuilds(all, options.radiusKm, options);
  return {
    table: () =>
      planningTable(all, { ...options, jointBuilds: builds() }).filter(({ locationId }) =>
        listed.has(locationId),
      ),
    funnel: () => funnelOf(matching, options.estimate),
    jointBuilds: () =>
      builds()
        .filter(({ locationIds }) => locationIds.some((id) => listed.has(id)))
        .map((build) => jointBuildRow(build, names)),
    scenario: (question, candidates) => {
      const scenario = planScenario(projectsOf(matching, { ...options, candidates }), question);
      return {
        summary: summaryOf(scenario, candidates),
        choices: choicesOf(scenario, names),
      };
    },
  };
}

function matches(input: PlanningInput, filter: PlanningFilter): boolean {
  const { location, dossier } = input;
  return (
    isAsked(location.boardId, filter.board) &&
    isAsked(location.municipality, filter.municipality) &&
    isAsked(location.province, filter.province) &&
    isAsked(outcomeOf(input) ?? 'no_data', filter.verdict) &&
    isAsked(dossier?.state ?? 'none', filter.dossier)
  );
}

/** Names of places are typed by people: case does not count. */
function isAsked(value: string | undefined, asked: string | undefined): boolean {
  return asked === undefined || value?.toLowerCase() === asked.toLowerCase();
}

type Names = ReadonlyMap<string, PlanningInput['location']>;

function jointBuildRow(build: JointBuild, names: Names): JointBuildRow {
  const { id, widthKm, locationIds, ...figures } = build;
  const municipalities = locationIds.flatMap((each) => names.get(each)?.municipality ?? []);
  return {
    jointBuildId: id,
    locationIds: [...locationIds],
    names: namesOf(locationIds, names),
    municipalities: [...new Set(municipalities)].sort(),
    locations: locationIds.length,
    widthKm: Number(widthKm.toFixed(2)),
    ...figures,
  };
}

function summaryOf(scenario: Scenario, candidates: Candidates): ScenarioSummary {
  const { rule, charge, budgetCents, covered, left } = scenario;
  return {
    ...{ rule, charge, candidates, budgetCents },
    projects: scenario.chosen.length,
    ...covered,
    chargedCents: scenario.chargedCents,
    remainingCents: scenario.remainingCents,
    leftLocations: left.locations,
    leftPupils: left.pupils,
    leftCostCents: left.costCents,
    withoutCost: scenario.withoutCost.length,
    mostPupils: scenario.mostPupils,
  };
}

function choicesOf(scenario: Scenario, names: Names): ScenarioChoice[] {
  let remainingCents = scenario.budgetCents;
  return scenario.chosen.map((project, index) => {
    const { kind, locationIds, pupils, costCents, subsidyCents, ownShareCents } = project;
    const chargedCents = chargeOf(project, scenario.charge);
    remainingCents -= chargedCents;
    return {
      rule: scenario.rule,
      rank: index + 1,
      kind,
      locationIds: [...locationIds],
      names: namesOf(locationIds, names),
      pupils,
      shortfallShare: Number(project.shortfall.toFixed(4)),
      ...{ costCents, subsidyCents, ownShareCents },
      costFrom: project.costFrom,
      subsidyFrom: project.subsidyFrom,
      chargedCents,
      remainingCents,
    };
  });
}

function namesOf(ids: readonly string[], names: Names): string[] {
  return ids.map((id) => names.get(id)?.name ?? id);
}
