// A sudden change of level in a line's readings, with its date. Pure. It is reported; what it does
// to a verdict is newest-run.ts's.
//
// A rank test (Wilcoxon 1945; Mann and Whitney 1947) of the readings before against those after, at
// the split where they differ most: no assumption on how readings spread, and one wild reading is
// one rank. It is put to all readings, and to ever shorter stretches of the newest, because a fault
// that came and went leaves the two ends alike. Its level is divided by all splits looked at
// (Bonferroni). The newest change counts.
import type { EpochMs, Mbps } from '#shared/model/units.ts';
import { median } from '#shared/stats/median.ts';
import { normalQuantile } from '#shared/stats/normal-quantile.ts';

export interface Reading {
  readonly startedAt: EpochMs;
  /** Local. */
  readonly day: number;
  readonly ipCapacity: Mbps;
}

export interface LevelChange {
  /** Start of the first test at the new level. */
  readonly at: EpochMs;
  /** Medians. */
  readonly before: Mbps;
  readonly after: Mbps;
  readonly testsBefore: number;
  readonly testsAfter: number;
}

/** The chance, at most, that a change is seen in readings that have nothing to do with time. */
const LEVEL = 0.001;
/** Each stretch of the newest readings over the next shorter one. */
const STRETCH_RATIO = Math.SQRT2;
/** On either side; two nights of the usual plan are four tests, which one bad evening can spoil. */
const LEAST_TESTS = 6;
const LEAST_DAYS = 3;
/** Of the higher level: less matters to nobody, however certain it is. */
const LEAST_CHANGE = 0.1;

/** The newest change of level. `readings`: of one direction, oldest first. */
export function newestLevelChange(readings: readonly Reading[]): LevelChange | undefined {
  if (!mayHaveChanged(readings)) return undefined;
  const stretches = stretchesOf(readings.length);
  const splits = stretches.reduce((sum, length) => sum + splitsOf(length), 0);
  const level = LEVEL / splits;
  let newest: LevelChange | undefined;
  for (const length of stretches) {
    const stretch = readings.slice(-length);
    const split = bestSplit(stretch, level);
    const change = split === undefined ? undefined : changeAt(stretch, split);
    if (change !== undefined && change.at >= (newest?.at ?? 0)) newest = change;
  }
  return newest;
}

/** Medians differ by no more than the readings themselves: nearly all lines end here. */
function mayHaveChanged(readings: readonly Reading[]): boolean {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const { ipCapacity } of readings) {
    if (ipCapacity < least) least = ipCapacity;
    if (ipCapacity > most) most = ipCapacity;
  }
  return readings.length >= 2 * LEAST_TESTS && most - least >= LEAST_CHANGE * most;
}

function stretchesOf(n: number): readonly number[] {
  const lengths: number[] = [];
  for (let length = n; length >= 2 * LEAST_TESTS; length = Math.floor(length / STRETCH_RATIO)) {
    lengths.push(length);
  }
  return lengths;
}

function splitsOf(length: number): number {
  return length - 2 * LEAST_TESTS + 1;
}

/** Where the ranks on either side differ most, if that is no chance. */
function bestSplit(readings: readonly Reading[], level: number): number | undefined {
  const n = readings.length;
  const { ranks, tied } = ranksOf(readings);
  let best = { split: LEAST_TESTS, z: 0 };
  let rankSum = 0;
  for (let split = 1; split <= n - LEAST_TESTS; split += 1) {
    rankSum += ranks[split - 1] ?? 0;
    if (split < LEAST_TESTS) continue;
    if (isApart(rankSum, split, n, level)) return split;
    const z = deviation(rankSum, split, n, tied);
    if (z > best.z) best = { split, z };
  }
  return best.z > -normalQuantile(level / 2) ? best.split : undefined;
}

/**
 * Every reading on one side is under every one on the other. How often chance does that is known
 * exactly, where the normal distribution is too careful: twice in all ways to choose `m` of `n`.
 */
function isApart(rankSum: number, m: number, n: number, level: number): boolean {
  const least = (m * (m + 1)) / 2;
  if (rankSum !== least && rankSum !== least + m * (n - m)) return false;
  let ways = 1;
  for (let i = 1; i <= m; i += 1) ways *= (n - m + i) / i;
  return 2 / ways < level;
}

/** Of the sum of the first `m` of `n` ranks, in standard deviations, with half a rank taken off. */
function deviation(rankSum: number, m: number, n: number, tied: number): number {
  const expected = (m * (n + 1)) / 2;
  const variance = ((m * (n - m)) / 12) * (n + 1 - tied / (n * (n - 1)));
  if (variance <= 0) return 0;
  return Math.max(0, Math.abs(rankSum - expected) - 0.5) / Math.sqrt(variance);
}

/** Ranks in the order given, equal readings sharing theirs; `tied` is the sum of t³ − t over them. */
function ranksOf(readings: readonly Reading[]): { ranks: Float64Array; tied: number } {
  const rates = Float64Array.from(readings, ({ ipCapacity }) => ipCapacity);
  const rate = (index: number) => rates[index] ?? 0;
  const order = Uint32Array.from(rates, (_, index) => index);
  order.sort((a, b) => rate(a) - rate(b));
  const ranks = new Float64Array(readings.length);
  let tied = 0;
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && rate(order[to] ?? 0) === rate(order[from] ?? 0)) to += 1;
    for (let at = from; at < to; at += 1) ranks[order[at] ?? 0] = (from + to + 1) / 2;
    tied += (to - from) ** 3 - (to - from);
    from = to;
  }
  return { ranks, tied };
}

/** Undefined where either side has too few tests or days, or the levels are nearly alike. */
function changeAt(readings: readonly Reading[], rough: number): LevelChange | undefined {
  const split = dated(readings, rough);
  const [earlier, later] = [readings.slice(0, split), readings.slice(split)];
  if ([earlier, later].some((side) => side.length < LEAST_TESTS || daysOf(side) < LEAST_DAYS)) {
    return undefined;
  }
  const [before, after] = [levelOf(earlier), levelOf(later)];
  if (Math.abs(after - before) < LEAST_CHANGE * Math.max(before, after)) return undefined;
  const at = later[0]?.startedAt ?? 0;
  return { at, before, after, testsBefore: earlier.length, testsAfter: later.length };
}

/** Ranks differ most near the change, not always at it: readings next to it go to their own side. */
function dated(readings: readonly Reading[], rough: number): number {
  const [before, after] = [levelOf(readings.slice(0, rough)), levelOf(readings.slice(rough))];
  const isAfter = (reading: Reading | undefined) =>
    reading !== undefined &&
    Math.abs(reading.ipCapacity - after) < Math.abs(reading.ipCapacity - before);
  let split = rough;
  while (split < readings.length && !isAfter(readings[split])) split += 1;
  while (split > 0 && isAfter(readings[split - 1])) split -= 1;
  return split;
}

function daysOf(readings: readonly Reading[]): number {
  return new Set(readings.map(({ day }) => day)).size;
}

function levelOf(readings: readonly Reading[]): Mbps {
  return median(readings.map(({ ipCapacity }) => ipCapacity).sort((a, b) => a - b));
}
