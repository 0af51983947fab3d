// A device's typical reading, and how often its readings fall from it by its own habit. Pure.
import type { Mbps, Share } from '#shared/model/units.ts';

export interface Typical {
  readonly median: Mbps;
  /** Share of its readings that lie a fall under the median, kept off 0 and 1. */
  readonly usualRate: Share;
}

/** Under this share of what is typical a reading has fallen. */
export const FALLEN_SHARE: Share = 0.8;
/** A median of fewer is no habit. */
export const MIN_READINGS = 5;
/** No line is so steady that one in twenty of its tests may not fall. */
const MIN_RATE: Share = 0.05;
/** By the median's nature no more than half fall. */
const MAX_RATE: Share = 0.5;

/** Undefined of fewer than `MIN_READINGS`. */
export function typicalOf(readings: readonly Mbps[]): Typical | undefined {
  if (readings.length < MIN_READINGS) return undefined;
  const sorted = Float64Array.from(readings).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
  const fallen = sorted.findIndex((reading) => reading > FALLEN_SHARE * median);
  // Half a fall more than seen (Jeffreys' prior): five readings without one prove little.
  const rate = ((fallen < 0 ? sorted.length : fallen) + 0.5) / (sorted.length + 1);
  return { median, usualRate: Math.min(MAX_RATE, Math.max(MIN_RATE, rate)) };
}
