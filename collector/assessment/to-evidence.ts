// Measurements → evidence, pure. The measurements are those of one location in one window: the
// baseline of what is quiet is theirs.
import { tooSlowFor } from '#shared/model/calibration.ts';
import { disqualifies, type Flag, type Measurement } from '#shared/model/measurement.ts';
import type { Direction, Norm } from '#shared/model/norm.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { StoredMeasurement } from '../series/series.ts';
import type { Calendar } from './calendar.ts';
import type { DirectionEvidence, Evidence, FaultyTime, TestEvidence } from './evidence.ts';
import { directionEvidence } from './outcome.ts';
import { type Oddity, odditiesOf } from './plausible.ts';
import { type Baselines, baselinesOf, quietDuring } from './quiet.ts';

export interface EvidenceContext extends Omit<Evidence, 'tests' | 'receivedUpTo' | 'serverFaults'> {
  /** In the norm's time zone. */
  readonly calendar: Calendar;
  /** That overlap the window; what many lines show together, no device can see. */
  readonly serverFaults?: readonly FaultyTime[];
}

export function toEvidence(
  measurements: readonly StoredMeasurement[],
  context: EvidenceContext,
  norm: Norm,
): Evidence {
  const { calendar, serverFaults = [], ...rest } = context;
  const all = measurements.map(({ measurement }) => measurement);
  const baselines = baselinesOf(all);
  const inQuietHours = measurements.map(
    ({ measurement, startedAt }) =>
      calendar.isWithin(startedAt, norm.quietHours) && !isHourUnknown(measurement),
  );
  const odd = odditiesOf(all, inQuietHours, norm);
  const receivedUpTo = measurements.reduce(
    (last: EpochMs | undefined, { receivedAt }) => Math.max(last ?? receivedAt, receivedAt),
    undefined,
  );
  const faults = serverFaults.filter((fault) =>
    measurements.some((stored) => isInFault(stored, [fault])),
  );
  return {
    ...rest,
    ...(receivedUpTo === undefined ? {} : { receivedUpTo }),
    ...(faults.length === 0 ? {} : { serverFaults: faults }),
    tests: measurements.map((stored, index) =>
      testEvidence(stored, calendar, norm, {
        inQuietHours: inQuietHours[index] === true,
        baselines,
        oddity: odd[index],
        isInFault: isInFault(stored, faults),
      }),
    ),
  };
}

interface Beside {
  readonly inQuietHours: boolean;
  readonly baselines: Baselines;
  readonly oddity: Oddity | undefined;
  readonly isInFault: boolean;
}

const NO_FLAGS: readonly Flag[] = [];

function testEvidence(
  { measurement, startedAt }: StoredMeasurement,
  calendar: Calendar,
  norm: Norm,
  { inQuietHours, baselines, oddity, isInFault }: Beside,
): TestEvidence {
  const { id, deviceId, flags, conditions, failure, confirms } = measurement;
  const day = calendar.dayOf(startedAt);
  const spoilt = flags.length === 0 ? NO_FLAGS : flags.filter(disqualifies);
  // Always all parts in this order: see TestEvidence.
  return {
    id,
    deviceId,
    startedAt,
    day,
    inSchoolHours:
      calendar.isWithin(startedAt, norm.schoolHours) &&
      calendar.isSchoolDay(day) &&
      !isHourUnknown(measurement),
    inQuietHours,
    position: conditions.position,
    quiet: quietDuring(measurement, inQuietHours, baselines, norm),
    download: resultOf(measurement, 'download', norm),
    upload: resultOf(measurement, 'upload', norm),
    flags: isInFault ? withServerFault(spoilt) : spoilt,
    failure: failure?.code,
    oddity,
    tooSlow: slowness(conditions.calibration, norm),
    confirms,
  };
}

function slowness(
  calibration: Measurement['conditions']['calibration'],
  norm: Norm,
): TestEvidence['tooSlow'] {
  if (calibration === undefined) return undefined;
  const found = tooSlowFor(calibration, norm);
  return found.length === 0 ? undefined : found;
}

function withServerFault(flags: readonly Flag[]): readonly Flag[] {
  return flags.includes('server_limited') ? flags : [...flags, 'server_limited'];
}

function isInFault(
  { measurement, startedAt }: StoredMeasurement,
  faults: readonly FaultyTime[],
): boolean {
  return faults.some(
    ({ server, from, to }) =>
      from <= startedAt && startedAt <= to && server === measurement.conditions.server,
  );
}

/** Ingest found the agent's time impossible and took the time of arrival instead. */
export function isHourUnknown({ flags, conditions }: Measurement): boolean {
  return flags.includes('clock_unsynced') && conditions.clockOffsetMs === undefined;
}

/** A direction that ended before the other one failed keeps its result. */
export function resultOf(
  measurement: Measurement,
  direction: Direction,
  norm: Norm,
): DirectionEvidence | undefined {
  const result = measurement[direction];
  if (result === undefined || measurement.failure?.operation === direction) return undefined;
  return directionEvidence(result, direction, norm);
}
