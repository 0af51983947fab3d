// What a verdict says of the line in figures, from verdicts as the rules give them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assess } from '#collector/assessment/assess.ts';
import { findingsOf, worstShortfall } from '#collector/planning/line-findings.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import {
  evidenceArbitrary,
  evidenceOf,
  fail,
  NOW,
  nights,
} from '#test/collector/assessment/evidence-samples.ts';

const BUSY = { download: 120, upload: 9 };
/** With every rule that the norm leaves off by default. */
const EVERY_RULE = { ...NORM_500_40, newestRunsFirst: true, passesAtAnyHour: true };
const judged = (tests: Parameters<typeof evidenceOf>[0]) =>
  assess(evidenceOf(tests), EVERY_RULE, NOW);
const found = (tests: Parameters<typeof evidenceOf>[0]) =>
  findingsOf(judged(tests), BUSY, EVERY_RULE);

test('one busy test makes no shortfall of a direction that meets the norm, nor of an unknown one', () => {
  const short = found(nights(28, () => ({ download: fail() })));
  expect(short.download).toMatchObject({
    reading: { mbps: 200, from: 'verdict' },
    shortfall: { mbps: 300, share: 0.6 },
  });
  expect(short.upload).toMatchObject({
    reading: { mbps: 9, from: 'latest' },
    shortfall: { mbps: 0, share: 0 },
  });
  const tooFew = found(nights(3, () => ({ download: fail() })));
  for (const direction of ['download', 'upload'] as const) {
    expect(tooFew[direction].reading?.from).toBe('latest');
    expect(tooFew[direction].shortfall).toBeUndefined();
  }
  expect(worstShortfall(tooFew)).toBe(0);
  expect(findingsOf(undefined, BUSY, NORM_500_40).download.shortfall).toBeUndefined();
});

test('the newest run has no interval: that of the window stands, and what fell does not meet', () => {
  const tests = nights(28, (night) => (night < 24 ? {} : { download: fail() }));
  const [first] = judged(tests).reasons;
  expect(first).toMatchObject({ rule: 'capacity_fallen', direction: 'download' });
  const fallen = found(tests);
  expect(fallen.download.passing).toMatchObject({ share: 24 / 28 });
  expect(fallen.download.shortfall).toBeUndefined();
  expect(fallen.upload.shortfall).toEqual({ mbps: 0, share: 0 });
});

test('a shortfall is by the verdict alone, whatever the newest test said', () => {
  const speeds = fc.record({
    download: fc.integer({ min: 1, max: 900 }),
    upload: fc.integer({ min: 1, max: 90 }),
  });
  fc.assert(
    fc.property(evidenceArbitrary, speeds, fc.boolean(), (evidence, latest, every) => {
      const verdict = assess(evidence, every ? EVERY_RULE : NORM_500_40, NOW);
      const withoutAny = findingsOf(verdict, undefined, NORM_500_40);
      const given = findingsOf(verdict, latest, NORM_500_40);
      for (const direction of ['download', 'upload'] as const) {
        expect(given[direction].shortfall).toEqual(withoutAny[direction].shortfall);
        expect(given[direction].passing).toEqual(withoutAny[direction].passing);
        const own = verdict.reasons.filter((each) => each.direction === direction);
        const withInterval = own.some(
          ({ rule, interval }) => rule.startsWith('capacity_') && interval !== undefined,
        );
        expect(given[direction].passing !== undefined).toBe(withInterval);
      }
      if (verdict.outcome === 'meets') expect(worstShortfall(given)).toBe(0);
    }),
  );
});
