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

/** Neighbours of each place within the radius, nearest first, then by id. */
export type Neighbours = ReadonlyMap<string, readonly Near[]>;

/**
 * Neighbours of `places` among `others`, by default among themselves. Cells are at least as large as
 * the radius at the place farthest from the equator, so that a place's neighbours are in its own
 * cell or the eight around it. Does not wrap at 180°.
 */
export function neighboursWithin(
  places: readonly Placed[],
  radiusKm: number,
  others: readonly Placed[] = places,
): Neighbours {
  const keyOf = cellKeys(Math.max(farthest(places), farthest(others)), radiusKm);
  const cells = Map.groupBy(others, ({ coordinates }) => keyOf(coordinates));
  return new Map(
    places.map(({ id, coordinates }) => {
      const key = keyOf(coordinates);
      const near: Near[] = [];
      for (const offset of AROUND) {
        for (const other of cells.get(key + offset) ?? []) {
          if (other.id === id) continue;
          const distance = distanceKm(coordinates, other.coordinates);
          if (distance <= radiusKm) near.push({ id: other.id, distanceKm: distance });
        }
      }
      return [id, near.sort(byDistance)];
    }),
  );
}

/** Columns of one row; a longitude makes fewer cells than this at any radius over 10 m. */
const ROW = 2 ** 22;
const AROUND = [-ROW, 0, ROW].flatMap((row) => [row - 1, row, row + 1]);

/** The number of a place's cell; `latitude` is the largest, north or south. */
function cellKeys(latitude: number, radiusKm: number): (place: Coordinates) => number {
  const tallest = Math.min(latitude + radiusKm / KM_PER_DEGREE, 90);
  const height = (Math.max(radiusKm, 0.01) * MARGIN) / KM_PER_DEGREE;
  const width = height / Math.max(Math.cos(radians(tallest)), 1e-6);
  return (place) =>
    Math.floor((place.latitude + 90) / height + 1) * ROW +
    Math.floor((place.longitude + 180) / width + 1);
}

/** From the equator, degrees. */
function farthest(places: readonly Placed[]): number {
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
