// In which stretches of time did one measure server fall short in one direction? Pure: comparisons
// in, in any order; faults out, oldest first. The README of this folder has the reasoning.
import type { Direction } from '#shared/model/norm.ts';
import type { ServerFault } from '#shared/model/server-fault.ts';
import type { EpochMs, Ms, Share } from '#shared/model/units.ts';
import { regularizedBeta } from '#shared/stats/incomplete-beta.ts';
import { maximalRuns } from './maximal-runs.ts';

/** One test against its own device's typical reading. */
export interface Comparison {
  readonly locationId: string;
  readonly startedAt: EpochMs;
  readonly hasFallen: boolean;
  /** Of this line's tests; from `typicalOf`, so at most a half. */
  readonly usualRate: Share;
}

export const MIN_FALLEN_LINES = 5;
/** Of the lines compared. A smaller part that falls is a fault of something that it shares. */
export const MIN_FALLEN_SHARE: Share = 1 / 3;
/** A country makes some 13 million tests a year, in which chance alone has this many tries. */
export const MAX_CHANCE: Share = 1e-6;
/**
 * What a short server is taken to do to the lines, for the scores of its stretch: with the usual
 * rate of a steady line, a stretch goes on while more than a quarter fall.
 */
const SHORT_SERVER_RATE: Share = 0.6;
/** Nothing is known of a server over a longer silence than this. */
const MAX_GAP_MS: Ms = 6 * 3_600_000;
/** A test just outside may be of the same fault; one that did well ends it. */
const MARGIN_MS: Ms = 10 * 60_000;

export function decideFaults(
  server: string,
  direction: Direction,
  comparisons: readonly Comparison[],
): readonly ServerFault[] {
  const all = comparisons.toSorted(inOrder);
  return stretchesOf(all).flatMap((stretch) =>
    maximalRuns(stretch.map(scoreOf)).flatMap(({ start, end }) => {
      const run = stretch.slice(start, end);
      const found = judgeRun(run);
      if (found === undefined) return [];
      const [first, last] = [run[0], run.at(-1)];
      if (first === undefined || last === undefined) return [];
      const earliest = first.startedAt - MARGIN_MS;
      const latest = last.startedAt + MARGIN_MS;
      const from = Math.max(earliest, (stretch[start - 1]?.startedAt ?? earliest - 1) + 1);
      const to = Math.min(latest, (stretch[end]?.startedAt ?? latest + 1) - 1);
      // A test that did well in the very millisecond does not shorten what fell.
      return [
        {
          ...{ server, direction, ...found },
          from: Math.min(from, first.startedAt),
          to: Math.max(to, last.startedAt),
        },
      ];
    }),
  );
}

type Finding = Pick<ServerFault, 'lines' | 'fallen' | 'usualRate'>;

/** By lines, of which each counts once however often it was tested. */
function judgeRun(run: readonly Comparison[]): Finding | undefined {
  const byLine = new Map<string, { tests: number; fallen: number; rates: number }>();
  for (const { locationId, hasFallen, usualRate } of run) {
    const line = byLine.get(locationId) ?? { tests: 0, fallen: 0, rates: 0 };
    line.tests += 1;
    line.fallen += hasFallen ? 1 : 0;
    line.rates += usualRate;
    byLine.set(locationId, line);
  }
  const lines = [...byLine.values()];
  const fallen = lines.filter((line) => line.fallen > line.tests / 2).length;
  if (fallen < MIN_FALLEN_LINES || fallen < MIN_FALLEN_SHARE * lines.length) return undefined;
  const usualRate = lines.reduce((sum, line) => sum + line.rates / line.tests, 0) / lines.length;
  // P(X ≥ fallen) of X ~ Binomial(lines, usualRate).
  const chance = regularizedBeta(usualRate, fallen, lines.length - fallen + 1);
  return chance <= MAX_CHANCE ? { lines: lines.length, fallen, usualRate } : undefined;
}

/** Log-likelihood ratio of "the server is short" over "as usual". */
function scoreOf({ hasFallen, usualRate }: Comparison): number {
  return hasFallen
    ? Math.log(SHORT_SERVER_RATE / usualRate)
    : Math.log((1 - SHORT_SERVER_RATE) / (1 - usualRate));
}

/** Parted where there were no tests for long. */
function stretchesOf(all: readonly Comparison[]): readonly (readonly Comparison[])[] {
  const stretches: Comparison[][] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const each of all) {
    if (each.startedAt - before > MAX_GAP_MS) stretches.push([]);
    stretches.at(-1)?.push(each);
    before = each.startedAt;
  }
  return stretches;
}

/** Whole, so that the order in which tests came in leaves no trace. */
function inOrder(a: Comparison, b: Comparison): number {
  return (
    a.startedAt - b.startedAt ||
    (a.locationId < b.locationId ? -1 : a.locationId > b.locationId ? 1 : 0) ||
    Number(a.hasFallen) - Number(b.hasFallen) ||
    a.usualRate - b.usualRate
  );
}
