// The stores' part: brings together what planning knows of each location. Each store is asked once.
import type { Measurement } from '#shared/model/measurement.ts';
import type { BoardScope, Registry } from '../registry/registry.ts';
import type { SeriesStore } from '../series/series.ts';
import type { PlanningInput, Speeds } from './planning-input.ts';

export interface PlanningSources {
  readonly registry: Pick<Registry, 'boards' | 'locations' | 'verdicts'>;
  readonly series: Pick<SeriesStore, 'latest'>;
}

export async function gatherPlanning(
  { registry, series }: PlanningSources,
  scope: BoardScope,
): Promise<PlanningInput[]> {
  const [boards, locations, verdicts, latest] = await Promise.all([
    registry.boards(scope),
    registry.locations(scope),
    registry.verdicts(),
    series.latest(),
  ]);
  const names = new Map(boards.map(({ id, name }) => [id, name]));
  return locations.map((location) => {
    const verdict = verdicts.get(location.id);
    const speeds = speedsOf(latest.get(location.id)?.measurement);
    return {
      location,
      boardName: names.get(location.boardId) ?? location.boardId,
      ...(verdict === undefined ? {} : { verdict }),
      ...(speeds === undefined ? {} : { latest: speeds }),
      lines: [],
    };
  });
}

function speedsOf(measurement: Measurement | undefined): Speeds | undefined {
  const { download, upload } = measurement ?? {};
  if (download === undefined || upload === undefined) return undefined;
  return { download: download.ipCapacity, upload: upload.ipCapacity };
}
