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
    .filter((offer) => fits(offer, norm))
    .sort(
      (a, b) =>
        totalCents(a) - totalCents(b) ||
        a.oneOffCents / locationsOf(a) - b.oneOffCents / locationsOf(b) ||
        compareText(a.id, b.id),
    )[0];
}

export function fits(
  { downloadMbps, uploadMbps }: PlanningOffer,
  norm: Pick<Norm, 'download' | 'upload'>,
): boolean {
  return downloadMbps >= norm.download && uploadMbps >= norm.upload;
}

/** How many locations the offer is for. */
export function locationsOf({ members }: PlanningOffer): number {
  return members.length;
}

export function isJoint(offer: PlanningOffer): boolean {
  return locationsOf(offer) > 1;
}

/**
 * One location's part of what is for all locations of an offer: equal parts, the cents that are
 * left over to the first by id, so that the parts add up.
 */
export function partOf(cents: number, { members }: PlanningOffer, locationId: string): number {
  const left = cents % members.length;
  const at = members.findIndex((member) => member.locationId === locationId);
  return (cents - left) / members.length + (at < left ? 1 : 0);
}

function totalCents(offer: PlanningOffer): number {
  return (offer.oneOffCents + CONTRACT_MONTHS * offer.monthlyCents) / locationsOf(offer);
}
