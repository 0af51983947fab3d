// The one impure part of the judgement: fetches a location's measurements and devices, and what its
// watch tells where there is no result.
import type { Norm } from '#shared/model/norm.ts';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { watchOf } from '../availability/gather-availability.ts';
import { watchEvidence } from '../availability/watch-evidence.ts';
import type { Device, Registry } from '../registry/registry.ts';
import type { SeriesStore } from '../series/series.ts';
import { type Calendar, createCalendar } from './calendar.ts';
import type { Evidence } from './evidence.ts';
import { toEvidence } from './to-evidence.ts';
import { windowOf } from './window.ts';

export interface EvidenceStores {
  readonly series: Pick<SeriesStore, 'query'>;
  readonly registry: Pick<Registry, 'devices'>;
}

export interface GatherOptions {
  /** In the norm's time zone; kept by the caller, because it remembers what it looked up. */
  readonly calendar?: Calendar;
  /** Default: the default plan's. */
  readonly plannedPerDay?: number;
}

/** Rejects with `store_unavailable`. */
export async function gather(
  { series, registry }: EvidenceStores,
  locationId: string,
  norm: Norm,
  now: EpochMs,
  options: GatherOptions = {},
): Promise<Evidence> {
  const { from, to } = windowOf(norm, now);
  const [measurements, devices] = await Promise.all([
    series.query({ locationId, from, to: to + 1, kind: 'throughput' }),
    registry.devices(locationId),
  ]);
  const [earlier] =
    measurements.length > 0
      ? []
      : await series.query({
          ...{ locationId, to: from, kind: 'throughput' },
          ...{ first: 'newest', limit: 1 },
        });
  // Oldest first, so the last one is the newest.
  const lastTestAt = measurements.at(-1)?.startedAt ?? earlier?.startedAt;
  const hasResult = measurements.some(
    ({ measurement: { download, upload } }) => (download ?? upload) !== undefined,
  );
  const watch = hasResult
    ? undefined
    : watchEvidence(await watchOf({ series, registry }, locationId, from, now), { from, to });
  return toEvidence(
    measurements,
    {
      calendar: options.calendar ?? createCalendar(norm.timeZone),
      devices: devices.map((device) => ({ id: device.id, lastSignAt: lastSignOf(device) })),
      plannedPerDay: options.plannedPerDay ?? DEFAULT_PLAN.throughput.quietPerDay,
      ...(lastTestAt === undefined ? {} : { lastTestAt }),
      ...(watch === undefined ? {} : { watch }),
    },
    norm,
  );
}

function lastSignOf({ enrolledAt, lastContactAt }: Device): EpochMs {
  return Math.max(enrolledAt, lastContactAt ?? enrolledAt);
}
