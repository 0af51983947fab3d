// Availability records as they are stored → stretches in the collector's time. Pure.
import type { LineEvidence, LineState, StretchEnd } from '#shared/model/availability.ts';
import type { Ms } from '#shared/model/units.ts';
import type { StoredMeasurement } from '../series/series.ts';
import type { Span } from './spans.ts';

export interface Stretch extends Span {
  readonly deviceId: string;
  readonly state: LineState;
  readonly ended: StretchEnd;
  /** Absent where nothing was seen before. */
  readonly startUncertaintyMs?: Ms | undefined;
  readonly evidence?: LineEvidence | undefined;
}

/** Those whose time is not known, because ingest found the agent's impossible, tell nothing here. */
export function stretchesOf(records: readonly StoredMeasurement[]): readonly Stretch[] {
  return records.flatMap(({ measurement, startedAt, receivedAt }) => {
    const { availability, conditions, flags, deviceId, durationMs } = measurement;
    const isTimeUnknown =
      flags.includes('clock_unsynced') && conditions.clockOffsetMs === undefined;
    if (availability === undefined || isTimeUnknown) return [];
    const { state, ended, startUncertaintyMs, evidence } = availability;
    // Nothing is told of the time after it was told.
    const to = Math.min(startedAt + durationMs, receivedAt);
    if (to <= startedAt) return [];
    return [{ ...{ deviceId, state, ended, from: startedAt, to }, startUncertaintyMs, evidence }];
  });
}
