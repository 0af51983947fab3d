// Two dossiers that become one, because a location went on as another: which case goes on, and what
// it takes along of the other. Pure.
import { type CaseFacts, DOSSIER_STATES, type DossierState } from '#shared/model/dossier.ts';

/** A case in one of these can have offers beside it. */
const WITH_OFFERS: readonly DossierState[] = [
  'wants_better',
  'offer',
  'maatwerk',
  'ordered',
  'delivered',
];

/** What a dossier stands at, without whose it is. */
export function caseFactsOf(facts: CaseFacts): CaseFacts {
  const { state, since, setAside, asked, answer, offers, solution, order } = facts;
  const { deliveredAt, documents } = facts;
  return {
    ...{ state, since, setAside, asked, answer, offers: [...offers], solution, order },
    ...{ deliveredAt, documents: [...documents] },
  };
}

/**
 * The case that is further goes on: an open one before a closed one, one that goes on before one that
 * is set aside, then by its state in the order of a case; of those alike the location's own. Offers
 * and documents of the other go along where they can be of use.
 * @param step of the merger: the number by which the other's question to the school is known from now on.
 */
export function mergedCase(own: CaseFacts, other: CaseFacts, step: number): CaseFacts {
  const isOwn = compareProgress(own, other) >= 0;
  const [first, second] = isOwn ? [own, other] : [other, own];
  const facts = caseFactsOf(first);
  const isOpen = second.state !== 'closed' && WITH_OFFERS.includes(first.state);
  const offers = isOpen ? withoutTwins([...first.offers, ...second.offers]) : facts.offers;
  const asked = first.asked === null || isOwn ? first.asked : { ...first.asked, step };
  return {
    ...facts,
    ...{ asked, offers, documents: withoutTwins([...first.documents, ...second.documents]) },
    state: first.state === 'wants_better' && offers.length > 0 ? 'offer' : first.state,
  };
}

function compareProgress(a: CaseFacts, b: CaseFacts): number {
  const [closedA, closedB] = [a, b].map(({ state }) => Number(state === 'closed'));
  if (closedA !== closedB) return (closedB ?? 0) - (closedA ?? 0);
  const [restsA, restsB] = [a, b].map(({ setAside }) => Number(setAside !== null));
  if (restsA !== restsB && closedA === 0) return (restsB ?? 0) - (restsA ?? 0);
  return DOSSIER_STATES.indexOf(a.state) - DOSSIER_STATES.indexOf(b.state);
}

/** A joint offer is in the dossiers of all its locations, by one id. */
function withoutTwins<T extends { readonly id: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}
