// From changed locations to fresh data, at a bounded cost: changes are gathered for a moment; a
// few are fetched one by one and put into the list, many fetch the whole list again, and that
// seldom.
import type { QueryClient } from '@tanstack/react-query';
import type { LocationList, LocationView } from './contract.ts';
import { locationKey, locationQuery, locationsQuery } from './queries.ts';

/** Long enough to gather a burst, short enough to feel at once. */
const GATHER_MS = 500;
/** Up to here one request per location costs less than the list of all. */
const FEW = 12;
/** Spacing of fetches of the whole list: megabytes at 9,000 locations. */
const LIST_SPACING_MS = 10_000;

export interface LiveUpdates {
  changed(locationId: string): void;
  /** Changes may have been missed: what is shown is fetched again, unless it is under way. */
  missed(): void;
  end(): void;
}

export interface UpdateDeps {
  readonly client: QueryClient;
  readonly later: (ms: number, run: () => void) => () => void;
  readonly now: () => number;
}

export function createLiveUpdates({ client, later, now }: UpdateDeps): LiveUpdates {
  const gathered = new Set<string>();
  let cancelFlush: (() => void) | undefined;
  let cancelList: (() => void) | undefined;
  let listAt = Number.NEGATIVE_INFINITY;

  const fetchList = () => {
    cancelList = undefined;
    listAt = now();
    void client.invalidateQueries({ queryKey: locationsQuery.queryKey });
  };
  const flush = () => {
    cancelFlush = undefined;
    const ids = [...gathered];
    gathered.clear();
    for (const id of ids) void client.invalidateQueries({ queryKey: locationKey(id) });
    if (!isListShown(client)) {
      void client.invalidateQueries({ queryKey: locationsQuery.queryKey, refetchType: 'none' });
    } else if (ids.length <= FEW) {
      for (const id of ids) void refreshRow(client, id);
    } else {
      cancelList ??= later(Math.max(0, listAt + LIST_SPACING_MS - now()), fetchList);
    }
  };
  return {
    changed: (id) => {
      gathered.add(id);
      cancelFlush ??= later(GATHER_MS, flush);
    },
    missed: () => void client.invalidateQueries({}, { cancelRefetch: false }),
    end: () => {
      cancelFlush?.();
      cancelList?.();
    },
  };
}

function isListShown(client: QueryClient): boolean {
  return client.getQueryCache().find({ queryKey: locationsQuery.queryKey })?.isActive() === true;
}

async function refreshRow(client: QueryClient, id: string): Promise<void> {
  try {
    const { location } = await client.fetchQuery({ ...locationQuery(id), staleTime: 0 });
    client.setQueryData(locationsQuery.queryKey, (list) => withLocation(list, location));
  } catch {
    // The row keeps its figures; the next event or a reconnection mends it.
  }
}

/** The list with this location in its place, at the end when it is new, without it when closed. */
export function withLocation(
  list: LocationList | undefined,
  location: LocationView,
): LocationList | undefined {
  if (list === undefined) return undefined;
  const isKnown = list.locations.some(({ id }) => id === location.id);
  if (location.closed !== undefined) {
    return { ...list, locations: list.locations.filter(({ id }) => id !== location.id) };
  }
  const locations = isKnown
    ? list.locations.map((known) => (known.id === location.id ? location : known))
    : [...list.locations, location];
  return { ...list, locations };
}
