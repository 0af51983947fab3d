// The calendar day in the schools' time zone.
import type { EpochMs } from '#shared/model/units.ts';

/** Sweden writes dates as ISO 8601 does. */
const DAYS = new Intl.DateTimeFormat('sv-SE', {
  dateStyle: 'short',
  timeZone: 'Europe/Amsterdam',
});

/** `2026-03-29`. */
export function dayOf(at: EpochMs): string {
  return DAYS.format(at);
}
