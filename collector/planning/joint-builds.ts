// Nearby locations that fall short and could be built together: one offer, one application. Pure.
import type { SubsidyFrom } from '#shared/wire/planning.ts';
import { bestOffer } from './best-offer.ts';
import { clustersWithin } from './clusters.ts';
import { distanceKm } from './geography.ts';
import {
  type CostAssumptions,
  jointQuestion,
  subsidyFromOf,
  subsidyQuestion,
} from './location-cost.ts';
import {
  type Coordinates,
  fallsShort,
  offersOf,
  type PlanningInput,
  type PlanningState,
  type SubsidyEstimator,
  type SubsidyQuestion,
} from './planning-input.ts';
import { sum } from './sum.ts';

export interface JointBuild {
  /** Id of the first member; stays the same for as long as that location leads its group. */
  readonly id: string;
  /** In ascending order. */
  readonly locationIds: readonly string[];
  /** Between the two members farthest from each other. */
  readonly widthKm: number;
  /** Where known. */
  readonly pupils: number;
  /** Members whose cost is known, of a joint offer all of it; only these are in the sums below. */
  readonly costed: number;
  readonly costCents: number;
  /** Of the applications one by one. */
  readonly singleSubsidyCents: number;
  /** Of one application for all. */
  readonly jointSubsidyCents: number;
  /** What the joint application brings above those one by one: bonus, brackets and threshold. */
  readonly gainCents: number;
  /** `assumed`: some of the subsidy rests on a present line whose kind nobody has said. */
  readonly subsidyFrom: SubsidyFrom;
}

/** A case in one of these will not be built, or is being built already. */
const CLOSED: readonly PlanningState[] = ['suffices', 'ordered', 'delivered', 'set_aside'];

/** Falls short, and nothing says that it is not to be built. */
export function isOpen(input: PlanningInput): boolean {
  return (
    fallsShort(input) && (input.dossier === undefined || !CLOSED.includes(input.dossier.state))
  );
}

/** Groups of open locations no two of which are farther apart than `radiusKm` (complete linkage). */
export function findJointBuilds(
  inputs: readonly PlanningInput[],
  radiusKm: number,
  assumptions: CostAssumptions,
): readonly JointBuild[] {
  const placed = inputs.flatMap((input) =>
    input.location.coordinates === undefined || !isOpen(input)
      ? []
      : [{ id: input.location.id, coordinates: input.location.coordinates, input }],
  );
  const byId = new Map(placed.map((place) => [place.id, place]));
  return clustersWithin(placed, radiusKm).map((ids) => {
    const members = ids.flatMap((id) => byId.get(id) ?? []);
    const best = new Map(
      members.map(({ id, input }) => [id, bestOffer(offersOf(input), assumptions.norm)]),
    );
    const questions = members.flatMap(({ id, input }) => {
      // A part of a joint offer whose other parts are not in here, or are bought elsewhere, is no price.
      const offer = best.get(id);
      const isWhole =
        offer?.members.every((of) => best.get(of.locationId)?.id === offer.id) ?? true;
      return isWhole ? (subsidyQuestion(input, assumptions) ?? []) : [];
    });
    return {
      id: ids[0] ?? '',
      locationIds: ids,
      widthKm: widthKm(members.map(({ coordinates }) => coordinates)),
      pupils: members.reduce((sum, { input }) => sum + (input.location.pupils ?? 0), 0),
      ...jointMoney(questions, assumptions.estimate),
    };
  });
}

/** `questions`: one of each member whose cost is known. */
export function jointMoney(
  questions: readonly SubsidyQuestion[],
  estimate: SubsidyEstimator,
): Pick<
  JointBuild,
  'costed' | 'costCents' | 'singleSubsidyCents' | 'jointSubsidyCents' | 'gainCents' | 'subsidyFrom'
> {
  const together = jointQuestion(questions);
  const single = questions.map(estimate);
  const joint = together === undefined ? undefined : estimate(together);
  const singleSubsidyCents = sum(single.map(({ amountCents }) => amountCents));
  // Applications one by one stay open to those for whom one together brings less (its cap).
  const jointSubsidyCents = Math.max(singleSubsidyCents, joint?.amountCents ?? 0);
  return {
    costed: questions.length,
    costCents: together?.costCents ?? 0,
    singleSubsidyCents,
    jointSubsidyCents,
    gainCents: jointSubsidyCents - singleSubsidyCents,
    subsidyFrom: subsidyFromOf({
      isAssumed: single.some((each) => each.isAssumed) || joint?.isAssumed === true,
    }),
  };
}

function widthKm(places: readonly Coordinates[]): number {
  let width = 0;
  for (const [at, a] of places.entries()) {
    for (const b of places.slice(at + 1)) width = Math.max(width, distanceKm(a, b));
  }
  return width;
}
