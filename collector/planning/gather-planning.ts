// The stores' part: brings together what planning knows of each location. Each store is asked once.
import { isRunning } from '#shared/model/line.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { activeOverrule } from '../assessment/overrule.ts';
import type { BoardScope, Registry } from '../registry/registry.ts';
import type { SeriesStore } from '../series/series.ts';
import { planningDossier } from './planning-dossier.ts';
import type { PlanningInput, Speeds } from './planning-input.ts';

export interface PlanningSources {
  readonly registry: Pick<
    Registry,
    'boards' | 'locations' | 'verdicts' | 'overrules' | 'lines' | 'dossiers'
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
    registry.dossiers.dossiers(scope),
    series.latest(),
  ]);
  const linesOf = Map.groupBy(lines.filter(isRunning), ({ locationId }) => locationId);
  const dossierOf = new Map(dossiers.map((dossier) => [dossier.locationId, dossier]));
  const overrulesOf = Map.groupBy(overrules, ({ locationId }) => locationId);
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
      ...(dossier === undefined ? {} : { dossier: planningDossier(dossier) }),
    };
  });
}

function speedsOf(measurement: Measurement | undefined): Speeds | undefined {
  const { download, upload } = measurement ?? {};
  if (download === undefined || upload === undefined) return undefined;
  return { download: download.ipCapacity, upload: upload.ipCapacity };
}
