// The impure part: fetches the availability records of a location's lines and the contacts of their
// devices. Each line is told by its own devices alone.
import { MAX_STRETCH_MS } from '#shared/model/availability.ts';
import { isRunning, type Line } from '#shared/model/line.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Device, Registry } from '../registry/registry.ts';
import type { SeriesStore } from '../series/series.ts';
import {
  type Availability,
  type AvailabilityInput,
  availabilityOf,
  type OutageRules,
} from './availability.ts';
import type { Month } from './months.ts';
import type { Span } from './spans.ts';
import { type Stretch, stretchesOf } from './stretches.ts';

export interface AvailabilityStores {
  readonly series: Pick<SeriesStore, 'query'>;
  readonly registry: Pick<Registry, 'devices' | 'lines' | 'predecessors'>;
}

export interface AvailabilityRequest {
  readonly locationId: string;
  readonly months: readonly Month[];
  readonly now: EpochMs;
  readonly rules: OutageRules;
}

export interface LineAvailability extends Availability {
  readonly line: Line;
}

/**
 * The running lines, and those that ended of which something was told in these months; oldest
 * first. Rejects with `store_unavailable`.
 */
export async function gatherAvailability(
  { series, registry }: AvailabilityStores,
  { locationId, months, now, rules }: AvailabilityRequest,
): Promise<readonly LineAvailability[]> {
  const from = Math.min(...months.map((month) => month.from));
  const [lines, devices, earlierPlaces] = await Promise.all([
    registry.lines(locationId),
    registry.devices(locationId),
    registry.predecessors(locationId),
  ]);
  const places = [locationId, ...earlierPlaces];
  const maintenance = rules.maintenance.filter(
    ({ locationIds }) => locationIds?.includes(locationId) ?? true,
  );
  const found = await Promise.all(
    lines.map(async (line) => {
      const own = devices.filter(({ lineId }) => lineId === line.id);
      const until = Math.min(now, line.endedAt ?? now);
      const watch = await watchOf(series, { places, devices: own }, { from, to: until });
      const counted = availabilityOf({
        ...{ ...watch, months, now: until, maintenance },
        minOutageMs: rules.minOutageMs,
      });
      return { line, ...counted, isTold: watch.stretches.length > 0 };
    }),
  );
  return found
    .filter(({ line, isTold }) => isRunning(line) || isTold)
    .map(({ isTold: _, ...rest }) => rest);
}

export interface WatchedLine {
  /** Where the line is and was: its location, and those that went on as that one. */
  readonly places: readonly string[];
  /** Those that measure the line. */
  readonly devices: readonly Device[];
}

type WatchInput = Pick<AvailabilityInput, 'stretches' | 'contacts' | 'watchedFrom'>;

/** What was told of the time in `span`. Rejects with `store_unavailable`. */
export async function watchOf(
  series: Pick<SeriesStore, 'query'>,
  { places, devices }: WatchedLine,
  { from, to }: Span,
): Promise<WatchInput> {
  const queries = places.flatMap((locationId) =>
    devices.map(({ id }) => ({ locationId, deviceId: id, kind: 'availability' as const })),
  );
  const [records, firsts] = await Promise.all([
    Promise.all(
      queries.map((query) => series.query({ ...query, from: from - MAX_STRETCH_MS, to: to + 1 })),
    ),
    Promise.all(queries.map((query) => series.query({ ...query, limit: 1 }))),
  ]);
  const stretches = stretchesOf(records.flat());
  const starts = firsts.flat().map(({ startedAt }) => startedAt);
  return {
    stretches,
    contacts: contactsOf(devices, stretches),
    watchedFrom: starts.length === 0 ? undefined : Math.min(...starts),
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
