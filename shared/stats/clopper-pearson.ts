// The exact interval of a share (Clopper and Pearson, Biometrika 26, 1934, 404–413): the shares
// that a two-sided binomial test at 1 − confidence would not reject. Never narrower than promised.
import type { Share } from '../model/units.ts';
import { betaQuantile } from './incomplete-beta.ts';
import { checkCounts } from './share-counts.ts';

/**
 * [low, high] of the true share after `successes` in `trials`. With no trials nothing is known:
 * [0, 1]. Throws `RangeError` for counts that cannot be.
 */
export function clopperPearson(
  successes: number,
  trials: number,
  confidence: Share,
): readonly [Share, Share] {
  checkCounts(successes, trials, confidence);
  const tail = (1 - confidence) / 2;
  const failures = trials - successes;
  return [lowerBound(successes, failures, tail), 1 - lowerBound(failures, successes, tail)];
}

/** The share under which `successes` or more would come with a chance of at most `tail`. */
function lowerBound(successes: number, failures: number, tail: Share): Share {
  if (successes === 0) return 0;
  if (failures === 0) return tail ** (1 / successes);
  return betaQuantile(tail, successes, failures + 1);
}
