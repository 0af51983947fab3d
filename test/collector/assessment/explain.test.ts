// Every rule, every cause, both languages; the sentences of real verdicts are read in
// test/scenarios.
import { describe, expect, test } from 'vitest';
import { unjudged } from '#collector/assessment/assess.ts';
import { CAUSES, causeText } from '#collector/assessment/explain/causes.ts';
import { explain } from '#collector/assessment/explain.ts';
import { RULES } from '#collector/assessment/rules/reason.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { OUTCOMES, type Reason, type Verdict } from '#shared/model/verdict.ts';

const AT = Date.parse('2026-03-20T17:00:00Z');
const DETAIL = {
  passes: 22,
  days: 9,
  confidence: 0.95,
  minTests: 20,
  minDays: 5,
  norm: 500,
  windowDays: 28,
  flagged: 12,
  excluded: 4,
  wifi: 3,
  connect_timed_out: 1,
  cause: 'others',
  failure: 'dns_lookup_failed',
  expectedAt: '2026-04-08T17:00:00.000Z',
  since: '2026-03-01T11:00:00.000Z',
  lastAt: '2026-03-19T02:10:00.000Z',
};

function verdictWith(...reasons: Reason[]): Verdict {
  return { ...unjudged(NORM_500_40, AT), reasons };
}

function textOf(reason: Reason) {
  const [explained] = explain(verdictWith(reason)).reasons;
  if (explained === undefined) throw new Error('no reason came back');
  return explained.text;
}

describe.each(RULES)('%s', (rule) => {
  test.each([
    ['in full', { observed: 0.917, required: 0.8, interval: [0.73, 0.99], n: 24, detail: DETAIL }],
    ['with nothing counted', { n: 0, detail: { ...DETAIL, passes: 0, days: 0, excluded: 0 } }],
    ['with one', { n: 1, observed: 1, interval: [0.025, 1], detail: { ...DETAIL, days: 1 } }],
    ['bare', {}],
  ] as const)('%s: a whole sentence in both languages', (_, change) => {
    for (const direction of ['download', 'upload', undefined] as const) {
      const { nl, en } = textOf({
        ...(change as Partial<Reason>),
        rule,
        ...(direction === undefined ? {} : { direction }),
      });
      for (const text of [nl, en]) {
        expect(text).toMatch(/^[A-Z].*\.$/);
        expect(text).not.toMatch(/undefined|NaN|null|Infinity|\[object|[{}$]|\s\s|\s[.,;]/);
      }
      expect(nl).not.toBe(en);
      expect(nl).not.toContain('Regel “');
    }
  });
});

test('says the figures of a share as a school would', () => {
  const reason: Reason = {
    rule: 'capacity_below',
    direction: 'download',
    observed: 2 / 24,
    required: 0.5,
    interval: [0.0103, 0.2696],
    n: 24,
    detail: { passes: 2, days: 9, confidence: 0.95 },
  };
  expect(textOf(reason)).toEqual({
    nl: 'In 2 van 24 geldige metingen op 9 dagen haalde de downloadsnelheid de norm. Met 95% zekerheid lukt dat hoogstens 27% van de keren; onder 50% schiet de lijn tekort.',
    en: 'In 2 of 24 valid tests on 9 days the download speed reached the norm. With 95% certainty it does so at most 27% of the time; under 50% the line falls short.',
  });
});

test('writes numbers and dates in the form of each language', () => {
  const speed = { rule: 'typical_speed', direction: 'upload', observed: 31.26, detail: DETAIL };
  expect(textOf(speed as Reason).nl).toContain('31,3 Mbit/s');
  expect(textOf(speed as Reason).en).toContain('31.3 Mbit/s');
  const silent = { rule: 'silent', detail: { since: '2026-03-01T23:30:00.000Z' } };
  expect(textOf(silent).nl).toContain('2 maart 2026');
  expect(textOf(silent).en).toContain('2 March 2026');
  const many = { rule: 'only_failures', n: 1234, detail: { ...DETAIL, failure: 'line_busy' } };
  expect(textOf(many).nl).toContain('1.234 metingen');
  expect(textOf(many).en).toContain('1,234 tests');
});

test('names the causes by weight, the first three', () => {
  const detail = { excluded: 9, wifi: 5, cpu_limited: 3, stopped: 2, undecided: 1 };
  const { nl, en } = textOf({ rule: 'disqualified', observed: 0.3, n: 30, detail });
  expect(nl).toBe(
    'Van 30 metingen telden er 9 (30%) niet of niet helemaal mee: 5 keer omdat het meetapparaat via wifi was verbonden, 3 keer omdat het meetapparaat zelf te zwaar belast of te traag was en 2 keer omdat de meting werd gestopt.',
  );
  expect(en).toContain('5× because the measuring device was connected by Wi-Fi, 3×');
  expect(en).not.toContain('no clear result');
});

test.each(CAUSES)('the cause %s has words in both languages', (cause) => {
  const { nl, en } = causeText(cause);
  expect(nl).toMatch(/^(de|het|er|een) [a-z]/);
  expect(en).toMatch(/^(the|there|a|no) [a-z]/);
});

test('every outcome has a text, begun by what it is and followed by what decided it', () => {
  const texts = OUTCOMES.map((outcome) =>
    explain({ ...verdictWith({ rule: 'no_device' }), outcome }),
  );
  expect(new Set(texts.map(({ text }) => text.nl)).size).toBe(OUTCOMES.length);
  for (const { text } of texts) {
    expect(text.nl).toMatch(/\. Er is nog geen meetapparaat aangemeld\.$/);
  }
});

test('a rule or cause of another version is named by its code', () => {
  expect(textOf({ rule: 'capacity_of_1999' }).nl).toContain('capacity_of_1999');
  const old = { rule: 'only_failures', n: 2, detail: { ...DETAIL, failure: 'line_eaten' } };
  expect(textOf(old).en).toContain('line_eaten');
  expect(textOf({ rule: 'toString' }).en).toContain('toString');
});

test('keeps the verdict as it was', () => {
  const verdict = unjudged(NORM_500_40, AT);
  const { text: _, reasons, ...rest } = explain(verdict);
  expect({ ...rest, reasons: reasons.map(({ text: __, ...reason }) => reason) }).toEqual(verdict);
});
