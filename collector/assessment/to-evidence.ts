// Measurements → evidence, pure. The measurements are those of one location in one window: the
// baseline of what is quiet is theirs.
import { tooSlowFor } from '#shared/model/calibration.ts';
import { disqualifies, type Flag, type Measurement } from '#shared/model/measurement.ts';
import type { Direction, Norm } from '#shared/model/norm.ts';
import type { ServerFault } from '#shared/model/server-fault.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { StoredMeasurement } from '../series/series.ts';
import type { Calendar } from './calendar.ts';
import type { DirectionEvidence, Evidence, TestEvidence } from './evidence.ts';
import { directionEvidence } from './outcome.ts';
import { type Oddity, odditiesOf } from './plausible.ts';
import { type Baselines, baselinesOf, quietDuring } from './quiet.ts';

export interface EvidenceContext extends Omit<Evidence, 'tests' | 'receivedUpTo'> {
  /** In the norm's time zone. */
  readonly calendar: Calendar;
  /** That overlap the window; what many lines show together, no device can see. */
  readonly serverFaults?: readonly ServerFault[];
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
      !isHourUnknown(measurement) && calendar.isWithin(startedAt, norm.quietHours),
  );
  const odd = odditiesOf(all, inQuietHours, norm);
  const receivedUpTo = measurements.reduce(
    (last: EpochMs | undefined, { receivedAt }) => Math.max(last ?? receivedAt, receivedAt),
    undefined,
  );
  return {
    ...rest,
    ...(receivedUpTo === undefined ? {} : { receivedUpTo }),
    tests: measurements.map((stored, index) => {
      const test = testEvidence(stored, calendar, norm, {
        inQuietHours: inQuietHours[index] === true,
        baselines,
        oddity: odd[index],
      });
      return { ...test, flags: withServerFaults(test.flags, stored, serverFaults) };
    }),
  };
}

interface Beside {
  readonly inQuietHours: boolean;
  readonly baselines: Baselines;
  readonly oddity: Oddity | undefined;
}

function testEvidence(
  { measurement, startedAt }: StoredMeasurement,
  calendar: Calendar,
  norm: Norm,
  { inQuietHours, baselines, oddity }: Beside,
): TestEvidence {
  const day = calendar.dayOf(startedAt);
  const download = resultOf(measurement, 'download', norm);
  const upload = resultOf(measurement, 'upload', norm);
  const { failure, confirms, conditions } = measurement;
  const tooSlow =
    conditions.calibration === undefined ? [] : tooSlowFor(conditions.calibration, norm);
  return {
    id: measurement.id,
    deviceId: measurement.deviceId,
    startedAt,
    day,
    inSchoolHours:
      !isHourUnknown(measurement) &&
      calendar.isSchoolDay(day) &&
      calendar.isWithin(startedAt, norm.schoolHours),
    inQuietHours,
    position: conditions.position,
    quiet: quietDuring(measurement, inQuietHours, baselines, norm),
    flags: measurement.flags.filter(disqualifies),
    ...(download === undefined ? {} : { download }),
    ...(upload === undefined ? {} : { upload }),
    ...(failure === undefined ? {} : { failure: failure.code }),
    ...(oddity === undefined ? {} : { oddity }),
    ...(tooSlow.length === 0 ? {} : { tooSlow }),
    ...(confirms === undefined ? {} : { confirms }),
  };
}

function withServerFaults(
  flags: readonly Flag[],
  { measurement, startedAt }: StoredMeasurement,
  faults: readonly ServerFault[],
): readonly Flag[] {
  const { server } = measurement.conditions;
  const isInFault = faults.some(
    (fault) => fault.server === server && fault.from <= startedAt && startedAt <= fault.to,
  );
  return isInFault && !flags.includes('server_limited') ? [...flags, 'server_limited'] : flags;
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
