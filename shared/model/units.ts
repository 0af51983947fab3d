// Units of everything that Meetnet says. A field of one of these types carries its unit in the
// type; any other quantity carries it in its name.

/** Megabit per second, 1 Mbit/s = 10^6 bit/s (never 2^20). */
export type Mbps = number;
/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;
export type Ms = number;
export type Bytes = number;
/** A fraction of 1. */
export type Share = number;

export const BITS_PER_BYTE = 8;

/** The rate of `bytes` over `durationMs`; bit per ms is kbit/s, hence the 1000. */
export function mbpsOf(bytes: Bytes, durationMs: Ms): Mbps {
  return (bytes * BITS_PER_BYTE) / durationMs / 1000;
}

/** How many bytes pass in `durationMs` at `rate`. */
export function bytesAt(rate: Mbps, durationMs: Ms): Bytes {
  return (rate * durationMs * 1000) / BITS_PER_BYTE;
}
