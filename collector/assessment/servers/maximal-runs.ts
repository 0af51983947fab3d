// All maximal scoring stretches of a row of numbers, in linear time (W. L. Ruzzo and M. Tompa, "A
// linear time algorithm for finding all maximal scoring subsequences", ISMB 1999). Pure.

/** Positions, `end` exclusive. */
export interface Run {
  readonly start: number;
  readonly end: number;
}

interface OpenRun {
  readonly start: number;
  readonly end: number;
  /** Sum of all scores before the run, and up to its end. */
  readonly left: number;
  readonly right: number;
  /** The last run before it whose `left` is smaller; −1 for none. */
  readonly lower: number;
}

/** Disjoint, in order; each begins and ends with a positive score and cannot be made to score more. */
export function maximalRuns(scores: readonly number[]): readonly Run[] {
  const runs: OpenRun[] = [];
  let sum = 0;
  for (const [index, score] of scores.entries()) {
    const before = sum;
    sum += score;
    if (score <= 0) continue;
    let [start, left] = [index, before];
    for (;;) {
      let lower = runs.length - 1;
      for (let run = runs[lower]; run !== undefined && run.left >= left; run = runs[lower]) {
        lower = run.lower;
      }
      const joined = runs[lower];
      if (joined === undefined || joined.right >= sum) {
        runs.push({ start, end: index + 1, left, right: sum, lower });
        break;
      }
      ({ start, left } = joined);
      runs.length = lower;
    }
  }
  return runs.map(({ start, end }) => ({ start, end }));
}
