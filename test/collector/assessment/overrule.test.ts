import { describe, expect, test } from 'vitest';
import { unjudged } from '#collector/assessment/assess.ts';
import { activeOverrule, standingOutcome } from '#collector/assessment/overrule.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { overruleRequestSchema } from '#shared/model/overrule.ts';
import { overruleOf } from '#test/support/overrules.ts';

const overrule = overruleOf();
const { author } = overrule;
const at = (iso: string) => Date.parse(iso);

describe('an overrule holds', () => {
  test('from its beginning to its end, and then no more, by itself', () => {
    expect(activeOverrule([overrule], at('2026-03-01T23:59:59.999Z'))).toBeUndefined();
    expect(activeOverrule([overrule], at('2026-03-02T00:00:00.000Z'))).toBe(overrule);
    expect(activeOverrule([overrule], at('2026-03-11T23:59:59.999Z'))).toBe(overrule);
    expect(activeOverrule([overrule], at('2026-03-12T00:00:00.000Z'))).toBeUndefined();
  });

  test('until it is withdrawn', () => {
    const withdrawn = { at: '2026-03-05T00:00:00.000Z', author, reason: 'it was another school' };
    const ended = { ...overrule, withdrawn };
    expect(activeOverrule([ended], at('2026-03-04T23:59:59.999Z'))).toBe(ended);
    expect(activeOverrule([ended], at('2026-03-05T00:00:00.000Z'))).toBeUndefined();
  });

  test('before the settled verdict, which holds when there is none', () => {
    const settled = {
      ...unjudged(NORM_500_40, at('2026-03-03T00:00:00Z')),
      outcome: 'below' as const,
    };
    expect(standingOutcome(settled, overrule)).toEqual({ outcome: 'meets', by: 'overrule' });
    expect(standingOutcome(settled, undefined)).toEqual({ outcome: 'below', by: 'verdict' });
    expect(standingOutcome(undefined, undefined)).toBeUndefined();
  });
});

test('silence cannot be decreed, and a reason is asked for', () => {
  const { outcome, reason, endsAt } = overrule;
  expect(overruleRequestSchema.safeParse({ outcome, reason, endsAt }).success).toBe(true);
  expect(overruleRequestSchema.safeParse({ outcome: 'no_data', reason, endsAt }).success).toBe(
    false,
  );
  expect(overruleRequestSchema.safeParse({ outcome, reason: 'zomaar', endsAt }).success).toBe(
    false,
  );
});
