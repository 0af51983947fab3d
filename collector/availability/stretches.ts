// Availability records as they are stored → stretches in the collector's time. Pure.
import type { LineLook, LineState, StretchEnd } from '#shared/model/availability.ts';
import type { Ms } from '#shared/model/units.ts';
import type { StoredMeasurement } from '../series/series.ts';
import type { Span } from './spans.ts';

export interface Stretch extends Span {
  readonly deviceId: string;
  readonly state: LineState;
  readonly ended: StretchEnd;
  /** Absent where nothing was seen before. */
  readonly startUncertaintyMs?: Ms | undefined;
  readonly evidence?: LineLook | undefined;
}

/**
 * Each record is dated by the collector's time as its agent knew it then, so two that follow one
 * another may seem some milliseconds apart, or more where the path to the collector was slow.
 */
const CLOCK_ERROR_MS: Ms = 5_000;

/** Those whose time is not known, because ingest found the agent's impossible, tell nothing here. */
export function stretchesOf(records: readonly StoredMeasurement[]): readonly Stretch[] {
  const stretches = records.flatMap(({ measurement, startedAt, receivedAt }): Stretch[] => {
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
  const byDevice = Map.groupBy(stretches, ({ deviceId }) => deviceId);
  return [...byDevice.values()].flatMap(joined);
}

/** One that says that another follows ends where that one begins. */
function joined(stretches: readonly Stretch[]): readonly Stretch[] {
  const sorted = stretches.toSorted((a, b) => a.from - b.from);
  return sorted.map((stretch, index) => {
    const next = sorted[index + 1];
    const isFollowed = stretch.ended === 'changed' || stretch.ended === 'continues';
    if (next === undefined || !isFollowed || next.from <= stretch.from) return stretch;
    const isNear = Math.abs(next.from - stretch.to) <= CLOCK_ERROR_MS;
    return isNear ? { ...stretch, to: next.from } : stretch;
  });
}
