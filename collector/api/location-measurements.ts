// Measurements of a location, those of the codes by which it went before with them: its lines and
// devices came from there.
import type { SeriesQuery, StoredMeasurement } from '../series/series.ts';
import type { ApiDeps } from './deps.ts';

/** Newest first. */
export async function newestMeasurements(
  { registry, series }: Pick<ApiDeps, 'registry' | 'series'>,
  query: Omit<SeriesQuery, 'first'> & { readonly limit: number },
): Promise<readonly StoredMeasurement[]> {
  const places = [query.locationId, ...(await registry.predecessors(query.locationId))];
  const found = await Promise.all(
    places.map((locationId) => series.query({ ...query, locationId, first: 'newest' })),
  );
  if (places.length === 1) return found[0] ?? [];
  return found
    .flat()
    .sort((a, b) => b.startedAt - a.startedAt)
    .slice(0, query.limit);
}
