// For whom a joint offer is, over closings and mergers.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { membersOf } from '#collector/dossiers/joint-offers.ts';
import { whereaboutsOf } from '#collector/dossiers/whereabouts.ts';

const AT = '2026-01-01T00:00:00.000Z';
type Closing = { readonly at: string; readonly successorId?: string } | undefined;

const place = (closings: Readonly<Record<string, Closing>>) => async (id: string) => {
  const closed = closings[id];
  return { id, ...(closed === undefined ? {} : { closed }) };
};

test('one that went on as another counts as that one, and one that is closed for good is out', async () => {
  const find = place({
    a: { at: AT, successorId: 'b' },
    b: { at: AT, successorId: 'c' },
    d: { at: AT },
  });
  const now = await whereaboutsOf(['a', 'b', 'c', 'd', 'e'], find);
  expect(['a', 'b', 'c', 'd', 'e'].map(now)).toEqual(['c', 'c', 'c', undefined, 'e']);
  expect(membersOf('e', { jointWith: ['a', 'd', 'b'] }, now)).toEqual(['c', 'e']);
  expect(membersOf('c', { jointWith: ['a'] }, now)).toEqual(['c']);
  const unknown = await whereaboutsOf(['x'], async () => undefined);
  expect(unknown('x')).toBeUndefined();
});

test('whichever of its locations is asked, the members are the same', () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  fc.assert(
    fc.property(fc.subarray(ids, { minLength: 2 }), fc.subarray(ids), (all, gone) => {
      const now = (id: string) => (gone.includes(id) ? undefined : id);
      const found = all.map((id) =>
        membersOf(id, { jointWith: all.filter((other) => other !== id) }, now),
      );
      for (const each of found) expect(each).toEqual(all.filter((id) => !gone.includes(id)).sort());
    }),
  );
});
