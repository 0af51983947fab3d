import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OUTCOMES, type Verdict } from '#shared/model/verdict.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { openTestRegistry } from '#test/support/registry.ts';

function verdictAt(at: number, change: Partial<Verdict> = {}): Verdict {
  const iso = new Date(at).toISOString();
  return {
    outcome: 'inconclusive',
    maatwerk: false,
    reasons: [{ rule: 'too_few_tests', observed: 3, required: 20, n: 3, detail: { at: iso } }],
    evidence: { from: iso, to: iso, tests: 3, capacityIds: ['a'], useIds: [], excluded: {} },
    normVersion: '500/40-2026.2',
    judgedAt: iso,
    ...change,
  };
}

test('the latest is kept in place, the history grows with changes of outcome or norm', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  const t = clock.now();
  const given = [
    verdictAt(t),
    verdictAt(t + 1),
    verdictAt(t + 2, { outcome: 'below', maatwerk: true }),
    verdictAt(t + 3, { outcome: 'below', maatwerk: true, normVersion: '1000/100' }),
    verdictAt(t + 4, { outcome: 'below', maatwerk: true, normVersion: '1000/100' }),
  ];
  for (const verdict of given) await open.registry.saveVerdict('16SW03', verdict);
  expect(await open.registry.verdict('16SW03')).toEqual(given[4]);
  expect(await open.registry.verdictHistory('16SW03')).toEqual([given[0], given[2], given[3]]);
  expect(await open.registry.verdict('16SW04')).toBeUndefined();
  expect(await open.registry.verdictHistory('16SW04')).toEqual([]);
  await open.registry.saveVerdict('00AA00', verdictAt(t));
  expect(await open.registry.verdicts()).toEqual(
    new Map([
      ['16SW03', given[4]],
      ['00AA00', verdictAt(t)],
    ]),
  );
});

test('any series of verdicts: the history has no two like neighbours and ends with the latest', async () => {
  await using open = await openTestRegistry(new FakeClock());
  let at = Date.parse('2026-03-02T03:00:00Z');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...OUTCOMES), fc.constantFrom('1', '2')), {
        minLength: 1,
        maxLength: 8,
      }),
      async (series) => {
        for (const [outcome, normVersion] of series) {
          at += 1;
          await open.registry.saveVerdict('16SW03', verdictAt(at, { outcome, normVersion }));
        }
        const history = await open.registry.verdictHistory('16SW03');
        const kinds = history.map((v) => `${v.outcome} ${v.normVersion}`);
        for (const [index, kind] of kinds.entries()) expect(kind).not.toBe(kinds[index + 1]);
        expect(kinds.at(-1)).toBe(series.at(-1)?.join(' '));
        expect((await open.registry.verdict('16SW03'))?.judgedAt).toBe(new Date(at).toISOString());
      },
    ),
    { numRuns: 30 },
  );
});

test('a verdict on an unknown location is refused', async () => {
  await using open = await openTestRegistry(new FakeClock());
  await expect(open.registry.saveVerdict('99ZZ99', verdictAt(0))).rejects.toMatchObject({
    code: 'not_found',
  });
});
