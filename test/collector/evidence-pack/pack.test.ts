// Evidence → pack: a small one to the byte, and what holds of every one.
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '#collector/evidence-pack/canonical-json.ts';
import { fileOf } from '#collector/evidence-pack/files.ts';
import { evidencePackOf, type PackInput } from '#collector/evidence-pack/pack.ts';
import type { Direction } from '#shared/model/norm.ts';
import type { Reason } from '#shared/model/verdict.ts';
import { type EvidenceTest, evidencePackSchema } from '#shared/wire/evidence-pack.ts';
import { packSample, type SampleOptions } from './pack-samples.ts';

const golden = (name: string) => join(import.meta.dirname, 'golden', name);
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

test('a small pack is, to the byte, what it was', async () => {
  const pack = evidencePackOf(ofRules('golden', packSample({ days: 3, seed: 5, spoilt: 0.5 })));
  await expect(text(await fileOf('pack.json', pack, 'nl'))).toMatchFileSnapshot(golden('pack.txt'));
  for (const lang of ['nl', 'en'] as const) {
    const csv = text(await fileOf('tests.csv', pack, lang));
    await expect(csv).toMatchFileSnapshot(golden(`tests-${lang}.txt`));
  }
});

/** The rules' version changes with rules that these tests do not come under. */
function ofRules(rulesVersion: string, input: PackInput): PackInput {
  return {
    ...input,
    verdict: { ...input.verdict, rulesVersion },
    lines: input.lines.map((line) =>
      line.judged === undefined
        ? line
        : {
            ...line,
            judged: { ...line.judged, verdict: { ...line.judged.verdict, rulesVersion } },
          },
    ),
  };
}

test('JSON is canonical as RFC 8785 has it', () => {
  const value = {
    b: [1, { z: null, a: 'é\u20ac' }],
    a: 1e21,
    '\u20ac': 1,
    __proto__x: 0.1,
    no: undefined,
  };
  expect(canonicalJson(value)).toBe(
    '{"__proto__x":0.1,"a":1e+21,"b":[1,{"a":"é€","z":null}],"€":1}',
  );
});

const samples: fc.Arbitrary<SampleOptions> = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  days: fc.constantFrom(1, 9, 28, 60),
  down: fc.constantFrom(96, 430, 492, 520),
  up: fc.constantFrom(20, 39.5, 42),
  spoilt: fc.constantFrom(0, 0.2, 0.9),
  hasBackup: fc.boolean(),
});

test('every test is there once, counts or says why not, and the figures are the verdict’s', () => {
  fc.assert(
    fc.property(samples, (options) => {
      const input = packSample(options);
      const pack = evidencePackOf(input);
      expect(canonicalJson(evidencePackSchema.parse(pack))).toBe(canonicalJson(pack));

      const given = input.lines.flatMap(({ measurements }) => measurements);
      expect(pack.tests.map(({ id }) => id).sort()).toEqual(
        given.map(({ measurement }) => measurement.id).sort(),
      );
      const { tests, counted, excluded } = pack.counts;
      expect([counted + excluded, tests]).toEqual([given.length, given.length]);

      for (const line of pack.lines) {
        const own = pack.tests.filter(({ lineId }) => lineId === line.id);
        const ids = (question: 'capacity' | 'use') =>
          own
            .filter(
              ({ judged }) => judged.download[question].counted || judged.upload[question].counted,
            )
            .map(({ id }) => id);
        expect(ids('capacity')).toEqual(line.verdict?.evidence.capacityIds);
        expect(ids('use')).toEqual(line.verdict?.evidence.useIds);
        for (const direction of ['download', 'upload'] as const) {
          const reasons =
            line.verdict?.reasons.filter((each) => each.direction === direction) ?? [];
          for (const reason of reasons) {
            const found = sharesOf(own, direction, reason);
            if (found !== undefined)
              expect([reason.rule, ...found]).toEqual([
                reason.rule,
                reason.n,
                reason.detail?.passes,
              ]);
          }
          const typical = reasons.find(({ rule }) => rule === 'typical_speed');
          const finding = line.findings[direction];
          if (typical !== undefined) expect(finding.reading?.mbps).toBe(typical.observed);
        }
      }
    }),
    { numRuns: 60 },
  );
});

/** Tests and passes that the pack counts for the question of such a reason. */
function sharesOf(
  tests: readonly EvidenceTest[],
  direction: Direction,
  { rule }: Reason,
): readonly [number, number] | undefined {
  // The newest run alone, or every pass at whatever hour.
  if (!/^(capacity|use)_(?!fallen|recovered)/.test(rule)) return undefined;
  const question = rule.startsWith('use') ? 'use' : 'capacity';
  const accounts = tests
    .map(({ judged }) => judged[direction][question])
    .filter((account) => account.counted)
    .filter(({ settles }) => settles === undefined);
  return [accounts.length, accounts.filter((account) => account.as === 'pass').length];
}

test('the order of arrival changes no byte, and nothing private is in it', () => {
  const input = packSample({ hasBackup: true, spoilt: 0.6 });
  const reversed = {
    ...input,
    lines: input.lines.toReversed().map((line) => ({
      ...line,
      measurements: line.measurements.toReversed(),
    })),
  };
  const json = canonicalJson(evidencePackOf(input));
  expect(canonicalJson(evidencePackOf(reversed))).toBe(json);
  // The message of a failure names an address in these samples.
  expect(json).toContain('"code":"connection_reset","operation":"upload"');
  expect(json).not.toContain('192.0.2.7');
});

test('what lies beside the verdict says so', () => {
  const input = packSample({ days: 60, hasBackup: true, spoilt: 0 });
  const lines = input.lines.map(({ judged, ...line }) =>
    line.line.role === 'main' && judged !== undefined ? { ...line, judged } : line,
  );
  const pack = evidencePackOf({ ...input, lines });
  const because = (isMain: boolean, isInWindow: boolean) => {
    const main = pack.lines.find(({ role }) => role === 'main');
    const found = pack.tests
      .filter(({ lineId }) => (lineId === main?.id) === isMain)
      .filter(({ startedAt }) => startedAt >= pack.verdict.evidence.from === isInWindow)
      .map(({ judged: { download } }) => download.capacity)
      .map((account) => (account.counted ? 'counted' : account.because[0]));
    return new Set(found);
  };
  expect(because(true, false)).toEqual(new Set(['outside_window']));
  expect(because(false, true)).toEqual(new Set(['line_not_judged']));
  expect(because(true, true)).toContain('counted');
  expect(pack.lines[1]).toMatchObject({ verdict: null, findings: { download: { tests: 0 } } });
});
