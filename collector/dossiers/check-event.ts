// Which step may follow which. Pure; the table is the whole of it.
import {
  DOSSIER_STATES,
  type Dossier,
  type DossierEvent,
  type DossierState,
} from '#shared/model/dossier.ts';
import { AppError } from '#shared/runtime/errors.ts';

type Kind = DossierEvent['kind'];

/** In which states an event may happen. What may happen set aside is `WHILE_SET_ASIDE`. */
export const ALLOWED_IN: Readonly<Record<Kind, readonly DossierState[]>> = {
  // A dossier is opened once; measurements reopen it.
  opened: [],
  measured: DOSSIER_STATES,
  asked: ['signalled', 'asked', 'suffices', 'too_costly'],
  // Changeable while nothing was built upon it.
  answered: ['asked', 'suffices', 'too_costly', 'wants_better'],
  offer_added: ['wants_better', 'offer', 'maatwerk'],
  offer_withdrawn: ['offer', 'maatwerk'],
  maatwerk_started: ['wants_better', 'offer'],
  solution_chosen: ['maatwerk'],
  ordered: ['offer', 'maatwerk'],
  // Also what was delivered may turn out not to do.
  order_fell_through: ['ordered', 'delivered'],
  delivered: ['ordered'],
  set_aside: DOSSIER_STATES,
  resumed: DOSSIER_STATES,
  document_added: DOSSIER_STATES,
  noted: DOSSIER_STATES,
  // An import merges; nobody does so by hand.
  merged: [],
};
const WHILE_SET_ASIDE: readonly Kind[] = ['measured', 'resumed', 'document_added', 'noted'];

/** What may happen now. */
export function possibleEvents({ state, setAside }: Pick<Dossier, 'state' | 'setAside'>): Kind[] {
  return (Object.keys(ALLOWED_IN) as Kind[]).filter((kind) => {
    if (!ALLOWED_IN[kind].includes(state)) return false;
    if (setAside !== null) return WHILE_SET_ASIDE.includes(kind);
    return kind !== 'resumed';
  });
}

/** `day` is today in the schools' time zone. Throws `conflict`, saying what is possible instead. */
export function checkEvent(dossier: Dossier, event: DossierEvent, day: string): void {
  const possible = possibleEvents(dossier);
  if (!possible.includes(event.kind)) {
    const now = `${dossier.state}${dossier.setAside === null ? '' : ' and set aside'}`;
    throw refused(
      dossier,
      `is ${now}, where ${event.kind} cannot follow; possible: ${possible.join(', ')}`,
    );
  }
  const why = reasonAgainst(dossier, event, day);
  if (why !== undefined) throw refused(dossier, why);
}

function reasonAgainst(dossier: Dossier, event: DossierEvent, day: string): string | undefined {
  switch (event.kind) {
    case 'offer_added':
      return dossier.offers.some(({ id }) => id === event.offer.id)
        ? `has an offer ${event.offer.id} already`
        : undefined;
    case 'offer_withdrawn':
      return dossier.offers.some(({ id }) => id === event.offerId)
        ? undefined
        : `has no offer ${event.offerId}`;
    case 'ordered':
      return againstOrder(dossier, event, day);
    default:
      return undefined;
  }
}

function againstOrder(
  { state, offers, solution }: Dossier,
  { offerId }: Extract<DossierEvent, { kind: 'ordered' }>,
  day: string,
): string | undefined {
  if (state === 'maatwerk' && solution === null) {
    return 'has no chosen solution yet; add the step solution_chosen first';
  }
  if (offerId === undefined) {
    return state === 'offer' ? 'has offers; say which one was ordered (offerId)' : undefined;
  }
  const offer = offers.find(({ id }) => id === offerId);
  if (offer === undefined) return `has no offer ${offerId}`;
  return offer.validUntil < day
    ? `has offer ${offerId}, which was valid until ${offer.validUntil}; add the renewed offer`
    : undefined;
}

function refused({ locationId }: Dossier, why: string): AppError {
  return new AppError('conflict', `the dossier of ${locationId} ${why}`);
}
