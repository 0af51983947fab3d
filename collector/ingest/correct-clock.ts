// When a test really began: the agent's wall clock, corrected by what is known of its error. Pure.
import type { EpochMs, Ms } from '#shared/model/units.ts';

export interface ClockReading {
  /** By the agent's clock. */
  readonly startedAt: EpochMs;
  /** Agent minus collector, as known to the agent at the time of the test. */
  readonly testOffsetMs?: Ms | undefined;
  /** The same, as last estimated in this session: after the test, but better than nothing. */
  readonly sessionOffsetMs?: Ms | undefined;
  /** By the collector's clock. */
  readonly receivedAt: EpochMs;
}

/**
 * `received`: the corrected time cannot be right, so the time of arrival stands in for it. The
 * measurement is kept, but its hour is not known.
 */
export interface CorrectedTime {
  readonly startedAt: EpochMs;
  readonly source: 'clock' | 'received';
}

/** No test was made before there was a Meetnet; boards without a battery wake up in 1970. */
export const EARLIEST_TEST: EpochMs = Date.UTC(2020, 0, 1);
/** No test is made after it arrived; this much is the offset's own error. */
export const MAX_AHEAD_MS: Ms = 60_000;

export function correctClock(reading: ClockReading): CorrectedTime {
  const offset = reading.testOffsetMs ?? reading.sessionOffsetMs ?? 0;
  const startedAt = Math.round(reading.startedAt - offset);
  // Written so that NaN and infinities fail it too.
  const isCredible =
    startedAt >= EARLIEST_TEST && startedAt <= Math.round(reading.receivedAt) + MAX_AHEAD_MS;
  return isCredible
    ? { startedAt, source: 'clock' }
    : { startedAt: Math.round(reading.receivedAt), source: 'received' };
}
