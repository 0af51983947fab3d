// When a message that could not be sent is tried again, and when no more. Pure.
import type { EpochMs, Ms } from '#shared/model/units.ts';
import { type BackoffPolicy, backoffMs } from '#shared/runtime/backoff.ts';
import type { Random } from '#shared/runtime/random.ts';

/** RFC 5321 §4.5.4.1 asks for 30 minutes after a few tries; greylisting lets in after 5 or so. */
const POLICY: BackoffPolicy = { baseMs: 120_000, capMs: 3_600_000 };
/** With full jitter a wait may be next to nothing. */
const LEAST_MS: Ms = 30_000;

/**
 * A message is held for this long before it is sent: where that cannot be written, nothing is sent, for
 * what became of it could not be written either, and it would go out again and again.
 */
export const HOLD_MS: Ms = 5 * 60_000;

/** Null: it would be too late. `tries`: those before this one. */
export function nextTryAt(
  { tries, sendBefore }: { readonly tries: number; readonly sendBefore: EpochMs },
  now: EpochMs,
  random: Pick<Random, 'next'>,
): EpochMs | null {
  const at = now + LEAST_MS + backoffMs(POLICY, tries, random);
  return at < sendBefore ? at : null;
}
