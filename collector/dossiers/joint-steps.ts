// What a step in one dossier does in others, because an offer is for several locations together: kept
// in the same transaction, all of it or nothing.
import type { Dossier, Offer } from '#shared/model/dossier.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Registry } from '../registry/registry.ts';
import type { Act } from './act.ts';
import { checkEvent, possibleEvents } from './check-event.ts';
import type { DossierChange, NewStep } from './dossier-store.ts';
import { jointOffersFor, membersOf, offerAt } from './joint-offers.ts';
import { localDay } from './local-day.ts';
import { type Whereabouts, whereaboutsOf } from './whereabouts.ts';

type Stores = Pick<Registry, 'dossiers' | 'location' | 'predecessors'>;

/**
 * - A joint offer is added to the dossier of each of its locations that can take one now.
 * - One that is withdrawn is withdrawn for all of them; throws `conflict` where one has ordered it.
 * - A school that wants better gets the joint offers that were made for it before.
 */
export async function stepsAlong(
  registry: Stores,
  act: Act,
  dossier: Dossier,
  step: NewStep,
): Promise<DossierChange[]> {
  const { event } = step;
  switch (event.kind) {
    case 'offer_added': {
      const members = await membersNow(registry, dossier, event.offer);
      return forOthers(registry, dossier, members, (other) => {
        const offer = offerAt(other.locationId, event.offer, members);
        const isPossible = possibleEvents(other).includes('offer_added');
        return isPossible ? { ...step, event: { kind: 'offer_added', offer } } : undefined;
      });
    }
    case 'offer_withdrawn': {
      const offer = dossier.offers.find(({ id }) => id === event.offerId);
      if (offer === undefined) return [];
      const members = await membersNow(registry, dossier, offer);
      await checkMayAct(registry, act, members);
      return forOthers(registry, dossier, members, (other) => {
        if (!other.offers.some(({ id }) => id === offer.id)) return undefined;
        checkEvent(other, event, localDay(Date.parse(step.at)));
        return step;
      });
    }
    case 'answered':
      return event.answer.view.view === 'wants_better' ? madeBefore(registry, dossier, step) : [];
    default:
      return [];
  }
}

/**
 * Throws `bad_request` for a joint offer that names itself, one twice, or one that is not known or
 * closed, and `not_allowed` for one at which the author may not act.
 */
export async function checkJoint(
  registry: Pick<Registry, 'location'>,
  act: Act,
  jointWith: readonly string[],
): Promise<void> {
  const { locationId } = act;
  if (jointWith.includes(locationId) || new Set(jointWith).size < jointWith.length) {
    throw new AppError(
      'bad_request',
      `body/offer/jointWith: names the other locations of the offer, each once and not ${locationId} itself`,
    );
  }
  for (const other of jointWith) {
    const location = await registry.location(other);
    if (location === undefined) {
      throw new AppError('bad_request', `body/offer/jointWith: there is no location ${other}`);
    }
    if (location.closed === undefined) continue;
    const { successorId } = location.closed;
    const instead = successorId === undefined ? 'leave it out' : `it went on as ${successorId}`;
    throw new AppError('bad_request', `body/offer/jointWith: ${other} is closed; ${instead}`);
  }
  await checkMayAct(registry, act, jointWith);
}

async function checkMayAct(
  registry: Pick<Registry, 'location'>,
  { mayActAt }: Act,
  others: readonly string[],
): Promise<void> {
  if (mayActAt === undefined) return;
  for (const other of others) {
    const location = await registry.location(other);
    if (location === undefined || mayActAt(location)) continue;
    throw new AppError(
      'not_allowed',
      `the offer is for ${other} too, where you may not act; ask an operator of both boards`,
    );
  }
}

/** Whose offer it is, where they are now; none where it is for one location alone. */
async function membersNow(
  registry: Pick<Registry, 'location'>,
  { locationId }: Dossier,
  offer: Offer,
): Promise<readonly string[]> {
  if (offer.jointWith.length === 0) return [];
  const now = await whereaboutsOf([locationId, ...offer.jointWith], (id) => registry.location(id));
  return membersOf(locationId, offer, now);
}

async function forOthers(
  registry: Stores,
  { locationId }: Dossier,
  members: readonly string[],
  stepIn: (other: Dossier) => NewStep | undefined,
): Promise<DossierChange[]> {
  const changes: DossierChange[] = [];
  for (const member of members) {
    const other = member === locationId ? undefined : await registry.dossiers.dossier(member);
    const step = other && stepIn(other);
    if (step) changes.push({ locationId: member, version: other.version, step });
  }
  return changes;
}

/** By whom and why they were entered, where they were. */
async function madeBefore(
  registry: Stores,
  dossier: Dossier,
  { at }: NewStep,
): Promise<DossierChange[]> {
  const { locationId, version } = dossier;
  const offers = await offersElsewhere(registry, locationId, dossier);
  return offers.map(({ offer, step }, index) => ({
    ...{ locationId, version: version + 1 + index },
    step: { at, ...step, event: { kind: 'offer_added', offer } },
  }));
}

/** Offers for this location that only others' dossiers have. */
export async function offersElsewhere(
  registry: Stores,
  locationId: string,
  own: Dossier | undefined,
): Promise<ReturnType<typeof jointOffersFor>> {
  const names = [locationId, ...(await registry.predecessors(locationId))];
  const others = await registry.dossiers.dossiersNaming(names);
  return jointOffersFor(locationId, own, others, await placesIn(registry, others));
}

function placesIn(
  registry: Pick<Registry, 'location'>,
  dossiers: readonly Dossier[],
): Promise<Whereabouts> {
  const named = dossiers.flatMap(({ locationId, offers }) => [
    locationId,
    ...offers.flatMap(({ jointWith }) => jointWith),
  ]);
  return whereaboutsOf(named, (id) => registry.location(id));
}
