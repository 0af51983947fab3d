// From dossiers to what the API says of them: names, texts, deadlines, estimates.
import type { Dossier, Offer } from '#shared/model/dossier.ts';
import type { Board, Location } from '#shared/model/location.ts';
import type { SubsidyApplication, SubsidyEstimate } from '#shared/model/subsidy.ts';
import type { Person } from '#shared/wire/api.ts';
import type { DossierSummary, DossierView, EstimateView } from '#shared/wire/dossier-api.ts';
import { possibleEvents } from '../dossiers/check-event.ts';
import { dueAt } from '../dossiers/deadlines.ts';
import { membersOf } from '../dossiers/joint-offers.ts';
import { offersElsewhere } from '../dossiers/joint-steps.ts';
import { localDay } from '../dossiers/local-day.ts';
import { eventText, STATE_TEXTS } from '../dossiers/state-texts.ts';
import { estimate } from '../dossiers/subsidy/estimate.ts';
import { explainEstimate } from '../dossiers/subsidy/explain-estimate.ts';
import { nearestScheme } from '../dossiers/subsidy/schemes.ts';
import { whereaboutsOf } from '../dossiers/whereabouts.ts';
import { boardScope, mayActOnDossier } from './access.ts';
import type { ApiDeps } from './deps.ts';

type ViewDeps = Pick<ApiDeps, 'registry' | 'dossiers' | 'clock'>;

/** Those that the person may see, by location. */
export async function dossierSummaries(
  deps: ViewDeps,
  person: Person,
  filter: Parameters<ApiDeps['registry']['dossiers']['dossiers']>[1],
): Promise<DossierSummary[]> {
  const scope = boardScope(person);
  const dossiers = await deps.registry.dossiers.dossiers(scope, filter);
  if (dossiers.length === 0) return [];
  const locations = new Map(
    (await deps.registry.locations(scope, 'all')).map((each) => [each.id, each]),
  );
  const boards = await boardsOf(deps);
  return dossiers.flatMap((dossier) => {
    const location = locations.get(dossier.locationId);
    if (location === undefined) return [];
    const { steps: _steps, documents: _documents, ...summary } = dossier;
    return [{ ...summary, ...around(deps, dossier, location, boards) }];
  });
}

export async function dossierView(
  deps: ViewDeps,
  person: Person,
  location: Location,
  dossier: Dossier,
): Promise<DossierView> {
  const invitations = mayActOnDossier(person, location)
    ? await deps.registry.dossiers.invitations(location.id)
    : [];
  const elsewhere = await offersElsewhere(deps.registry, location.id, dossier);
  const known = [
    ...dossier.offers.map((offer) => ({ offer, from: null })),
    ...elsewhere.map(({ offer, from }) => ({ offer, from })),
  ];
  const offers = known.map(async ({ offer, from }) => ({
    ...{ ...offer, from },
    estimate: (await offerEstimate(deps, location.id, offer)) ?? null,
  }));
  return {
    ...dossier,
    ...around(deps, dossier, location, await boardsOf(deps)),
    steps: dossier.steps.map((step) => ({ ...step, text: eventText(step.event) })),
    offers: await Promise.all(offers),
    possible: possibleEvents(dossier),
    invitations: invitations.map(({ email, contactName, createdAt, expiresAt }) => ({
      email,
      contactName,
      createdAt: new Date(createdAt).toISOString(),
      expiresAt: new Date(expiresAt).toISOString(),
    })),
  };
}

/** What is applied for with an offer on a day. */
export async function applicationOf(
  { dossiers, registry }: Pick<ApiDeps, 'dossiers' | 'registry'>,
  locationId: string,
  offer: Offer,
  on: string,
): Promise<SubsidyApplication> {
  const { jointWith, oneOffCents, kind, downloadMbps, uploadMbps } = offer;
  const now = await whereaboutsOf([locationId, ...jointWith], (id) => registry.location(id));
  const members = membersOf(locationId, offer, now);
  const presentKinds = await Promise.all(members.map(dossiers.presentKind));
  return { on, costCents: oneOffCents, presentKinds, newKind: kind, downloadMbps, uploadMbps };
}

export function estimateView(made: SubsidyEstimate): EstimateView {
  const { summary, conditions, steps } = explainEstimate(made);
  return { ...made, text: { summary, conditions: [...conditions], steps: [...steps] } };
}

async function offerEstimate(
  deps: ViewDeps,
  locationId: string,
  offer: Offer,
): Promise<EstimateView | undefined> {
  const today = localDay(deps.clock.now());
  const { schemes } = deps.dossiers;
  const scheme = nearestScheme(schemes.all, today);
  if (scheme === undefined) return undefined;
  const application = await applicationOf(deps, locationId, offer, today);
  return estimateView(estimate(scheme, application, schemes.readingOf(scheme)));
}

async function boardsOf({ registry }: Pick<ApiDeps, 'registry'>): Promise<Map<string, Board>> {
  return new Map((await registry.boards(undefined)).map((board) => [board.id, board]));
}

function around(
  { dossiers }: ViewDeps,
  dossier: Dossier,
  { name, boardId }: Location,
  boards: ReadonlyMap<string, Board>,
) {
  const due = dueAt(dossier, dossiers.deadlines);
  return {
    locationName: name,
    board: boards.get(boardId) ?? { id: boardId, name: `Bevoegd gezag ${boardId}` },
    stateText: STATE_TEXTS[dossier.state],
    dueAt: due === undefined ? null : new Date(due).toISOString(),
  };
}
