// How long records have waited, by their own time stamps: pure. A board without a battery wakes up in
// 1970 and learns the year later, so that one leap of the clock says nothing; what waited is what was
// seen to pass from record to record. It errs towards younger, and so never drops too early.
import type { EpochMs, Ms } from '#shared/model/units.ts';

/** Of records in the order in which they were made. */
export interface TimeSpan {
  readonly firstMs: EpochMs;
  readonly lastMs: EpochMs;
  /** Seen to pass between the two. */
  readonly passedMs: Ms;
}

/** A running agent makes a record each hour: more than this is a leap, or a device that was off. */
const MOST_SEEN_MS: Ms = 24 * 3_600_000;
/** It comes early in a measurement; the rest need not be looked through. */
const STAMP_WITHIN_BYTES = 400;

/** When the record says it was made; undefined when it does not. */
export function stampOf(payload: Buffer): EpochMs | undefined {
  const head = payload.toString('latin1', 0, STAMP_WITHIN_BYTES);
  const at = Date.parse(/"startedAt":"([^"]*)"/.exec(head)?.[1] ?? '');
  return Number.isNaN(at) ? undefined : at;
}

export function extended(
  span: TimeSpan | undefined,
  at: EpochMs | undefined,
): TimeSpan | undefined {
  if (at === undefined) return span;
  if (span === undefined) return { firstMs: at, lastMs: at, passedMs: 0 };
  return { ...span, lastMs: at, passedMs: span.passedMs + seen(span.lastMs, at) };
}

/** How long the youngest record of the first span has waited, the others having come after it. */
export function waitedMs(spans: readonly TimeSpan[], now: EpochMs): Ms {
  const [first, ...later] = spans;
  if (first === undefined) return 0;
  let [passedMs, lastMs] = [0, first.lastMs];
  for (const span of later) {
    passedMs += seen(lastMs, span.firstMs) + span.passedMs;
    lastMs = span.lastMs;
  }
  return passedMs + seen(lastMs, now);
}

function seen(from: EpochMs, to: EpochMs): Ms {
  return Math.min(MOST_SEEN_MS, Math.max(0, to - from));
}
