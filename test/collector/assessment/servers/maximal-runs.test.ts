import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maximalRuns, type Run } from '#collector/assessment/servers/maximal-runs.ts';

/** Their definition, word for word: the best run, then the same to the left and right of it. */
function byDefinition(scores: readonly number[], from = 0, to = scores.length): Run[] {
  let best: (Run & { sum: number }) | undefined;
  for (let start = from; start < to; start += 1) {
    let sum = 0;
    for (let end = start + 1; end <= to; end += 1) {
      sum += scores[end - 1] ?? 0;
      if (sum > (best?.sum ?? 0)) best = { start, end, sum };
    }
  }
  if (best === undefined) return [];
  const { start, end } = best;
  return [...byDefinition(scores, from, start), { start, end }, ...byDefinition(scores, end, to)];
}

test('the example of the paper', () => {
  const scores = [4, -5, 3, -3, 1, 2, -2, 2, -2, 1, 5];
  expect(maximalRuns(scores)).toEqual([
    { start: 0, end: 1 },
    { start: 2, end: 3 },
    { start: 4, end: 11 },
  ]);
});

test('are what the definition says, for any row without ties', () => {
  // Powers keep any two sums apart, so that there is one best run at each step.
  const row = fc
    .array(fc.integer({ min: -40, max: 40 }), { maxLength: 24 })
    .map((values) => values.map((value, index) => value + 2 ** -(index + 2)));
  fc.assert(
    fc.property(row, (scores) => {
      expect(maximalRuns(scores)).toEqual(byDefinition(scores));
    }),
    { numRuns: 500 },
  );
});
