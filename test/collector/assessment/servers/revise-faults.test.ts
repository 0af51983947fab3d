import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reviseFaults } from '#collector/assessment/servers/revise-faults.ts';
import type { ServerFault } from '#shared/model/server-fault.ts';

interface Kept extends ServerFault {
  readonly id: number;
}

function fault(from: number, to: number, change: Partial<ServerFault> = {}): ServerFault {
  return {
    ...{ server: 's', direction: 'download', lines: 9, fallen: 8, usualRate: 0.05, from, to },
    ...change,
  };
}
const kept = (id: number, from: number, to: number, change?: Partial<ServerFault>): Kept => ({
  ...fault(from, to, change),
  id,
});

describe('what is found', () => {
  test('as it is kept changes nothing', () => {
    const nothing = { add: [], withdraw: [], changed: [] };
    expect(reviseFaults([kept(1, 10, 20)], [fault(10, 20)], 0)).toEqual(nothing);
  });

  test('anew, grown, shrunk and gone touches the tests of the difference alone', () => {
    expect(reviseFaults([], [fault(10, 20)], 0).changed).toEqual([{ from: 10, to: 20 }]);
    const grown = reviseFaults([kept(1, 10, 20)], [fault(10, 30)], 0);
    expect(grown).toEqual({
      add: [fault(10, 30)],
      withdraw: [kept(1, 10, 20)],
      changed: [{ from: 21, to: 30 }],
    });
    const shrunk = reviseFaults([kept(1, 10, 30)], [fault(15, 20)], 0);
    expect(shrunk.changed).toEqual([
      { from: 10, to: 14 },
      { from: 21, to: 30 },
    ]);
    const gone = reviseFaults([kept(1, 10, 20)], [], 0);
    expect(gone).toMatchObject({ add: [], changed: [{ from: 10, to: 20 }] });
    expect(gone.withdraw).toHaveLength(1);
  });

  test('in one direction touches no test that lies in the other one’s fault anyway', () => {
    const up = kept(1, 0, 40, { direction: 'upload' });
    const { changed } = reviseFaults(
      [up],
      [fault(0, 40, { direction: 'upload' }), fault(10, 20)],
      0,
    );
    expect(changed).toEqual([]);
  });

  test('with other figures is kept anew, without another verdict', () => {
    const { add, withdraw, changed } = reviseFaults(
      [kept(1, 10, 20)],
      [fault(10, 20, { lines: 12 })],
      0,
    );
    expect([add.length, withdraw.length, changed.length]).toEqual([1, 1, 0]);
  });
});

describe('what began before the readings that are looked at', () => {
  test('stands, and is one with what is found of its rest', () => {
    expect(reviseFaults([kept(1, 10, 20)], [], 15).withdraw).toEqual([]);
    const rest = fault(16, 20, { lines: 5, fallen: 5 });
    expect(reviseFaults([kept(1, 10, 20)], [rest], 15)).toEqual({
      add: [],
      withdraw: [],
      changed: [],
    });
    const more = reviseFaults([kept(1, 10, 20)], [fault(16, 30, { lines: 5, fallen: 5 })], 15);
    expect(more).toEqual({
      add: [fault(10, 30)],
      withdraw: [kept(1, 10, 20)],
      changed: [{ from: 21, to: 30 }],
    });
  });
});

test('after any steps what stands is what was found last, and no stretch that changed was missed', () => {
  const faults = fc
    .uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 8 })
    .map((edges) => edges.toSorted((a, b) => a - b))
    .map((edges) =>
      edges.flatMap((from, index) =>
        index % 2 === 0 && edges[index + 1] !== undefined
          ? [fault(from, edges[index + 1] ?? 0)]
          : [],
      ),
    );
  fc.assert(
    fc.property(fc.array(faults, { minLength: 1, maxLength: 6 }), (steps) => {
      let standing: Kept[] = [];
      for (const found of steps) {
        const covered = (all: readonly ServerFault[], at: number) =>
          all.some(({ from, to }) => from <= at && at <= to);
        const before = standing;
        const { add, withdraw, changed } = reviseFaults(standing, found, 0);
        standing = [
          ...standing.filter((each) => !withdraw.includes(each)),
          ...add.map((each) => ({ ...each, id: 0 })),
        ];
        const byStart = (a: ServerFault, b: ServerFault) => a.from - b.from;
        expect(standing.toSorted(byStart).map(({ id: _, ...rest }) => rest)).toEqual(found);
        for (let at = -1; at <= 42; at += 1) {
          const isChanged = covered(before, at) !== covered(found, at);
          expect(changed.some(({ from, to }) => from <= at && at <= to)).toBe(isChanged);
        }
      }
    }),
    { numRuns: 200 },
  );
});
