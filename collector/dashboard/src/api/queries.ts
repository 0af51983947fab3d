// What the pages read from the collector, each under its key. Freshness comes from the event
// stream (live-updates.ts), so only what is in no stream polls.
import { queryOptions } from '@tanstack/react-query';
import type {
  AvailabilityView,
  IncidentView,
  LocationDetail,
  LocationList,
  MeasurementList,
  Session,
} from './contract.ts';
import { request } from './request.ts';

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => request<Session>('/session', { signal }),
});

export const locationsQuery = queryOptions({
  queryKey: ['locations'],
  queryFn: ({ signal }) => request<LocationList>('/locations', { signal }),
});

export type IncidentStatus = 'open' | 'closed';

export const INCIDENTS_KEY = ['incidents'] as const;
/** The collector looks for incidents every five minutes. */
const INCIDENTS_EVERY_MS = 60_000;

/** Newest change first; those that went on in another are closed and left out. */
export function incidentsQuery(status: IncidentStatus) {
  return queryOptions({
    queryKey: [...INCIDENTS_KEY, status],
    queryFn: ({ signal }) => fetchIncidents({ status, limit: '1000' }, signal),
    refetchInterval: INCIDENTS_EVERY_MS,
  });
}

async function fetchIncidents(
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly IncidentView[]> {
  const { incidents } = await request<{ readonly incidents: readonly IncidentView[] }>(
    `/alerts/incidents?${new URLSearchParams(query)}`,
    { signal },
  );
  return incidents.filter(({ mergedInto }) => mergedInto === null);
}

/** All that is shown of one location lies under this key. */
export function locationKey(id: string) {
  return ['location', id] as const;
}

export function locationQuery(id: string) {
  return queryOptions({
    queryKey: [...locationKey(id), 'detail'],
    queryFn: ({ signal }) =>
      request<LocationDetail>(`/locations/${encodeURIComponent(id)}`, { signal }),
  });
}

/** Newest first; `days` back from now. */
export function measurementsQuery(id: string, days: number) {
  return queryOptions({
    queryKey: [...locationKey(id), 'measurements', days],
    queryFn: ({ signal }) => {
      const from = new Date(Date.now() - days * 86_400_000).toISOString();
      const query = new URLSearchParams({ from, limit: '10000' });
      return request<MeasurementList>(
        `/locations/${encodeURIComponent(id)}/measurements?${query}`,
        { signal },
      );
    },
  });
}

/** The last minute of probes, if there was one. */
export function latencyQuery(id: string) {
  return queryOptions({
    queryKey: [...locationKey(id), 'latency'],
    queryFn: ({ signal }) =>
      request<MeasurementList>(
        `/locations/${encodeURIComponent(id)}/measurements?kind=latency&limit=1`,
        { signal },
      ),
  });
}

/** What is wrong at it now. */
export function locationIncidentsQuery(id: string) {
  return queryOptions({
    queryKey: [...locationKey(id), 'incidents'],
    queryFn: ({ signal }) => fetchIncidents({ status: 'open', locationId: id }, signal),
  });
}

/** The last twelve months. */
export function availabilityQuery(id: string) {
  return queryOptions({
    queryKey: [...locationKey(id), 'availability'],
    queryFn: ({ signal }) =>
      request<AvailabilityView>(`/locations/${encodeURIComponent(id)}/availability`, { signal }),
  });
}
