// Which of a location's offers planning reckons with, and what of a joint offer is its part. Pure.
import type { Norm } from '#shared/model/norm.ts';
import { compareText } from './geography.ts';
import type { PlanningOffer } from './planning-input.ts';

/** An offer's monthly price counts for as long as contracts of this kind usually last. */
export const CONTRACT_MONTHS = 36;

/**
 * Of the offers that promise the norm in both directions, the one that costs a location least over
 * `CONTRACT_MONTHS`; then the one that costs least to build, then by id. `undefined` where none
 * fits. That an offer has lapsed is no matter: it still says best what a line costs.
 */
export function bestOffer(
  offers: readonly PlanningOffer[],
  norm: Pick<Norm, 'download' | 'upload'>,
): PlanningOffer | undefined {
  return offers
    .filter((offer) => offer.downloadMbps >= norm.download && offer.uploadMbps >= norm.upload)
    .sort(
      (a, b) =>
        totalCents(a) - totalCents(b) ||
        a.oneOffCents / locationsOf(a) - b.oneOffCents / locationsOf(b) ||
        compareText(a.id, b.id),
    )[0];
}

/** How many locations the offer is for. */
export function locationsOf({ jointWith }: PlanningOffer): number {
  return jointWith.length + 1;
}

/**
 * One location's part of what is for all locations of an offer: equal parts, the cents that are
 * left over to the first by id, so that the parts add up.
 */
export function partOf(cents: number, { jointWith }: PlanningOffer, locationId: string): number {
  const members = [...jointWith, locationId].sort(compareText);
  const left = cents % members.length;
  return (cents - left) / members.length + (members.indexOf(locationId) < left ? 1 : 0);
}

function totalCents(offer: PlanningOffer): number {
  return (offer.oneOffCents + CONTRACT_MONTHS * offer.monthlyCents) / locationsOf(offer);
}
