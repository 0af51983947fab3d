// What a simulated line really carries, and how far that is from the norm. The draw leans towards
// the norm's neighbourhood: that is where rules differ.
import { type Direction, type Norm, requiredMbps } from '#shared/model/norm.ts';
import type { Mbps, Share } from '#shared/model/units.ts';
import type { Random } from '#shared/runtime/random.ts';

export type Capacity = Readonly<Record<Direction, Mbps>>;

export interface TrueLine {
  /** At the IP layer, when nobody else uses the line. */
  readonly capacity: Capacity;
  /** Standard deviation between tests of what the line carries, over its mean. */
  readonly noise: Share;
  /** Standard error of one test's reading. */
  readonly testError: Share;
  readonly rttMs: number;
  /** Most of the line that the school uses in its own hours. */
  readonly schoolUse: Share;
}

/** Worse direction against the norm: the classes that verdicts are counted by. */
export const TRUTHS = [
  'well above',
  'at or above',
  'within tolerance',
  'under 10% short',
  '10–30% short',
  'over 30% short',
] as const;
export type Truth = (typeof TRUTHS)[number];

export function truthOf(capacity: Capacity, norm: Norm): Truth {
  const ratio = Math.min(capacity.download / norm.download, capacity.upload / norm.upload);
  if (ratio >= 1.1) return 'well above';
  if (ratio >= 1) return 'at or above';
  if (ratio >= requiredMbps(norm, 'download') / norm.download) return 'within tolerance';
  if (ratio > 0.9) return 'under 10% short';
  return ratio >= 0.7 ? '10–30% short' : 'over 30% short';
}

/** Whether a rule that calls it short is wrong. */
export function isGood(truth: Truth): boolean {
  return truth === 'well above' || truth === 'at or above';
}

/** Whether a rule that lets it pass is wrong. */
export function isShort(truth: Truth): boolean {
  return truth === '10–30% short' || truth === 'over 30% short';
}

/** Shares of a country in which one line in five falls short, and as many lie near the norm. */
const CLASSES: readonly { readonly share: number; readonly from: number; readonly to: number }[] = [
  { share: 0.62, from: 1.1, to: 2.2 },
  { share: 0.1, from: 1, to: 1.1 },
  { share: 0.04, from: 0.98, to: 1 },
  { share: 0.05, from: 0.9, to: 0.98 },
  { share: 0.08, from: 0.7, to: 0.9 },
  { share: 0.11, from: 0.04, to: 0.7 },
];

export function drawLine(random: Random, norm: Norm): TrueLine {
  return {
    capacity: drawCapacity(random, norm),
    // One in fifteen is a radio link.
    noise: random.next() < 1 / 15 ? 0.05 + 0.1 * random.next() : 0.003 + 0.02 * random.next(),
    testError: 0.003 + 0.014 * random.next(),
    rttMs: 3 + 17 * random.next() ** 2,
    schoolUse: 0.9 * random.next(),
  };
}

/** One direction has the class's ratio; the other the same or better. */
function drawCapacity(random: Random, norm: Norm): Capacity {
  let rest = random.next();
  const found = CLASSES.find(({ share }) => {
    rest -= share;
    return rest < 0;
  });
  const { from, to } = found ?? { from: 1.1, to: 2.2 };
  const worse = from + (to - from) * random.next();
  const better = Math.max(worse, 1.1 + 8 * random.next() ** 2);
  const which = random.next();
  const down = which < 0.65 ? worse : better;
  const up = which < 0.35 || which >= 0.65 ? worse : better;
  return { download: norm.download * down, upload: norm.upload * up };
}

/** Two independent chances into one figure of the standard normal (Box and Muller 1958). */
export function gauss(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
