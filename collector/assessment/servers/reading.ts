// What one test says of its measure server: a speed per direction, and what it may be compared with.
// Pure.
import type { Flag, Measurement } from '#shared/model/measurement.ts';
import type { Direction, Norm } from '#shared/model/norm.ts';
import type { EpochMs, Mbps } from '#shared/model/units.ts';
import type { StoredMeasurement } from '../../series/series.ts';
import type { Calendar } from '../calendar.ts';
import { isHourUnknown, resultOf } from '../to-evidence.ts';

export interface DirectionReading {
  readonly ipCapacity: Mbps;
  /** A pass harms nobody, and a paced one would seem to fall when the norm does. */
  readonly isPass: boolean;
}

export interface ServerReading {
  readonly server: string;
  readonly locationId: string;
  /** Readings of one are comparable: same server, location, device, mode and part of the day. */
  readonly series: string;
  readonly startedAt: EpochMs;
  readonly download?: DirectionReading;
  readonly upload?: DirectionReading;
}

/** A low reading with one of these has a cause on this side of the server. */
const OWN_CAUSES: readonly Flag[] = ['nic_limited', 'cpu_limited', 'wifi', 'cross_traffic'];

/** Undefined where a test says nothing of its server. */
export function readingOf(
  { measurement, locationId, startedAt }: StoredMeasurement,
  calendar: Calendar,
  norm: Norm,
): ServerReading | undefined {
  const { kind, flags, conditions, deviceId } = measurement;
  if (kind !== 'throughput' || isHourUnknown(measurement)) return undefined;
  if (flags.some((flag) => OWN_CAUSES.includes(flag))) return undefined;
  const download = directionOf(measurement, 'download', norm);
  const upload = directionOf(measurement, 'upload', norm);
  if (download === undefined && upload === undefined) return undefined;
  const { server, mode } = conditions;
  return {
    server,
    locationId,
    series: `${server} ${locationId} ${deviceId} ${mode} ${partOfDay(startedAt, calendar, norm)}`,
    startedAt,
    ...(download === undefined ? {} : { download }),
    ...(upload === undefined ? {} : { upload }),
  };
}

function directionOf(
  measurement: Measurement,
  direction: Direction,
  norm: Norm,
): DirectionReading | undefined {
  const result = resultOf(measurement, direction, norm);
  if (result === undefined) return undefined;
  return { ipCapacity: result.ipCapacity, isPass: result.outcome === 'pass' };
}

/** A school's own use makes readings of its hours another thing than those of the night. */
function partOfDay(at: EpochMs, calendar: Calendar, norm: Norm): 'quiet' | 'school' | 'other' {
  if (calendar.isWithin(at, norm.quietHours)) return 'quiet';
  const isSchool =
    calendar.isSchoolDay(calendar.dayOf(at)) && calendar.isWithin(at, norm.schoolHours);
  return isSchool ? 'school' : 'other';
}
