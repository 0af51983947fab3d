// The calendar day in the schools' time zone.
import type { EpochMs } from '#shared/model/units.ts';

/** Swedish writes dates as ISO 8601 does. */
const FORMAT = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Amsterdam',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});

/** `2026-03-02`. */
export function localDay(at: EpochMs): string {
  return FORMAT.format(at);
}
