// What planning needs of a dossier. Pure.
import type { Dossier, Offer } from '#shared/model/dossier.ts';
import { localDay } from '../dossiers/local-day.ts';
import type { PlanningDossier, PlanningOffer, PlanningState } from './planning-input.ts';

/** `planningOffer`: the offer with its locations' present lines. */
export function planningDossier(
  dossier: Dossier,
  planningOffer: (offer: Offer) => PlanningOffer,
): PlanningDossier {
  const { state, setAside, since, offers, order } = dossier;
  return {
    state: setAside === null ? state : 'set_aside',
    since: Date.parse(setAside?.at ?? since),
    reached: reachedBy(dossier),
    offers: offers.map(planningOffer),
    ...(order === null
      ? {}
      : {
          order: {
            on: localDay(Date.parse(order.at)),
            ...(order.offerId === null ? {} : { offerId: order.offerId }),
          },
        }),
  };
}

/**
 * In the order of a case. By what this round has, not by its steps: an answer that was taken back
 * or an order that fell through was not reached.
 */
function reachedBy(dossier: Dossier): PlanningState[] {
  const { state, setAside, asked, answer, offers, solution, order, deliveredAt } = dossier;
  const reached: PlanningState[] = ['signalled'];
  if (asked !== null || answer !== null) reached.push('asked');
  if (answer !== null) reached.push(answer.view.view);
  if (offers.length > 0) reached.push('offer');
  if (solution !== null || maatwerkStarted(dossier)) reached.push('maatwerk');
  if (order !== null) reached.push('ordered');
  if (deliveredAt !== null) reached.push('delivered');
  if (reached.at(-1) !== state) reached.push(state);
  if (setAside !== null) reached.push('set_aside');
  return reached;
}

/** Since the school's last answer: maatwerk is for who wants better, and a round begins without. */
function maatwerkStarted({ answer, steps }: Dossier): boolean {
  return (
    answer !== null &&
    steps.some(({ at, event }) => event.kind === 'maatwerk_started' && at >= answer.at)
  );
}
