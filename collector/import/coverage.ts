// What the files of locations are about: only there does absence mean that a school closed. Pure.
import type { Location, Sector } from '#shared/model/location.ts';

export interface Covered {
  readonly sector: Sector;
  readonly provinces: ReadonlySet<string | undefined>;
}

/** By sector; locations of no known sector cover nothing. */
export function coverageOf(locations: readonly Location[]): readonly Covered[] {
  const sectors = new Set(locations.map(({ sector }) => sector));
  return [...sectors]
    .filter((sector) => sector !== undefined)
    .sort()
    .map((sector) => ({
      sector,
      provinces: new Set(
        locations.filter((each) => each.sector === sector).map(({ province }) => province),
      ),
    }));
}

export function isCovered(
  coverage: readonly Covered[],
  { sector, province }: Pick<Location, 'sector' | 'province'>,
): boolean {
  return coverage.some((each) => each.sector === sector && each.provinces.has(province));
}
