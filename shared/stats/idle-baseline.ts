// What an idle round trip on a path usually is at its quietest: what agent and collector both know a busy
// line by.

/** Not the minimum: one reading by a shorter route would make every other look busy. */
const BASELINE_SHARE = 0.1;

/** 10th percentile (nearest rank) of idle round trips, in their unit; undefined where there are none. */
export function idleBaseline(roundTrips: readonly number[]): number | undefined {
  const sorted = Float64Array.from(roundTrips).sort();
  return sorted[Math.ceil(BASELINE_SHARE * sorted.length) - 1];
}
