// The stretch of time whose tests a verdict rests on.
import type { Norm } from '#shared/model/norm.ts';
import type { EpochMs } from '#shared/model/units.ts';

export const DAY_MS = 86_400_000;

/** Both ends included. */
export function windowOf(
  norm: Pick<Norm, 'windowDays'>,
  now: EpochMs,
): { readonly from: EpochMs; readonly to: EpochMs } {
  return { from: now - norm.windowDays * DAY_MS, to: now };
}
