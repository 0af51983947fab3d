// What holds of every verdict, whatever the evidence. Single boundaries are golden cases in
// test/scenarios.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assess, unjudged } from '#collector/assessment/assess.ts';
import type { Evidence, TestEvidence } from '#collector/assessment/evidence.ts';
import { LINE_OUTCOMES } from '#collector/assessment/rules/direction.ts';
import { samplesOf } from '#collector/assessment/samples.ts';
import { isEnough, passShare } from '#collector/assessment/share.ts';
import { QUALITY_FLAGS } from '#shared/model/measurement.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { type Verdict, verdictSchema } from '#shared/model/verdict.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import {
  DAY_MS,
  evidenceArbitrary,
  evidenceOf,
  evidenceOfSize,
  fail,
  MINUTE_MS,
  NOW,
  nights,
  pass,
  START,
  testArbitrary,
  testAt,
} from './evidence-samples.ts';

const DIRECTIONS = ['download', 'upload'] as const;
const judge = (evidence: Evidence) => assess(evidence, NORM_500_40, NOW);
const RUNS = { numRuns: 400 };

describe('every verdict', () => {
  test('is of the schema, gives reasons, and asks for maatwerk when it is below', () => {
    fc.assert(
      fc.property(evidenceArbitrary, (evidence) => {
        const verdict = judge(evidence);
        expect(verdictSchema.parse(verdict)).toEqual(verdict);
        expect(verdict.maatwerk).toBe(verdict.outcome === 'below');
        expect(verdict.reasons.at(-1)?.rule).toBe('disqualified');
        expect(verdict.normVersion).toBe(NORM_500_40.version);
      }),
      RUNS,
    );
  });

  test('is the same in whatever order the tests came in', () => {
    const shuffled = evidenceArbitrary.chain((evidence) =>
      fc.tuple(
        fc.constant(evidence),
        fc.shuffledSubarray([...evidence.tests], { minLength: evidence.tests.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([evidence, tests]) => {
        expect(judge({ ...evidence, tests })).toEqual(judge(evidence));
      }),
      RUNS,
    );
  });

  test('equals its replay from stored evidence', () => {
    fc.assert(
      fc.property(evidenceArbitrary, (evidence) => {
        const stored = JSON.stringify(evidence);
        expect(judge(JSON.parse(stored))).toEqual(judge(evidence));
        expect(JSON.stringify(evidence)).toBe(stored);
      }),
      RUNS,
    );
  });

  test('names as used only tests of the window, each once', () => {
    fc.assert(
      fc.property(evidenceArbitrary, (evidence) => {
        const { capacityIds, useIds, tests } = judge(evidence).evidence;
        const ids = new Set(evidence.tests.map(({ id }) => id));
        for (const used of [capacityIds, useIds]) {
          expect(new Set(used).size).toBe(used.length);
          expect(used.every((id) => ids.has(id))).toBe(true);
        }
        expect(tests).toBe(evidence.tests.length);
      }),
      RUNS,
    );
  });
});

describe('below', () => {
  const below = evidenceArbitrary.map(judge).filter(({ outcome }) => outcome === 'below');

  test('means that some direction passes in less than half of its tests, with certainty', () => {
    fc.assert(
      fc.property(below, (verdict) => {
        const short = verdict.reasons.filter(({ rule }) => rule === 'capacity_below');
        expect(short.length).toBeGreaterThan(0);
        for (const { interval, n } of short) {
          expect(interval?.[1]).toBeLessThan(NORM_500_40.belowShare);
          expect(n).toBeGreaterThanOrEqual(NORM_500_40.minTests);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('never comes of flagged fails', () => {
    const flaggedFail = fc
      .tuple(testArbitrary(0), fc.subarray([...QUALITY_FLAGS], { minLength: 1 }))
      .map(([run, flags]): TestEvidence => ({ ...run, flags, download: fail(), upload: fail() }));
    const more = fc.array(flaggedFail, { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(evidenceArbitrary, more, (evidence, fails) => {
        fc.pre(judge(evidence).outcome !== 'below');
        const extra = fails.map((run, index) => ({ ...run, id: `extra ${index}` }));
        const after = judge({ ...evidence, tests: [...evidence.tests, ...extra] });
        expect(after.outcome).not.toBe('below');
      }),
      RUNS,
    );
  });

  test('never is said of a direction that passed three times on two days', () => {
    fc.assert(
      fc.property(evidenceArbitrary, (evidence) => {
        const verdict = judge(evidence);
        for (const { rule, direction } of verdict.reasons) {
          if (rule !== 'capacity_below' || direction === undefined) continue;
          const passes = evidence.tests.filter((run) => run[direction]?.outcome === 'pass');
          const days = new Set(passes.map(({ day }) => day)).size;
          expect(passes.length < 3 || days < 2).toBe(true);
        }
      }),
      RUNS,
    );
  });
});

describe('too little evidence', () => {
  const said = ['meets', 'below', 'intermittent'];

  test('under 20 tests nothing is said of a line', () => {
    fc.assert(
      fc.property(evidenceArbitrary, (evidence) => {
        expect(said).not.toContain(
          judge({ ...evidence, tests: evidence.tests.slice(0, 19) }).outcome,
        );
      }),
      RUNS,
    );
  });

  test('on fewer than 5 days nothing is said of a line', () => {
    fc.assert(
      fc.property(evidenceArbitrary, fc.integer({ min: 0, max: 24 }), (evidence, first) => {
        const from = START / DAY_MS + first;
        const tests = evidence.tests.map((run) => {
          const day = from + (run.day % 4);
          return { ...run, day, startedAt: day * DAY_MS + (run.startedAt % DAY_MS) };
        });
        expect(said).not.toContain(judge({ ...evidence, tests }).outcome);
      }),
      RUNS,
    );
  });
});

/** By LINE_OUTCOMES, worst first; −1 of what says nothing of the line. */
function rank({ outcome, reasons }: Verdict): number {
  const isFull = outcome === 'intermittent' && reasons[0]?.rule === 'use_intermittent';
  return (LINE_OUTCOMES as readonly string[]).indexOf(isFull ? 'full' : outcome);
}

describe('one more fail while others may use the line', () => {
  test('never makes a verdict better, nor ever below', () => {
    const busy = fc.tuple(testArbitrary(0), fc.boolean()).map(([run, isWithheld]): TestEvidence => {
      const withheld = { ...fail(), outcome: 'inconclusive', withheld: { provisional: false } };
      const said = isWithheld ? (withheld as ReturnType<typeof fail>) : fail();
      const flags = isWithheld ? (['cross_traffic'] as const) : [];
      return {
        ...run,
        id: 'more',
        deviceId: 'C',
        quiet: 'no',
        flags,
        download: said,
        upload: said,
      };
    });
    fc.assert(
      fc.property(evidenceArbitrary, busy, (evidence, run) => {
        const before = judge(evidence);
        fc.pre(rank(before) >= 0);
        const after = judge({ ...evidence, tests: [...evidence.tests, run] });
        expect(rank(after)).toBeLessThanOrEqual(rank(before));
        expect(after.outcome === 'below').toBe(before.outcome === 'below');
      }),
      { numRuns: 200 },
    );
  });
});

describe('one more passing test', () => {
  // The order is LINE_OUTCOMES, worst first. It holds from enough evidence on: before, a pass can
  // be the test that first allows a bad verdict (the twentieth, after nineteen fails). `no_data`
  // and `unfit` say nothing of the line and have no place in the order.
  test('never makes a verdict worse once there is enough evidence', () => {
    let compared = 0;
    const runs = evidenceOfSize(90, 200).filter((evidence) => isEnoughForAll(evidence.tests));
    fc.assert(
      fc.property(runs, testArbitrary(1), (evidence, run) => {
        const before = judge(evidence);
        fc.pre(rank(before) >= 0);
        compared += 1;
        const more = { ...run, id: 'more', flags: [], download: pass(), upload: pass() };
        const after = judge({ ...evidence, tests: [...evidence.tests, more] });
        expect(rank(after)).toBeGreaterThanOrEqual(rank(before));
      }),
      { numRuns: 300 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  test('can only be the twentieth where nineteen fails came before', () => {
    const fails = nights(19, () => ({ download: fail() }));
    expect(judge(evidenceOf(fails)).outcome).toBe('inconclusive');
    const twentieth = testAt(NOW - DAY_MS);
    expect(judge(evidenceOf([...fails, twentieth])).outcome).toBe('below');
  });
});

describe('lines that pass in 95% of their tests', () => {
  test('are not once called below, and mostly meet or stay open', () => {
    const random = seededRandom(95);
    const counts = { meets: 0, below: 0, intermittent: 0, inconclusive: 0, unfit: 0, no_data: 0 };
    const lines = 1500;
    for (let line = 0; line < lines; line += 1) {
      const tests = nights(28, () => (random.next() < 0.95 ? {} : { download: fail() }));
      counts[judge(evidenceOf(tests)).outcome] += 1;
    }
    expect(counts.below).toBe(0);
    // At most one fail in 28: 0.95^28 + 28 × 0.05 × 0.95^27 = 0.588.
    const share = 0.95 ** 28 + 28 * 0.05 * 0.95 ** 27;
    expect(Math.abs(counts.meets / lines - share)).toBeLessThan(4 * Math.sqrt(0.25 / lines));
    expect(counts.meets + counts.inconclusive).toBeGreaterThan(0.99 * lines);
  });
});

test('a location that nothing is known of', () => {
  const verdict = unjudged(NORM_500_40, NOW);
  expect(verdict).toMatchObject({
    outcome: 'no_data',
    maatwerk: false,
    reasons: [{ rule: 'no_device' }, { rule: 'disqualified', n: 0 }],
    evidence: { tests: 0, capacityIds: [], useIds: [], excluded: {} },
    judgedAt: new Date(NOW).toISOString(),
  });
});

test('tests from the future do not count', () => {
  const tests = [...nights(19), testAt(NOW + MINUTE_MS)];
  expect(judge(evidenceOf(tests)).evidence.tests).toBe(19);
});

function isEnoughForAll(tests: readonly TestEvidence[]): boolean {
  const sorted = tests.toSorted((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1));
  return DIRECTIONS.every((direction) => {
    const { capacity, use } = samplesOf(sorted, direction, NORM_500_40);
    return [capacity, use].every(({ counted }) =>
      isEnough(passShare(counted, NORM_500_40), NORM_500_40),
    );
  });
}
