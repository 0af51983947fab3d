// Sets of time against the same sets written out moment by moment.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { lengthOf, type Span, subtract, union, within } from '#collector/availability/spans.ts';

const spans = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 12 }))
    .map(([from, length]): Span => ({ from, to: from + length })),
  { maxLength: 12 },
);
const momentsOf = (set: readonly Span[]) =>
  new Set(set.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at)));

function expectSet(set: readonly Span[]): void {
  for (const [index, { from, to }] of set.entries()) {
    expect(to).toBeGreaterThan(from);
    const next = set[index + 1];
    if (next !== undefined) expect(next.from).toBeGreaterThan(to);
  }
}

test('union, difference and cut are those of the moments', () => {
  fc.assert(
    fc.property(spans, spans, fc.integer({ min: 0, max: 60 }), (one, other, at) => {
      const [a, b] = [union(one), union(other)];
      expectSet(a);
      expect(momentsOf(a)).toEqual(momentsOf(one));
      expect(lengthOf(a)).toBe(momentsOf(one).size);
      const left = subtract(a, b);
      expectSet(left);
      expect(momentsOf(left)).toEqual(momentsOf(one).difference(momentsOf(other)));
      const cut = within(a, { from: at, to: at + 10 });
      expectSet(cut);
      expect(momentsOf(cut)).toEqual(
        momentsOf(one).intersection(momentsOf([{ from: at, to: at + 10 }])),
      );
    }),
    { numRuns: 500 },
  );
});
