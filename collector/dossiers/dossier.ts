// Steps → the dossier as it stands. Pure and total: a step that was kept is never refused, also
// when the rules have become stricter since; the rules are check-event.ts.
import type {
  CaseFacts,
  Dossier,
  DossierEvent,
  DossierState,
  DossierStep,
  SchoolView,
} from '#shared/model/dossier.ts';
import { mergedCase } from './merge-cases.ts';
import { stateAfterVerdict } from './state-after-verdict.ts';

/** Throws where the first step does not open it: such a dossier was never kept. */
export function dossierOf(locationId: string, steps: readonly DossierStep[]): Dossier {
  const [first, ...rest] = steps;
  if (first?.event.kind !== 'opened') {
    throw new Error(`the dossier of ${locationId} does not begin by being opened`);
  }
  const opened: Dossier = {
    locationId,
    ...{ version: first.number, round: 1, state: 'signalled', since: first.at },
    ...{ openedAt: first.at, updatedAt: first.at, setAside: null, verdict: first.event.verdict },
    ...NEW_ROUND,
    documents: [],
    steps: [first],
  };
  return rest.reduce(withStep, opened);
}

/** The dossier after one step more. */
export function withStep(dossier: Dossier, step: DossierStep): Dossier {
  if (step.event.kind === 'merged') return afterMerger(dossier, step, step.event.dossier);
  const state = stateAfter(dossier, step.event);
  const isMove = state !== dossier.state;
  const isReopening = isMove && step.event.kind === 'measured' && state === 'signalled';
  return {
    ...dossier,
    ...(isReopening ? { ...NEW_ROUND, round: dossier.round + 1 } : {}),
    ...changeBy(dossier, step),
    state,
    since: isMove ? step.at : dossier.since,
    version: step.number,
    updatedAt: step.at,
    steps: [...dossier.steps, step],
  };
}

function afterMerger(dossier: Dossier, step: DossierStep, other: CaseFacts | undefined): Dossier {
  return {
    ...dossier,
    ...(other === undefined ? {} : mergedCase(dossier, other, step.number)),
    ...{ version: step.number, updatedAt: step.at, steps: [...dossier.steps, step] },
  };
}

/** What a round begins with: what was asked, offered and ordered before is in the steps. */
const NEW_ROUND = {
  asked: null,
  answer: null,
  offers: [],
  solution: null,
  order: null,
  deliveredAt: null,
} as const satisfies Partial<Dossier>;

const STATE_OF_VIEW: Readonly<Record<SchoolView['view'], DossierState>> = {
  suffices: 'suffices',
  too_costly: 'too_costly',
  wants_better: 'wants_better',
};

function stateAfter(dossier: Dossier, event: DossierEvent): DossierState {
  switch (event.kind) {
    case 'measured':
      return stateAfterVerdict(dossier, event.verdict);
    case 'asked':
      return 'asked';
    case 'answered':
      return STATE_OF_VIEW[event.answer.view.view];
    case 'offer_added':
      return dossier.state === 'wants_better' ? 'offer' : dossier.state;
    case 'offer_withdrawn': {
      const isLast = dossier.offers.every(({ id }) => id === event.offerId);
      return dossier.state === 'offer' && isLast ? 'wants_better' : dossier.state;
    }
    case 'maatwerk_started':
      return 'maatwerk';
    case 'ordered':
      return 'ordered';
    case 'order_fell_through':
      if (dossier.solution !== null) return 'maatwerk';
      return otherOffers(dossier).length > 0 ? 'offer' : 'wants_better';
    case 'delivered':
      return 'delivered';
    default:
      return dossier.state;
  }
}

/** Those that were not ordered. */
function otherOffers({ offers, order }: Dossier): Dossier['offers'] {
  return offers.filter(({ id }) => id !== order?.offerId);
}

function changeBy(dossier: Dossier, { number, at, author, reason, event }: DossierStep) {
  switch (event.kind) {
    case 'opened':
    case 'measured':
      return { verdict: event.verdict };
    case 'asked': {
      const { channel, answerBy } = event;
      return { asked: { at, step: number, channel, answerBy }, answer: null };
    }
    case 'answered':
      return { answer: { ...event.answer, at, author } };
    case 'offer_added':
      return { offers: [...dossier.offers, event.offer] };
    case 'offer_withdrawn':
      return { offers: dossier.offers.filter(({ id }) => id !== event.offerId) };
    case 'solution_chosen':
      return { solution: event.solution };
    case 'ordered':
      return {
        order: { at, offerId: event.offerId ?? null, deliveryBy: event.deliveryBy ?? null },
      };
    case 'order_fell_through':
      return {
        ...{ order: null, solution: null, deliveredAt: null },
        offers: otherOffers(dossier),
      };
    case 'delivered':
      return { deliveredAt: at };
    case 'set_aside':
      return { setAside: { at, author, reason, until: event.until ?? null } };
    case 'resumed':
      return { setAside: null };
    case 'document_added':
      return { documents: [...dossier.documents, event.document] };
    case 'maatwerk_started':
    case 'merged':
    case 'noted':
      return {};
  }
}
