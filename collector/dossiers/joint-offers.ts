// An offer for several locations together is an offer to each of them: for whom it is, and what a
// location is offered that was entered in another one's dossier. Pure.
import type { Dossier, DossierStep, Offer } from '#shared/model/dossier.ts';
import type { Whereabouts } from './whereabouts.ts';

/** An offer as this location has it: `jointWith` names the others. */
export interface JointOffer {
  readonly offer: Offer;
  /** In whose dossier it is, and by which step it came there. */
  readonly from: string;
  readonly step: Pick<DossierStep, 'author' | 'reason'>;
}

/**
 * The locations of an offer that are still there, in ascending order; one that went on as another
 * counts as that one. A location that is closed for good leaves the whole price to the others.
 */
export function membersOf(
  locationId: string,
  { jointWith }: Pick<Offer, 'jointWith'>,
  now: Whereabouts,
): string[] {
  const found = [locationId, ...jointWith].flatMap((each) => now(each) ?? []);
  return [...new Set(found)].sort();
}

/** The same offer in the dossier of another of its locations. */
export function offerAt(locationId: string, offer: Offer, members: readonly string[]): Offer {
  return { ...offer, jointWith: members.filter((each) => each !== locationId) };
}

/**
 * What others' dossiers have that is for this location too, once each, without what its own dossier
 * has or had: there its own steps have the last word (withdrawn, fallen through).
 */
export function jointOffersFor(
  locationId: string,
  own: Pick<Dossier, 'steps'> | undefined,
  others: readonly Dossier[],
  now: Whereabouts,
): JointOffer[] {
  const found = new Map<string, JointOffer>();
  for (const other of others) {
    const { locationId: from, state } = other;
    // Kept with a location that is gone, or of a round that is over.
    if (from === locationId || now(from) !== from || state === 'closed') continue;
    for (const offer of other.offers) {
      const members = membersOf(from, offer, now);
      const isNew = !found.has(offer.id) && !isIn(own, offer.id);
      if (!isNew || !members.includes(locationId)) continue;
      const step = stepOf(other, offer.id);
      found.set(offer.id, { offer: offerAt(locationId, offer, members), from, step });
    }
  }
  return [...found.values()];
}

function isIn(dossier: Pick<Dossier, 'steps'> | undefined, offerId: string): boolean {
  return dossier?.steps.some((step) => brings(step, offerId)) ?? false;
}

function stepOf({ steps }: Dossier, offerId: string): JointOffer['step'] {
  const { author, reason } = steps.find((step) => brings(step, offerId)) ?? steps[0] ?? NOBODY;
  return { author, reason };
}

const NOBODY = { author: { kind: 'import' }, reason: '' } as const;

function brings({ event }: DossierStep, offerId: string): boolean {
  if (event.kind === 'offer_added') return event.offer.id === offerId;
  return (
    event.kind === 'merged' && (event.dossier?.offers.some(({ id }) => id === offerId) ?? false)
  );
}
