// What building a better line to a location costs, who pays what of it, and what that rests on.
// Pure; whole euro cents.
import type { Norm } from '#shared/model/norm.ts';
import type { SubsidyFrom } from '#shared/wire/planning.ts';
import { presentKindOf } from '../dossiers/present-kind.ts';
import { bestOffer, partOf } from './best-offer.ts';
import {
  offersOf,
  type PlanningInput,
  type PlanningOffer,
  type Subsidy,
  type SubsidyEstimator,
  type SubsidyQuestion,
} from './planning-input.ts';
import { sum } from './sum.ts';

export interface LocationCost {
  readonly from: 'offer' | 'assumed';
  readonly offer?: PlanningOffer;
  /** Of a joint offer, this location's part. */
  readonly costCents: number;
  readonly monthlyCents?: number;
  readonly subsidyCents: number;
  readonly ownShareCents: number;
  /** Of a joint offer, the whole application's. */
  readonly subsidy: Subsidy;
}

export interface CostAssumptions {
  readonly norm: Pick<Norm, 'download' | 'upload'>;
  readonly estimate: SubsidyEstimator;
  /** For a location without a fitting offer, a fibre; absent: its cost is not known. */
  readonly assumedCostCents?: number;
}

/** `undefined` where there is no fitting offer and nothing is assumed. */
export function costOf(
  input: PlanningInput,
  assumptions: CostAssumptions,
): LocationCost | undefined {
  const question = subsidyQuestion(input, assumptions);
  if (question === undefined) return undefined;
  const offer = bestOffer(offersOf(input), assumptions.norm);
  const { id } = input.location;
  const subsidy = assumptions.estimate(offer === undefined ? question : offerQuestion(offer));
  const subsidyCents =
    offer === undefined ? subsidy.amountCents : partOf(subsidy.amountCents, offer, id);
  const { costCents } = question;
  return {
    ...(offer === undefined
      ? { from: 'assumed' }
      : { from: 'offer', offer, monthlyCents: partOf(offer.monthlyCents, offer, id) }),
    ...{ costCents, subsidyCents, ownShareCents: costCents - subsidyCents, subsidy },
  };
}

/**
 * What the location would apply for by itself, for its own part of a joint offer; `undefined` where
 * its cost is not known.
 */
export function subsidyQuestion(
  input: PlanningInput,
  { norm, assumedCostCents }: CostAssumptions,
): SubsidyQuestion | undefined {
  const { location, lines } = input;
  const offer = bestOffer(offersOf(input), norm);
  if (offer !== undefined) {
    const costCents = partOf(offer.oneOffCents, offer, location.id);
    return { ...offerQuestion(offer), costCents, presentKinds: [presentKindOf(lines)] };
  }
  if (assumedCostCents === undefined) return undefined;
  return {
    costCents: assumedCostCents,
    presentKinds: [presentKindOf(lines)],
    newKind: 'fibre',
    downloadMbps: norm.download,
    uploadMbps: norm.upload,
  };
}

/** The application for the whole offer, for all of its locations. */
export function offerQuestion(offer: PlanningOffer): SubsidyQuestion {
  return {
    costCents: offer.oneOffCents,
    presentKinds: offer.members.map(({ presentKind }) => presentKind),
    newKind: offer.kind,
    downloadMbps: offer.downloadMbps,
    uploadMbps: offer.uploadMbps,
  };
}

/**
 * The same for several together, as one application for one offer: its price is the sum, its line
 * the kind of the costliest part, its speeds the least that anyone gets. `undefined` for nobody.
 */
export function jointQuestion(questions: readonly SubsidyQuestion[]): SubsidyQuestion | undefined {
  const costliest = questions.toSorted((a, b) => b.costCents - a.costCents)[0];
  if (costliest === undefined) return undefined;
  return {
    costCents: sum(questions.map(({ costCents }) => costCents)),
    presentKinds: questions.flatMap(({ presentKinds }) => presentKinds),
    newKind: costliest.newKind,
    downloadMbps: Math.min(...questions.map(({ downloadMbps }) => downloadMbps)),
    uploadMbps: Math.min(...questions.map(({ uploadMbps }) => uploadMbps)),
  };
}

export function subsidyFromOf({ isAssumed }: Pick<Subsidy, 'isAssumed'>): SubsidyFrom {
  return isAssumed ? 'assumed' : 'known';
}
