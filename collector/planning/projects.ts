// What a scenario can choose from: each location by itself, joint offers, and joint builds. Pure.

import type { Norm } from '#shared/model/norm.ts';
import type { Share } from '#shared/model/units.ts';
import type { Candidates, SubsidyFrom } from '#shared/wire/planning.ts';
import { fits, isJoint } from './best-offer.ts';
import { findJointBuilds, isOpen } from './joint-builds.ts';
import { findingsOf, worstShortfall } from './line-findings.ts';
import { type CostAssumptions, costOf, offerQuestion, subsidyFromOf } from './location-cost.ts';
import {
  offersOf,
  type PlanningInput,
  type PlanningOffer,
  type PlanningState,
} from './planning-input.ts';
import { sum } from './sum.ts';

export interface Project {
  /** The first location's, with the offer's where it is a joint one. */
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

/** A joint offer: for all of its locations or for none, at its whole price. */
export interface SharedProject extends Project {
  readonly offerId: string;
}

export interface Projects {
  /** By an offer of its own, or at the assumed cost. */
  readonly singles: readonly Project[];
  /** Joint offers. A location can have several, and an offer of its own beside them. */
  readonly shared: readonly Project[];
  /** Joint builds of those in `singles`, none twice. */
  readonly joint: readonly Project[];
  /** Every candidate whose cost is known, by itself or as its part of a joint offer. */
  readonly costed: readonly Project[];
  /** Candidates whose cost nobody knows: they are in no scenario. */
  readonly withoutCost: readonly string[];
}

const WANTS_BETTER: readonly PlanningState[] = ['wants_better', 'offer', 'maatwerk'];

export function projectsOf(inputs: readonly PlanningInput[], options: ProjectOptions): Projects {
  const candidates = inputs.filter((input) => isCandidate(input, options.candidates));
  const shared = sharedProjects(candidates, options);
  const withShared = new Set(shared.flatMap(({ locationIds }) => locationIds));
  const alone = candidates.map((input) => withOffers(input, (offer) => !isJoint(offer)));
  const singles = alone.flatMap((input) => {
    // An assumption stands in for an offer, and here is one.
    const { assumedCostCents: _, ...offersAlone } = options;
    const isOffered = withShared.has(input.location.id);
    return singleProject(input, isOffered ? offersAlone : options) ?? [];
  });
  const single = new Map(singles.map((project) => [project.id, project]));
  const inFull = new Set(shared.map(({ offerId }) => offerId));
  const costed = candidates.flatMap((input) => {
    const parts = () =>
      singleProject(
        withOffers(input, ({ id }) => inFull.has(id)),
        options,
      );
    return single.get(input.location.id) ?? parts() ?? [];
  });
  const known = new Set(costed.map(({ id }) => id));
  return {
    ...{ singles, shared, costed },
    joint: jointProjects(
      alone.filter(({ location }) => single.has(location.id)),
      single,
      options,
    ),
    withoutCost: candidates.map(({ location }) => location.id).filter((id) => !known.has(id)),
  };
}

function jointProjects(
  inputs: readonly PlanningInput[],
  single: ReadonlyMap<string, Project>,
  options: ProjectOptions,
): Project[] {
  const builds = findJointBuilds(inputs, options.radiusKm, options);
  return builds.map(({ id, locationIds, costCents, jointSubsidyCents, subsidyFrom }) => {
    const members = locationIds.flatMap((each) => single.get(each) ?? []);
    return {
      ...{ id, kind: 'joint', locationIds },
      ...helpedBy(members),
      costCents,
      subsidyCents: jointSubsidyCents,
      ownShareCents: costCents - jointSubsidyCents,
      costFrom: members.every(({ costFrom }) => costFrom === 'offer') ? 'offer' : 'assumed',
      subsidyFrom,
    };
  });
}

/** Joint offers that promise the norm and that every one of its locations can take up. */
function sharedProjects(
  candidates: readonly PlanningInput[],
  options: ProjectOptions,
): SharedProject[] {
  const byId = new Map(candidates.map((input) => [input.location.id, input]));
  const offers = new Map(candidates.flatMap(offersOf).map((offer) => [offer.id, offer] as const));
  return [...offers.values()]
    .filter((offer) => isJoint(offer) && fits(offer, options.norm))
    .flatMap((offer) => {
      const inputs = offer.members.flatMap(({ locationId }) => byId.get(locationId) ?? []);
      const has = (input: PlanningInput) => offersOf(input).some(({ id }) => id === offer.id);
      if (inputs.length < offer.members.length || !inputs.every(has)) return [];
      const subsidy = options.estimate(offerQuestion(offer));
      const locationIds = offer.members.map(({ locationId }) => locationId);
      const members = inputs.map(({ location: { pupils = 0 }, verdict, latest }) => ({
        pupils,
        shortfall: worstShortfall(findingsOf(verdict, latest, options.norm)),
      }));
      return {
        ...{ id: `${locationIds[0]} ${offer.id}`, offerId: offer.id, kind: 'joint', locationIds },
        ...helpedBy(members),
        costCents: offer.oneOffCents,
        subsidyCents: subsidy.amountCents,
        ownShareCents: offer.oneOffCents - subsidy.amountCents,
        costFrom: 'offer',
        subsidyFrom: subsidyFromOf(subsidy),
      };
    });
}

function helpedBy(members: readonly Pick<Project, 'pupils' | 'shortfall'>[]) {
  return {
    pupils: sum(members.map(({ pupils }) => pupils)),
    shortfall: Math.max(...members.map(({ shortfall }) => shortfall)),
  };
}

function withOffers(input: PlanningInput, keeps: (offer: PlanningOffer) => boolean): PlanningInput {
  const { dossier, jointOffers = [] } = input;
  return {
    ...input,
    jointOffers: jointOffers.filter(keeps),
    ...(dossier === undefined
      ? {}
      : { dossier: { ...dossier, offers: dossier.offers.filter(keeps) } }),
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
