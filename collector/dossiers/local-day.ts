// The calendar day in the schools' time zone.
import type { EpochMs, Ms } from '#shared/model/units.ts';

/** Swedish writes dates as ISO 8601 does. */
const FORMAT = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Amsterdam',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});

const HOUR_MS: Ms = 3_600_000;

/** First moment after the local day of `at`. The zone's hours begin with those of UTC. */
export function endOfLocalDay(at: EpochMs): EpochMs {
  const day = localDay(at);
  let hour = (Math.floor(at / HOUR_MS) + 1) * HOUR_MS;
  while (localDay(hour) === day) hour += HOUR_MS;
  return hour;
}

/** `2026-03-02`. */
export function localDay(at: EpochMs): string {
  return FORMAT.format(at);
}
