// Mean and confidence interval of batch means that hang together in time.
import { studentTQuantile } from './student-t.ts';

export interface BatchSummary {
  readonly n: number;
  readonly mean: number;
  /** Standard deviation over the mean. */
  readonly variation: number;
  /** Standard error of the mean, with the batches' lag-1 autocorrelation counted in. */
  readonly standardError: number;
}

/**
 * Counters are read by a timer, so that even a perfect line shows this much spread; without a
 * floor, three batches that happen to agree would claim certainty.
 */
const LEAST_VARIATION = 0.0025;
/** An autocorrelation estimated from a handful of batches is noise beyond this. */
const MOST_AUTOCORRELATION = 0.8;

export function summariseBatches(batches: readonly number[]): BatchSummary {
  const n = batches.length;
  const mean = batches.reduce((sum, batch) => sum + batch, 0) / n;
  const deviations = batches.map((batch) => batch - mean);
  const squares = deviations.reduce((sum, deviation) => sum + deviation * deviation, 0);
  const spread = n > 1 ? Math.sqrt(squares / (n - 1)) : 0;
  const products = deviations
    .slice(1)
    .reduce((sum, deviation, i) => sum + deviation * (deviations[i] ?? 0), 0);
  const correlation =
    squares > 0 ? Math.min(MOST_AUTOCORRELATION, Math.max(0, products / squares)) : 0;
  const inflation = Math.sqrt((1 + correlation) / (1 - correlation));
  return {
    n,
    mean,
    variation: mean > 0 ? spread / mean : 0,
    standardError: (Math.max(spread, LEAST_VARIATION * mean) / Math.sqrt(n)) * inflation,
  };
}

/** Two-sided interval of the mean at `confidence`; infinite for fewer than two batches. */
export function intervalOf(summary: BatchSummary, confidence: number): readonly [number, number] {
  if (summary.n < 2) return [0, Number.POSITIVE_INFINITY];
  const half = studentTQuantile(1 - (1 - confidence) / 2, summary.n - 1) * summary.standardError;
  return [Math.max(0, summary.mean - half), summary.mean + half];
}

/**
 * Confidence for the `look`-th look (1, 2, …) of a sequential test: the looks' error shares
 * α/(k(k+1)) sum to α, however many looks there are. That counts each look as a fresh chance to
 * err, while looks at a growing heap of the same batches mostly err together; `leastShare` of α at
 * every look undoes some of that (0.1 for 18 looks errs in 1% of runs exactly at the boundary, not
 * in α/2 = 2.5%: see the test).
 */
export function confidenceAtLook(confidence: number, look: number, leastShare = 0): number {
  return 1 - (1 - confidence) * Math.max(leastShare, 1 / (look * (look + 1)));
}
