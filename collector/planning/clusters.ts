// Groups of places in which everyone is near everyone: complete linkage, so that a chain of places
// does not grow without end. Pure.
import { compareText, neighboursWithin, type Placed } from './geography.ts';

interface Edge {
  readonly a: string;
  readonly b: string;
  readonly distanceKm: number;
}

/**
 * Complete-linkage clustering, cut at `radiusKm`: the two groups whose farthest members are nearest
 * to each other are joined first, as long as no two members of a group are farther apart than the
 * radius. Two groups join when the last of the distances between their members has come up in
 * ascending order; equal distances go by id. Groups of one are left out.
 *
 * @returns groups of ids in ascending order, ordered by their first id.
 */
export function clustersWithin(
  places: readonly Placed[],
  radiusKm: number,
): readonly (readonly string[])[] {
  const members = new Map(places.map(({ id }) => [id, [id]]));
  const groupOf = new Map(places.map(({ id }) => [id, id]));
  /** Distances seen so far between two groups, both ways. */
  const seen = new Map<string, Map<string, number>>(places.map(({ id }) => [id, new Map()]));
  for (const { a, b } of edgesOf(places, radiusKm)) {
    const one = groupOf.get(a) ?? a;
    const other = groupOf.get(b) ?? b;
    const count = countBetween(seen, one, other) + 1;
    setBetween(seen, one, other, count);
    const own = members.get(one) ?? [];
    const theirs = members.get(other) ?? [];
    if (count < own.length * theirs.length) continue;
    const [kept, gone] = own.length >= theirs.length ? [one, other] : [other, one];
    const moved = members.get(gone) ?? [];
    for (const id of moved) groupOf.set(id, kept);
    members.get(kept)?.push(...moved);
    members.delete(gone);
    joinCounts(seen, kept, gone);
  }
  return [...members.values()]
    .filter((group) => group.length > 1)
    .map((group) => group.sort(compareText))
    .sort(([a = ''], [b = '']) => compareText(a, b));
}

/** Each pair once, nearest first. */
function edgesOf(places: readonly Placed[], radiusKm: number): readonly Edge[] {
  const edges: Edge[] = [];
  for (const [a, near] of neighboursWithin(places, radiusKm)) {
    for (const { id: b, distanceKm } of near) {
      if (compareText(a, b) < 0) edges.push({ a, b, distanceKm });
    }
  }
  return edges.sort(
    (x, y) => x.distanceKm - y.distanceKm || compareText(x.a, y.a) || compareText(x.b, y.b),
  );
}

type Counts = Map<string, Map<string, number>>;

function countBetween(counts: Counts, a: string, b: string): number {
  return counts.get(a)?.get(b) ?? 0;
}

function setBetween(counts: Counts, a: string, b: string, count: number): void {
  counts.get(a)?.set(b, count);
  counts.get(b)?.set(a, count);
}

function joinCounts(counts: Counts, kept: string, gone: string): void {
  for (const [third, count] of counts.get(gone) ?? []) {
    counts.get(third)?.delete(gone);
    if (third === kept) continue;
    setBetween(counts, kept, third, countBetween(counts, kept, third) + count);
  }
  counts.delete(gone);
}
