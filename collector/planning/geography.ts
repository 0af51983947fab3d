// Who is near whom. Distances on a sphere; a grid finds neighbours without comparing every pair.
import type { Coordinates } from './planning-input.ts';

/** Mean radius of the Earth (IUGG R1). */
const EARTH_RADIUS_KM = 6371.0088;
const KM_PER_DEGREE = (EARTH_RADIUS_KM * Math.PI) / 180;
/** Wider than any rounding; a cell is never narrower than the radius. */
const MARGIN = 1.000001;

/** Great-circle distance (haversine), within 0.5% of the ellipsoid's. */
export function distanceKm(a: Coordinates, b: Coordinates): number {
  const dLatitude = radians(b.latitude - a.latitude);
  const dLongitude = radians(b.longitude - a.longitude);
  const h =
    Math.sin(dLatitude / 2) ** 2 +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(dLongitude / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}

export interface Placed {
  readonly id: string;
  readonly coordinates: Coordinates;
}

export interface Near {
  readonly id: string;
  readonly distanceKm: number;
}

/** Neighbours of each place within `radiusKm`, nearest first, then by id. */
export type Neighbours = ReadonlyMap<string, readonly Near[]>;

/**
 * Cells are at least as large as the radius at the most northern (or southern) place, so a place's
 * neighbours are in its own cell or the eight around it. Does not wrap at 180°.
 */
export function neighboursWithin(places: readonly Placed[], radiusKm: number): Neighbours {
  const cells = cellsOf(places, radiusKm);
  const neighbours = new Map<string, Near[]>();
  for (const { id } of places) neighbours.set(id, []);
  for (const [key, here] of cells.byKey) {
    for (const place of here) {
      for (const near of cells.around(key)) {
        for (const other of near) {
          if (other.id === place.id) continue;
          const distance = distanceKm(place.coordinates, other.coordinates);
          if (distance > radiusKm) continue;
          neighbours.get(place.id)?.push({ id: other.id, distanceKm: distance });
        }
      }
    }
  }
  for (const near of neighbours.values()) near.sort(byDistance);
  return neighbours;
}

interface Cells {
  readonly byKey: ReadonlyMap<number, readonly Placed[]>;
  around(key: number): readonly (readonly Placed[])[];
}

/** Columns of one row; a longitude makes fewer cells than this at any radius over 10 m. */
const ROW = 2 ** 22;

function cellsOf(places: readonly Placed[], radiusKm: number): Cells {
  const tallest = farthestFromEquator(places) + radiusKm / KM_PER_DEGREE;
  const narrowest = Math.max(Math.cos(radians(Math.min(tallest, 90))), 1e-6);
  const height = (Math.max(radiusKm, 0.01) * MARGIN) / KM_PER_DEGREE;
  const width = height / narrowest;
  const keyOf = ({ latitude, longitude }: Coordinates) =>
    Math.floor((latitude + 90) / height + 1) * ROW + Math.floor((longitude + 180) / width + 1);
  const byKey = Map.groupBy(places, ({ coordinates }) => keyOf(coordinates));
  const offsets = [-ROW, 0, ROW].flatMap((row) => [row - 1, row, row + 1]);
  return {
    byKey,
    around: (key) =>
      offsets.flatMap((offset) => {
        const cell = byKey.get(key + offset);
        return cell === undefined ? [] : [cell];
      }),
  };
}

/** In degrees. */
function farthestFromEquator(places: readonly Placed[]): number {
  return places.reduce(
    (most, { coordinates }) => Math.max(most, Math.abs(coordinates.latitude)),
    0,
  );
}

function byDistance(a: Near, b: Near): number {
  return a.distanceKm - b.distanceKm || compareText(a.id, b.id);
}

/** By code units: the same order on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
