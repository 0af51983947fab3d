// Calendar months of a time zone as spans of time. Pure.
import type { EpochMs } from '#shared/model/units.ts';
import type { Calendar } from '../assessment/calendar.ts';
import type { Span } from './spans.ts';

export interface Month extends Span {
  /** `2026-03`. */
  readonly month: string;
}

const DAY_MS = 86_400_000;
const EPOCH_YEAR = 1970;

/** The month of `now` and those before it, newest first. */
export function monthsUntil(now: EpochMs, count: number, calendar: Calendar): readonly Month[] {
  const today = new Date(calendar.dayOf(now) * DAY_MS);
  const first = 12 * (today.getUTCFullYear() - EPOCH_YEAR) + today.getUTCMonth();
  return Array.from({ length: count }, (_, back) => {
    const index = first - back;
    return {
      month: new Date(Date.UTC(EPOCH_YEAR, index)).toISOString().slice(0, 7),
      from: startOf(index, calendar),
      to: startOf(index + 1, calendar),
    };
  });
}

/** `index`: months since 1970. */
function startOf(index: number, calendar: Calendar): EpochMs {
  return calendar.startOfDay(Date.UTC(EPOCH_YEAR, index) / DAY_MS);
}
