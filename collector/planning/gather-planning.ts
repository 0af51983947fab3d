// The stores' part: brings together what planning knows of each location. Each store is asked once.
import type { Dossier, Offer } from '#shared/model/dossier.ts';
import { isRunning, type LineKind } from '#shared/model/line.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { activeOverrule } from '../assessment/overrule.ts';
import { jointOffersFor, membersOf } from '../dossiers/joint-offers.ts';
import { presentKindOf } from '../dossiers/present-kind.ts';
import { type Whereabouts, whereaboutsOf } from '../dossiers/whereabouts.ts';
import type { BoardScope, Registry } from '../registry/registry.ts';
import type { SeriesStore } from '../series/series.ts';
import { planningDossier } from './planning-dossier.ts';
import type { PlanningInput, PlanningOffer, Speeds } from './planning-input.ts';

export interface PlanningSources {
  readonly registry: Pick<
    Registry,
    'boards' | 'location' | 'locations' | 'verdicts' | 'overrules' | 'lines' | 'dossiers'
  >;
  readonly series: Pick<SeriesStore, 'latest'>;
}

/** Of the open locations, as they are at `now`. */
export async function gatherPlanning(
  { registry, series }: PlanningSources,
  scope: BoardScope,
  now: EpochMs,
): Promise<PlanningInput[]> {
  const [boards, locations, verdicts, overrules, lines, dossiers, latest] = await Promise.all([
    registry.boards(scope),
    registry.locations(scope),
    registry.verdicts(),
    registry.overrules(),
    registry.lines(),
    // Of all boards: a joint offer in another board's dossier is an offer to a location of this one.
    registry.dossiers.dossiers(undefined),
    series.latest(),
  ]);
  const linesOf = Map.groupBy(lines.filter(isRunning), ({ locationId }) => locationId);
  const dossierOf = new Map(dossiers.map((dossier) => [dossier.locationId, dossier]));
  const overrulesOf = Map.groupBy(overrules, ({ locationId }) => locationId);
  const offers = jointOffers(dossiers, await placesOf(registry, dossiers), (id) =>
    presentKindOf(linesOf.get(id) ?? []),
  );
  const names = new Map(boards.map(({ id, name }) => [id, name]));
  return locations.map((location) => {
    const dossier = dossierOf.get(location.id);
    const verdict = verdicts.get(location.id);
    const overrule = activeOverrule(overrulesOf.get(location.id) ?? [], now);
    const speeds = speedsOf(latest.get(location.id)?.measurement);
    return {
      location,
      boardName: names.get(location.boardId) ?? location.boardId,
      ...(verdict === undefined ? {} : { verdict }),
      ...(overrule === undefined ? {} : { overrule }),
      ...(speeds === undefined ? {} : { latest: speeds }),
      lines: linesOf.get(location.id) ?? [],
      ...(dossier === undefined
        ? {}
        : { dossier: planningDossier(dossier, (offer) => offers.planned(location.id, offer)) }),
      jointOffers: offers.elsewhere(location.id, dossier),
    };
  });
}

/** Of the locations that joint offers name; all others are there. */
function placesOf(
  registry: Pick<Registry, 'location'>,
  dossiers: readonly Dossier[],
): Promise<Whereabouts> {
  const joint = dossiers.filter(({ offers }) =>
    offers.some(({ jointWith }) => jointWith.length > 0),
  );
  const named = joint.flatMap(({ locationId, offers }) => [
    locationId,
    ...offers.flatMap(({ jointWith }) => jointWith),
  ]);
  return whereaboutsOf(named, (id) => registry.location(id));
}

interface JointOffers {
  planned(locationId: string, offer: Offer): PlanningOffer;
  elsewhere(locationId: string, own: Dossier | undefined): readonly PlanningOffer[];
}

function jointOffers(
  dossiers: readonly Dossier[],
  now: Whereabouts,
  kindOf: (locationId: string) => LineKind,
): JointOffers {
  const planned: JointOffers['planned'] = (locationId, { jointWith, ...offer }) => ({
    ...offer,
    members: membersOf(locationId, { jointWith }, now).map((id) => ({
      locationId: id,
      presentKind: kindOf(id),
    })),
  });
  /** Dossiers with an offer for this location, by location. */
  const naming = new Map<string, Set<Dossier>>();
  for (const dossier of dossiers) {
    for (const offer of dossier.offers) {
      if (offer.jointWith.length === 0) continue;
      for (const member of membersOf(dossier.locationId, offer, now)) {
        naming.set(member, (naming.get(member) ?? new Set()).add(dossier));
      }
    }
  }
  return {
    planned,
    elsewhere: (locationId, own) => {
      const others = [...(naming.get(locationId) ?? [])];
      if (others.length === 0) return NO_OFFERS;
      return jointOffersFor(locationId, own, others, now).map(({ offer }) =>
        planned(locationId, offer),
      );
    },
  };
}

const NO_OFFERS: readonly PlanningOffer[] = [];

function speedsOf(measurement: Measurement | undefined): Speeds | undefined {
  const { download, upload } = measurement ?? {};
  if (download === undefined || upload === undefined) return undefined;
  return { download: download.ipCapacity, upload: upload.ipCapacity };
}
