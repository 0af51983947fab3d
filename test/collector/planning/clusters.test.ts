// Joint builds are complete-linkage groups: checked against the textbook's slow way.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clustersWithin } from '#collector/planning/clusters.ts';
import { distanceKm, type Placed } from '#collector/planning/geography.ts';
import { northOf } from './planning-samples.ts';

/** Few places in few square kilometres, so that groups meet. */
const places = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400 })), {
    maxLength: 24,
    selector: ([x, y]) => x * 1000 + y,
  })
  .map((all) =>
    all.map(
      ([x, y], at): Placed => ({
        id: `p${String(at).padStart(2, '0')}`,
        coordinates: { latitude: 52 + x / 4000, longitude: 5 + y / 4000 },
      }),
    ),
  );
const radius = fc.double({ min: 0.2, max: 8, noNaN: true });

test('a chain of places does not grow without end', () => {
  const chain = [0, 500, 1100, 1800, 2600, 3500].map((metres, at) => ({
    id: `c${at}`,
    coordinates: northOf(metres),
  }));
  expect(clustersWithin(chain, 1)).toEqual([
    ['c0', 'c1'],
    ['c2', 'c3'],
    ['c4', 'c5'],
  ]);
  expect(clustersWithin(chain, 2)).toEqual([
    ['c0', 'c1', 'c2', 'c3'],
    ['c4', 'c5'],
  ]);
  expect(clustersWithin(chain, 100)).toEqual([chain.map(({ id }) => id)]);
});

test('no two of a group are farther apart than the radius, and nobody is in two', () => {
  fc.assert(
    fc.property(places, radius, (all, radiusKm) => {
      const at = new Map(all.map(({ id, coordinates }) => [id, coordinates]));
      const groups = clustersWithin(all, radiusKm);
      const ids = groups.flat();
      expect(new Set(ids).size).toBe(ids.length);
      for (const group of groups) {
        expect(group.length).toBeGreaterThan(1);
        for (const a of group) {
          for (const b of group) {
            const [from, to] = [at.get(a), at.get(b)];
            if (from === undefined || to === undefined) throw new Error(`${a} or ${b} is made up`);
            expect(distanceKm(from, to)).toBeLessThanOrEqual(radiusKm);
          }
        }
      }
    }),
  );
});

test('the groups are those of complete linkage done the slow way, in whatever order', () => {
  fc.assert(
    fc.property(places, radius, (all, radiusKm) => {
      const groups = clustersWithin(all, radiusKm);
      expect(groups).toEqual(slowly(all, radiusKm));
      expect(clustersWithin(all.toReversed(), radiusKm)).toEqual(groups);
    }),
    { numRuns: 300 },
  );
});

/** Joins the two groups with the least farthest distance until that exceeds the radius. */
function slowly(all: readonly Placed[], radiusKm: number): string[][] {
  let groups = all.map((place) => [place]);
  const farthest = (a: readonly Placed[], b: readonly Placed[]) =>
    Math.max(...a.flatMap((x) => b.map((y) => distanceKm(x.coordinates, y.coordinates))));
  for (;;) {
    let best: { a: Placed[]; b: Placed[]; km: number } | undefined;
    for (const [at, a] of groups.entries()) {
      for (const b of groups.slice(at + 1)) {
        const km = farthest(a, b);
        if (km <= radiusKm && (best === undefined || km < best.km)) best = { a, b, km };
      }
    }
    if (best === undefined) break;
    const { a, b } = best;
    groups = [...groups.filter((group) => group !== a && group !== b), [...a, ...b]];
  }
  return groups
    .filter((group) => group.length > 1)
    .map((group) => group.map(({ id }) => id).sort())
    .sort();
}
