// The rule's boundaries are golden cases (test/scenarios/confirm.json); here what holds always.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { confirm } from '#collector/assessment/confirm.ts';
import type { TestEvidence } from '#collector/assessment/evidence.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { evidenceArbitrary, fail, MINUTE_MS, pass, START, testAt } from './evidence-samples.ts';

const countsQuiet = ({ quiet, flags }: TestEvidence) => quiet !== 'no' && flags.length === 0;
const counted = (tests: readonly TestEvidence[]) =>
  confirm(tests, ({ download }) => download, countsQuiet, NORM_500_40);
const near = { download: fail(true) };
const minute = (at: number, change: Partial<TestEvidence> = {}) =>
  testAt(START + at * MINUTE_MS, change);

describe('the run that the agent names', () => {
  const first = minute(0, near);
  const other = minute(3, { download: pass() });
  const named = minute(6, { ...near, confirms: first.id });

  test('is chosen among those that could be the second', () => {
    expect(counted([first, other, named]).counted).toMatchObject([
      { result: 'fail', test: first, second: named },
      { result: 'pass', test: other },
    ]);
  });

  test('is not believed when it is of another device or too soon', () => {
    const elsewhere = { ...named, deviceId: 'B' };
    expect(counted([first, other, elsewhere]).counted).toMatchObject([
      { result: 'pass', test: first, second: other },
    ]);
    const soon = minute(1, { ...near, confirms: first.id });
    expect(counted([first, soon]).counted).toEqual([]);
  });
});

test('a run settles one fail, not two', () => {
  const first = minute(0, near);
  const again = minute(1, near);
  const second = minute(3, { download: pass() });
  expect(counted([first, again, second])).toMatchObject({
    counted: [{ result: 'pass', test: first, second }],
    unconfirmed: [again],
  });
});

test('an undecided run between settles nothing; the next one does', () => {
  const open = minute(3, { download: { ...fail(), outcome: 'inconclusive' } });
  const last = minute(8, near);
  expect(counted([minute(0, near), open, last]).counted).toMatchObject([
    { result: 'fail', second: last },
  ]);
});

test('each decisive test of a sample is counted once, in a pair, or named as unconfirmed', () => {
  const sorted = evidenceArbitrary.map(({ tests }) =>
    tests.toSorted((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1)),
  );
  fc.assert(
    fc.property(sorted, (tests) => {
      const result = counted(tests);
      const used = [
        ...result.counted.flatMap(({ test: first, second }) => [first, second]),
        ...result.unconfirmed,
      ].filter((run) => run !== undefined);
      expect(new Set(used).size).toBe(used.length);
      const decisive = tests.filter(
        (run) => countsQuiet(run) && run.download && run.download.outcome !== 'inconclusive',
      );
      expect(decisive.every((run) => used.includes(run))).toBe(true);
      for (const { result: said, test: first, second } of result.counted) {
        expect(said).toBe((second ?? first).download?.outcome);
        if (said === 'fail') expect(countsQuiet(second ?? first)).toBe(true);
        if (second === undefined) continue;
        const gap = second.startedAt - first.startedAt;
        expect(gap).toBeGreaterThanOrEqual(NORM_500_40.confirmMinGapMs);
        expect(gap).toBeLessThanOrEqual(NORM_500_40.confirmMaxGapMs);
        expect(second.deviceId).toBe(first.deviceId);
      }
    }),
    { numRuns: 300 },
  );
});
