// What a scenario can choose from: each location by itself, and joint builds. Pure.

import type { Norm } from '#shared/model/norm.ts';
import type { Share } from '#shared/model/units.ts';
import type { Candidates, SubsidyFrom } from '#shared/wire/planning.ts';
import { findJointBuilds, isOpen } from './joint-builds.ts';
import { findingsOf, worstShortfall } from './line-findings.ts';
import { type CostAssumptions, costOf, subsidyFromOf } from './location-cost.ts';
import type { PlanningInput, PlanningState } from './planning-input.ts';
import { sum } from './sum.ts';

export interface Project {
  /** The first location's. */
  readonly id: string;
  readonly kind: 'single' | 'joint';
  /** In ascending order. */
  readonly locationIds: readonly string[];
  /** Where known. */
  readonly pupils: number;
  /** Of its worst location and direction, as a share of the norm. */
  readonly shortfall: Share;
  readonly costCents: number;
  readonly subsidyCents: number;
  readonly ownShareCents: number;
  readonly costFrom: 'offer' | 'assumed';
  readonly subsidyFrom: SubsidyFrom;
}

export interface ProjectOptions extends CostAssumptions {
  readonly norm: Norm;
  readonly radiusKm: number;
  readonly candidates: Candidates;
}

export interface Projects {
  readonly singles: readonly Project[];
  /** Of those in `singles`, none twice. */
  readonly joint: readonly Project[];
  /** Candidates whose cost nobody knows: they are in no scenario. */
  readonly withoutCost: readonly string[];
}

const WANTS_BETTER: readonly PlanningState[] = ['wants_better', 'offer', 'maatwerk'];

export function projectsOf(inputs: readonly PlanningInput[], options: ProjectOptions): Projects {
  const candidates = inputs.filter((input) => isCandidate(input, options.candidates));
  const singles = candidates.flatMap((input) => singleProject(input, options) ?? []);
  const costed = new Map(singles.map((project) => [project.id, project]));
  const builds = findJointBuilds(
    candidates.filter(({ location }) => costed.has(location.id)),
    options.radiusKm,
    options,
  );
  return {
    singles,
    joint: builds.map(({ id, locationIds, costCents, jointSubsidyCents, subsidyFrom }) => {
      const members = locationIds.flatMap((each) => costed.get(each) ?? []);
      return {
        id,
        kind: 'joint',
        locationIds,
        pupils: sum(members.map(({ pupils }) => pupils)),
        shortfall: Math.max(...members.map(({ shortfall }) => shortfall)),
        costCents,
        subsidyCents: jointSubsidyCents,
        ownShareCents: costCents - jointSubsidyCents,
        costFrom: members.every(({ costFrom }) => costFrom === 'offer') ? 'offer' : 'assumed',
        subsidyFrom,
      };
    }),
    withoutCost: candidates.map(({ location }) => location.id).filter((id) => !costed.has(id)),
  };
}

function isCandidate(input: PlanningInput, candidates: Candidates): boolean {
  if (!isOpen(input)) return false;
  return (
    candidates === 'open' ||
    (input.dossier !== undefined && WANTS_BETTER.includes(input.dossier.state))
  );
}

function singleProject(input: PlanningInput, options: ProjectOptions): Project | undefined {
  const cost = costOf(input, options);
  if (cost === undefined) return undefined;
  const { id, pupils } = input.location;
  const { costCents, subsidyCents, ownShareCents } = cost;
  return {
    id,
    kind: 'single',
    locationIds: [id],
    pupils: pupils ?? 0,
    shortfall: worstShortfall(findingsOf(input.verdict, input.latest, options.norm)),
    ...{ costCents, subsidyCents, ownShareCents },
    costFrom: cost.from,
    subsidyFrom: subsidyFromOf(cost.subsidy),
  };
}
