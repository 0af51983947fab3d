// Places locations by PDOK's Locatieserver, one address at a time and each once: what it said is
// kept, also that it knew none. Stops at the first failure; what was found until then stays.
import type { Location } from '#shared/model/location.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Geocode, Registry } from '../registry/registry.ts';
import { numberOf } from './postcodes.ts';

/** Throws `unreachable`. */
export type AskGeocoder = (
  postalCode: string,
  houseNumber: string | undefined,
) => Promise<Geocode['point']>;

export interface LocateOptions {
  readonly registry: Pick<Registry, 'locations' | 'geocodes' | 'saveGeocodes' | 'setCoordinates'>;
  readonly ask: AskGeocoder;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly signal?: AbortSignal;
}

export interface Located {
  readonly found: number;
  /** The geocoder knows no such address. */
  readonly unknown: number;
  /** Without a postcode there is nothing to ask. */
  readonly withoutPostcode: number;
}

/** A public service, for everybody: ten a second, 9,000 locations in a quarter of an hour. */
const BETWEEN_MS = 100;
/** Written as it goes, so that a failure costs little. */
const AT_A_TIME = 100;
/** An address that was not there may have come. */
const UNKNOWN_FOR_MS = 90 * 86_400_000;

/** Throws `unreachable`. */
export async function locate(options: LocateOptions): Promise<Located> {
  const { registry } = options;
  const open = (await registry.locations(undefined)).filter(
    ({ coordinates }) => coordinates === undefined,
  );
  const placed = open.filter(({ postalCode }) => postalCode !== undefined);
  const counts = { found: 0, unknown: 0, withoutPostcode: open.length - placed.length };
  for (let at = 0; at < placed.length; at += AT_A_TIME) {
    const { found, unknown } = await locateSome(options, placed.slice(at, at + AT_A_TIME));
    counts.found += found;
    counts.unknown += unknown;
  }
  return counts;
}

async function locateSome(
  { registry, ask, clock, signal }: LocateOptions,
  locations: readonly Location[],
): Promise<{ found: number; unknown: number }> {
  const known = new Map(
    (await registry.geocodes(locations.map(addressOf))).map((each) => [each.address, each]),
  );
  const fresh: Geocode[] = [];
  const keep = async () => {
    await registry.saveGeocodes(fresh);
    const places = new Map(
      locations.flatMap((location) => {
        const point = known.get(addressOf(location))?.point;
        return point ? [[location.id, { ...point, source: 'pdok' }] as const] : [];
      }),
    );
    await registry.setCoordinates(places);
    return places.size;
  };
  try {
    for (const location of locations) {
      const address = addressOf(location);
      if (isUsable(known.get(address), clock.now())) continue;
      const point = await ask(location.postalCode ?? '', numberIn(location));
      const geocode = { address, point, askedAt: clock.now() };
      known.set(address, geocode);
      fresh.push(geocode);
      await clock.sleep(BETWEEN_MS, signal);
    }
  } catch (error) {
    await keep();
    throw error;
  }
  const found = await keep();
  return { found, unknown: locations.length - found };
}

function isUsable(geocode: Geocode | undefined, now: EpochMs): boolean {
  if (geocode === undefined) return false;
  return geocode.point !== null || now - geocode.askedAt < UNKNOWN_FOR_MS;
}

function numberIn({ houseNumber }: Location): string | undefined {
  const number = houseNumber === undefined ? undefined : numberOf(houseNumber);
  return number !== undefined && /^[0-9]+$/.test(number) ? number : undefined;
}

function addressOf(location: Location): string {
  return [location.postalCode, numberIn(location)].filter(Boolean).join(' ');
}
