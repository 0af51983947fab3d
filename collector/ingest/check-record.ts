// One record as it came from an agent, into what the store keeps, or the reason why not. Pure.
import { type Measurement, measurementSchema } from '#shared/model/measurement.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import { documentOf } from '../series/document.ts';
import type { StoredMeasurement } from '../series/series.ts';
import { correctClock } from './correct-clock.ts';

export interface RecordOrigin {
  readonly deviceId: string;
  readonly locationId: string;
  readonly receivedAt: EpochMs;
  /** Agent's clock minus ours, as last estimated in the session. */
  readonly clockOffsetMs?: number | undefined;
}

export type CheckedRecord = { readonly stored: StoredMeasurement } | { readonly rejected: string };

/** The wire's bound on a reason. */
export const MAX_REASON_LENGTH = 500;
/** More faults than this help nobody. */
const MAX_FAULTS = 5;

export function checkRecord(measurement: unknown, origin: RecordOrigin): CheckedRecord {
  const parsed = measurementSchema.safeParse(measurement);
  if (!parsed.success) {
    const { issues } = parsed.error;
    const faults = issues
      .slice(0, MAX_FAULTS)
      .map(({ path, message }) => `${pathText(path)}: ${message}`);
    if (issues.length > MAX_FAULTS) faults.push(`and ${issues.length - MAX_FAULTS} more`);
    return rejected(faults.join('; '));
  }
  // A UUID is the same in either case; an id must not be two of them.
  const id = parsed.data.id.toLowerCase();
  const deviceId = parsed.data.deviceId.toLowerCase();
  if (deviceId !== origin.deviceId.toLowerCase()) {
    return rejected(
      `deviceId: is ${deviceId}, but this session is of device ${origin.deviceId}; a device sends its own measurements alone`,
    );
  }
  const { startedAt, source } = correctClock({
    startedAt: Date.parse(parsed.data.startedAt),
    testOffsetMs: parsed.data.conditions.clockOffsetMs,
    sessionOffsetMs: origin.clockOffsetMs,
    receivedAt: origin.receivedAt,
  });
  const corrected = {
    ...parsed.data,
    id,
    deviceId: origin.deviceId,
    startedAt: new Date(startedAt).toISOString(),
    ...(source === 'received' ? ofUnknownHour(parsed.data) : {}),
  };
  try {
    documentOf(corrected);
  } catch (error) {
    return rejected(messageOf(error));
  }
  return {
    stored: {
      measurement: corrected,
      locationId: origin.locationId,
      startedAt,
      receivedAt: Math.round(origin.receivedAt),
    },
  };
}

/**
 * Flagged and without an offset, which is how the judgement knows that the hour is not known: such
 * a test lies neither in quiet hours nor in school hours.
 */
function ofUnknownHour({
  flags,
  conditions,
}: Measurement): Pick<Measurement, 'flags' | 'conditions'> {
  const { clockOffsetMs: _wrong, ...rest } = conditions;
  return { flags: [...new Set([...flags, 'clock_unsynced' as const])], conditions: rest };
}

function rejected(reason: string): CheckedRecord {
  return { rejected: reason.slice(0, MAX_REASON_LENGTH) };
}

function pathText(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'measurement' : path.map(String).join('.').slice(0, 100);
}
