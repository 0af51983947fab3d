// The impure part: fetches a location's availability records and the contacts of its devices.
import { MAX_STRETCH_MS } from '#shared/model/availability.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Device, Registry } from '../registry/registry.ts';
import type { SeriesStore } from '../series/series.ts';
import type { Availability } from './availability.ts';
import { type AvailabilityInput, availabilityOf, type OutageRules } from './availability.ts';
import type { Month } from './months.ts';
import type { Span } from './spans.ts';
import { type Stretch, stretchesOf } from './stretches.ts';

export interface AvailabilityStores {
  readonly series: Pick<SeriesStore, 'query'>;
  readonly registry: Pick<Registry, 'devices'>;
}

export interface AvailabilityRequest {
  readonly locationId: string;
  readonly months: readonly Month[];
  readonly now: EpochMs;
  readonly rules: OutageRules;
}

/** Rejects with `store_unavailable`. */
export async function gatherAvailability(
  stores: AvailabilityStores,
  { locationId, months, now, rules }: AvailabilityRequest,
): Promise<Availability> {
  const from = Math.min(...months.map((month) => month.from));
  const watch = await watchOf(stores, locationId, from, now);
  const maintenance = rules.maintenance.filter(
    ({ locationIds }) => locationIds?.includes(locationId) ?? true,
  );
  return availabilityOf({
    ...{ ...watch, months, now, maintenance },
    minOutageMs: rules.minOutageMs,
  });
}

type WatchInput = Pick<AvailabilityInput, 'stretches' | 'contacts' | 'watchedFrom'>;

/** What was told of the time from `from` to `now`. Rejects with `store_unavailable`. */
export async function watchOf(
  { series, registry }: AvailabilityStores,
  locationId: string,
  from: EpochMs,
  now: EpochMs,
): Promise<WatchInput> {
  const kind = 'availability' as const;
  const [records, devices, first] = await Promise.all([
    series.query({ locationId, kind, from: from - MAX_STRETCH_MS, to: now + 1 }),
    registry.devices(locationId),
    series.query({ locationId, kind, limit: 1 }),
  ]);
  const stretches = stretchesOf(records);
  return {
    stretches,
    contacts: contactsOf(devices, stretches),
    watchedFrom: first[0]?.startedAt,
  };
}

/**
 * A device in contact tells of the last hours only when they are over; until then its contact says
 * that the line was up. Only where that follows on its last record: else it may have been off.
 */
function contactsOf(devices: readonly Device[], stretches: readonly Stretch[]): readonly Span[] {
  return devices.flatMap(({ id, lastContactAt }) => {
    const ends = stretches.filter(({ deviceId }) => deviceId === id).map(({ to }) => to);
    if (lastContactAt === null || ends.length === 0) return [];
    const from = Math.max(...ends);
    const isNext = lastContactAt > from && lastContactAt - from <= MAX_STRETCH_MS;
    return isNext ? [{ from, to: lastContactAt }] : [];
  });
}
