import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changeTable, whatIfName, whatIfNorm } from '#collector/assessment/what-if.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { OUTCOMES } from '#shared/model/verdict.ts';

describe('another norm', () => {
  test('has the figures given and is else the same, under a version of its own', () => {
    expect(whatIfNorm(NORM_500_40, 'download=100, upload=20')).toEqual({
      ...NORM_500_40,
      download: 100,
      upload: 20,
      version: 'what-if',
    });
    expect(whatIfNorm(NORM_500_40, '{"quietHours":{"fromHour":0,"toHour":6}}').quietHours).toEqual({
      fromHour: 0,
      toHour: 6,
    });
  });

  test.each([
    ['speed=100', /no speed; it has version, download/],
    ['download', /NAME=NUMBER.*not download/],
    ['download=fast', /not download=fast/],
    ['download=-1', /download: /],
    ['{"download"', /not valid JSON/],
    ['{"download":"100"}', /download: /],
  ])('%s is refused with what is wrong', (text, message) => {
    expect(() => whatIfNorm(NORM_500_40, text)).toThrow(message);
  });
});

test('the table has every location once', () => {
  const outcome = fc.constantFrom(...OUTCOMES);
  fc.assert(
    fc.property(fc.array(fc.tuple(outcome, outcome)), (changes) => {
      const table = changeTable(changes);
      const sum = OUTCOMES.flatMap((from) => OUTCOMES.map((to) => table[from][to]));
      expect(sum.reduce((total, count) => total + count, 0)).toBe(changes.length);
      for (const [from, to] of changes) expect(table[from][to]).toBeGreaterThan(0);
    }),
  );
});

test('the name of another norm says what makes it another', () => {
  const named = (text: string) => whatIfName(NORM_500_40, whatIfNorm(NORM_500_40, text));
  expect(named('download=100,upload=20')).toBe('100/20');
  expect(named('belowShare=0.6,passesAtAnyHour=true')).toBe(
    '500/40, belowShare=0.6, passesAtAnyHour=true',
  );
  expect(named('{"quietHours":{"fromHour":2,"toHour":4}}')).toBe(
    '500/40, quietHours={"fromHour":2,"toHour":4}',
  );
  expect(() => named('passesAtAnyHour=yes')).toThrow('=true, =false');
});
