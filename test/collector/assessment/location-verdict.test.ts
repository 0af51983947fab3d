import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unjudged } from '#collector/assessment/assess.ts';
import { explain } from '#collector/assessment/explain.ts';
import { type JudgedLine, locationVerdict } from '#collector/assessment/location-verdict.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { OUTCOMES, type Outcome } from '#shared/model/verdict.ts';

const NOW = Date.parse('2026-03-20T17:00:00Z');

function judged(outcome: Outcome, change: Partial<JudgedLine['line']> = {}): JudgedLine {
  const verdict = unjudged(NORM_500_40, NOW);
  return {
    line: { id: 'a', name: 'hoofdlijn', role: 'main', createdAt: 0, ...change },
    verdict: { ...verdict, outcome, maatwerk: outcome === 'below' },
  };
}

const outcomes = fc.constantFrom(...OUTCOMES);
/** Lines as a location has them: ids differ, ages may not. */
const lines = fc
  .array(fc.tuple(outcomes, fc.constantFrom('main', 'backup'), fc.nat(3)), { maxLength: 6 })
  .map((parts) =>
    parts.map(([outcome, role, createdAt], at) =>
      judged(outcome, { id: `line ${at}`, name: `lijn ${at}`, role, createdAt }),
    ),
  );
const verdictOf = (given: readonly JudgedLine[]) => locationVerdict(given, NORM_500_40, NOW);
const mainOf = (given: readonly JudgedLine[]) =>
  given.filter(({ line }) => line.role === 'main').map(({ verdict }) => verdict.outcome);

test('one main line: its verdict is the location’s, whatever the backups say', () => {
  fc.assert(
    fc.property(outcomes, lines, (outcome, others) => {
      const backups = others.filter(({ line }) => line.role === 'backup');
      const main = judged(outcome, { id: 'main' });
      expect(verdictOf([...backups, main])).toEqual(main.verdict);
    }),
  );
});

test('below when one main line is, meets when all are, no data when none has any', () => {
  fc.assert(
    fc.property(lines, (given) => {
      const { outcome, maatwerk } = verdictOf(given);
      const main = mainOf(given);
      expect(outcome === 'below').toBe(main.includes('below'));
      expect(outcome === 'meets').toBe(main.length > 0 && main.every((each) => each === 'meets'));
      expect(outcome === 'no_data').toBe(main.every((each) => each === 'no_data'));
      expect(maatwerk).toBe(outcome === 'below');
    }),
  );
});

test('the order of the lines never matters', () => {
  fc.assert(
    fc.property(
      lines.chain((given) =>
        fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
      ),
      ([given, shuffled]) => {
        expect(verdictOf(shuffled)).toEqual(verdictOf(given));
      },
    ),
  );
});

test('one more line never makes a location better', () => {
  const rank = (outcome: Outcome) =>
    ['below', 'intermittent', 'unfit', 'inconclusive', 'no_data', 'meets'].indexOf(outcome);
  fc.assert(
    fc.property(lines, outcomes, (given, outcome) => {
      fc.pre(mainOf(given).length > 0 && verdictOf(given).outcome !== 'no_data');
      const more = verdictOf([...given, judged(outcome, { id: 'more' })]);
      expect(rank(more.outcome)).toBeLessThanOrEqual(rank(verdictOf(given).outcome));
    }),
  );
});

test.each<[readonly Outcome[], Outcome, string]>([
  [['meets', 'below'], 'below', 'lijn 1'],
  [['no_data', 'below'], 'below', 'lijn 1'],
  [['below', 'below'], 'below', 'lijn 0'],
  [['intermittent', 'unfit'], 'intermittent', 'lijn 0'],
  [['inconclusive', 'unfit'], 'unfit', 'lijn 1'],
  [['no_data', 'inconclusive'], 'inconclusive', 'lijn 1'],
])('%j is %s by %s, and a sentence says by which', (given, outcome, name) => {
  const verdict = verdictOf(
    given.map((each, at) => judged(each, { id: `${at}`, name: `lijn ${at}`, createdAt: at })),
  );
  expect(verdict.outcome).toBe(outcome);
  expect(verdict.reasons[1]).toEqual({ rule: 'line_decides', detail: { line: name, lines: 2 } });
  const view = explain(verdict);
  expect(view.reasons[1]?.text).toEqual({
    nl: `Deze locatie heeft 2 hoofdlijnen; ‘${name}’ geeft de doorslag.`,
    en: `This location has 2 main lines; ‘${name}’ decides.`,
  });
});

test('a silent line beside one that meets leaves the location undecided, and says so first', () => {
  const verdict = verdictOf([
    judged('meets', { id: 'a' }),
    judged('no_data', { id: 'b', name: 'bijgebouw' }),
  ]);
  expect(verdict.outcome).toBe('inconclusive');
  expect(explain(verdict).text.nl).toBe(
    'Er zijn nog onvoldoende metingen voor een oordeel. Van ‘bijgebouw’, een van de 2 hoofdlijnen, zijn er geen gegevens.',
  );
});

test('without a main line there is nothing to judge by', () => {
  expect(verdictOf([judged('meets', { role: 'backup' })])).toEqual(unjudged(NORM_500_40, NOW));
});
