// The one impure part of the judgement: fetches a location's measurements, lines and devices, parts
// them by line, and asks what a line's watch tells where there is no result.
import { isRunning, type Line } from '#shared/model/line.ts';
import type { Norm } from '#shared/model/norm.ts';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { watchOf } from '../availability/gather-availability.ts';
import { watchEvidence } from '../availability/watch-evidence.ts';
import type { Device, Registry } from '../registry/registry.ts';
import type { SeriesStore, StoredMeasurement } from '../series/series.ts';
import { type Calendar, createCalendar } from './calendar.ts';
import type { Evidence } from './evidence.ts';
import { toEvidence } from './to-evidence.ts';
import { windowOf } from './window.ts';

export interface EvidenceStores {
  readonly series: Pick<SeriesStore, 'query'>;
  readonly registry: Pick<Registry, 'devices' | 'lines' | 'predecessors' | 'serverFaults'>;
}

export interface GatherOptions {
  /** In the norm's time zone; kept by the caller, because it remembers what it looked up. */
  readonly calendar?: Calendar | Promise<Calendar>;
  /** Default: the default plan's. */
  readonly plannedPerDay?: number;
}

export interface LineEvidence {
  readonly line: Line;
  readonly evidence: Evidence;
}

/** The running lines, each with what its own devices measured. Rejects with `store_unavailable`. */
export async function gather(
  { series, registry }: EvidenceStores,
  locationId: string,
  norm: Norm,
  now: EpochMs,
  options: GatherOptions = {},
): Promise<readonly LineEvidence[]> {
  const { from, to } = windowOf(norm, now);
  const testsAt = (place: string) =>
    series.query({ locationId: place, from, to: to + 1, kind: 'throughput' });
  const [ownTests, lines, devices, earlierPlaces, serverFaults, givenCalendar] = await Promise.all([
    testsAt(locationId),
    registry.lines(locationId),
    registry.devices(locationId),
    registry.predecessors(locationId),
    registry.serverFaults.find({ from, to }),
    options.calendar,
  ]);
  const places = [locationId, ...earlierPlaces];
  const measurements = [ownTests, ...(await Promise.all(earlierPlaces.map(testsAt)))].flat();
  const calendar = givenCalendar ?? createCalendar(norm.timeZone);
  const plannedPerDay = options.plannedPerDay ?? DEFAULT_PLAN.throughput.quietPerDay;
  return Promise.all(
    lines.filter(isRunning).map(async (line) => {
      const own = devices.filter(({ lineId }) => lineId === line.id);
      const ids = new Set(own.map(({ id }) => id));
      const tests = measurements.filter(({ measurement }) => ids.has(measurement.deviceId));
      const lastTestAt = newestOf(tests) ?? (await earlierTestAt(series, places, ids, from));
      const watch = tests.some(hasResult)
        ? undefined
        : watchEvidence(await watchOf(series, { places, devices: own }, { from, to }), {
            from,
            to,
          });
      const context = {
        calendar,
        devices: own.map((device) => ({ id: device.id, lastSignAt: lastSignOf(device) })),
        serverFaults,
        plannedPerDay,
        ...(lastTestAt === undefined ? {} : { lastTestAt }),
        ...(watch === undefined ? {} : { watch }),
      };
      return { line, evidence: toEvidence(tests, context, norm) };
    }),
  );
}

async function earlierTestAt(
  series: Pick<SeriesStore, 'query'>,
  places: readonly string[],
  deviceIds: Iterable<string>,
  to: EpochMs,
): Promise<EpochMs | undefined> {
  const found = await Promise.all(
    [...deviceIds].flatMap((deviceId) =>
      places.map((locationId) =>
        series.query({
          ...{ locationId, deviceId, to, kind: 'throughput' },
          ...{ first: 'newest', limit: 1 },
        }),
      ),
    ),
  );
  return newestOf(found.flat());
}

function hasResult({ measurement: { download, upload } }: StoredMeasurement): boolean {
  return (download ?? upload) !== undefined;
}

function newestOf(tests: readonly StoredMeasurement[]): EpochMs | undefined {
  return tests.length === 0 ? undefined : Math.max(...tests.map(({ startedAt }) => startedAt));
}

function lastSignOf({ enrolledAt, lastContactAt }: Device): EpochMs {
  return Math.max(enrolledAt, lastContactAt ?? enrolledAt);
}
