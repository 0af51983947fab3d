// Over a real query cache, with a collector that answers at once and counts.
import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LocationList } from '#collector/dashboard/src/api/contract.ts';
import {
  createLiveUpdates,
  type LiveUpdates,
  withLocation,
} from '#collector/dashboard/src/api/live-updates.ts';
import { locationsQuery } from '#collector/dashboard/src/api/queries.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { locationView } from './locations.ts';

const all = Array.from({ length: 50 }, (_, at) => locationView(`01AA${at + 10}`));
const list: LocationList = { locations: all, norm: NORM_500_40 };
let client: QueryClient;
let clock: FakeClock;
let updates: LiveUpdates;
let asked: string[];
let endObserving: () => void;

beforeEach(() => {
  asked = [];
  // The browser's door to the network; the collector's side is not this test's subject.
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(path.replace('/api/v1', ''));
    const id = /\/locations\/(\w+)$/.exec(path)?.[1];
    const location = id === undefined ? undefined : locationView(id, { name: 'new name' });
    return Response.json(
      location === undefined ? list : { location, devices: [], norm: NORM_500_40 },
    );
  });
  clock = new FakeClock();
  client = new QueryClient();
  client.setQueryData(locationsQuery.queryKey, list);
  endObserving = new QueryObserver(client, { ...locationsQuery, staleTime: 60_000 }).subscribe(
    () => {},
  );
  updates = createLiveUpdates({
    client,
    now: () => clock.monotonicMs(),
    later: (ms, run) => {
      const controller = new AbortController();
      clock.sleep(ms, controller.signal).then(run, () => {});
      return () => controller.abort();
    },
  });
});
afterEach(() => {
  updates.end();
  endObserving();
  client.clear();
  vi.unstubAllGlobals();
});

const nameOf = (id: string) =>
  client.getQueryData(locationsQuery.queryKey)?.locations.find((location) => location.id === id)
    ?.name;

test('a few changes are fetched one by one and put into the list', async () => {
  updates.changed('01AA10');
  updates.changed('01AA11');
  updates.changed('01AA10');
  await clock.advance(500);
  await vi.waitFor(() => expect(nameOf('01AA11')).toBe('new name'));
  expect(asked.sort()).toEqual(['/locations/01AA10', '/locations/01AA11']);
  expect(nameOf('01AA12')).not.toBe('new name');
});

test('a flood fetches the whole list, and that at most once in ten seconds', async () => {
  for (let second = 0; second < 25; second += 1) {
    for (const { id } of all) updates.changed(id);
    await clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(asked.every((path) => path === '/locations')).toBe(true);
  expect(asked.length).toBe(3);
});

test('a list that nobody looks at is not fetched, only marked stale', async () => {
  endObserving();
  updates.changed('01AA10');
  await clock.advance(500);
  expect(asked).toEqual([]);
  expect(client.getQueryState(locationsQuery.queryKey)?.isInvalidated).toBe(true);
});

test('after a gap all that is shown is fetched again', async () => {
  updates.missed();
  await vi.waitFor(() => expect(asked).toEqual(['/locations']));
});

test('a location that the list does not have yet comes at its end', () => {
  const added = withLocation(list, locationView('99ZZ99'));
  expect(added?.locations.length).toBe(51);
  expect(added?.locations.at(-1)?.id).toBe('99ZZ99');
  expect(withLocation(undefined, locationView('99ZZ99'))).toBeUndefined();
});

test('a location that closed leaves the list', () => {
  const [first] = all;
  const closed = { at: '2026-03-01T00:00:00.000Z' };
  const left = withLocation(list, locationView(first?.id ?? '', { closed }));
  expect(left?.locations.map(({ id }) => id)).toEqual(all.slice(1).map(({ id }) => id));
});
