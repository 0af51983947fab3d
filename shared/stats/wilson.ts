// Wilson's score interval of a share (JASA 22, 1927, 209–212): close to its confidence on average
// and short, for figures that are shown (loss). Decisions use the exact interval, clopper-pearson.ts.
import type { Share } from '../model/units.ts';
import { normalQuantile } from './normal-quantile.ts';
import { checkCounts } from './share-counts.ts';

/** [low, high]; [0, 1] without trials. Throws `RangeError` for counts that cannot be. */
export function wilson(
  successes: number,
  trials: number,
  confidence: Share,
): readonly [Share, Share] {
  checkCounts(successes, trials, confidence);
  if (trials === 0) return [0, 1];
  const z = normalQuantile(1 - (1 - confidence) / 2);
  const share = successes / trials;
  const z2 = (z * z) / trials;
  const centre = (share + z2 / 2) / (1 + z2);
  const half = (z * Math.sqrt((share * (1 - share) + z2 / 4) / trials)) / (1 + z2);
  return [
    successes === 0 ? 0 : Math.max(0, centre - half),
    successes === trials ? 1 : Math.min(1, centre + half),
  ];
}
