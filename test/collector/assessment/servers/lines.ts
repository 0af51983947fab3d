// Made-up lines on one measure server, each with a habit of weeks, for tests of server faults.
import type { ServerReading } from '#collector/assessment/servers/reading.ts';

export const SERVER = 'http://meet.example:8081';
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** A night's beginning. */
export const NIGHT = Date.parse('2026-03-19T00:00:00Z');

export function readingAt(
  line: number,
  startedAt: number,
  download: number,
  upload = 42,
): ServerReading {
  const locationId = `00AA${String(line).padStart(2, '0')}`;
  return {
    ...{ server: SERVER, locationId, startedAt, series: `line ${line}` },
    download: { ipCapacity: download, isPass: download >= 490 },
    upload: { ipCapacity: upload, isPass: upload >= 39.2 },
  };
}

/** One reading in each of the `nights` before, at a time of the line's own. */
export function habitOf(line: number, nights: number, download = 525): ServerReading[] {
  return Array.from({ length: nights }, (_, index) =>
    readingAt(line, NIGHT - (index + 1) * DAY_MS + line * 60_000, download),
  );
}
