// The text in which a measurement is kept, the same in every store, and the bound on its size.
import type { Measurement } from '#shared/model/measurement.ts';
import { AppError } from '#shared/runtime/errors.ts';

/**
 * InfluxDB 1.x refuses string fields over 64 KiB. The most that the schema allows is about 6 kB,
 * so only a change of the schema can come near.
 */
export const MAX_DOCUMENT_BYTES = 60_000;

/** JSON without apostrophes and bare line ends. Throws `bad_request` over the bound. */
export function documentOf(measurement: Measurement): string {
  // The `influx` client doubles the backslash before an apostrophe (grammar/escape.js), which
  // would break the JSON; written as an escape, there is no apostrophe to trip over.
  const text = JSON.stringify(measurement).replaceAll("'", '\\u0027');
  const bytes = new TextEncoder().encode(text).byteLength;
  if (bytes > MAX_DOCUMENT_BYTES) {
    throw new AppError(
      'bad_request',
      `measurement ${measurement.id} takes ${bytes} bytes as JSON; a store holds at most ${MAX_DOCUMENT_BYTES}`,
    );
  }
  return text;
}

/** What `documentOf` wrote; checked on its way in, so not again (9,000 of them make one page). */
export function measurementOf(document: string): Measurement {
  return JSON.parse(document);
}
