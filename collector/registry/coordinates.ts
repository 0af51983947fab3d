// Queries on where locations are, and on what a geocoder said.
import type { Kysely, Transaction } from 'kysely';
import type { Coordinates } from '#shared/model/location.ts';
import type { Geocode } from './registry.ts';
import type { Tables } from './tables.ts';

const ADDRESSES_PER_STATEMENT = 5000;

export async function writeCoordinates(
  db: Transaction<Tables>,
  places: ReadonlyMap<string, Coordinates>,
): Promise<void> {
  for (const [id, { latitude, longitude, source }] of places) {
    await db
      .updateTable('location')
      .set({ latitude, longitude, coordinates_source: source })
      .where('id', '=', id)
      .execute();
  }
}

export async function findGeocodes(
  db: Kysely<Tables>,
  addresses: readonly string[],
): Promise<Geocode[]> {
  const found: Geocode[] = [];
  for (let at = 0; at < addresses.length; at += ADDRESSES_PER_STATEMENT) {
    const rows = await db
      .selectFrom('geocode')
      .selectAll()
      .where('address', 'in', addresses.slice(at, at + ADDRESSES_PER_STATEMENT))
      .execute();
    found.push(
      ...rows.map(({ address, latitude, longitude, asked_at }) => ({
        address,
        point: latitude === null || longitude === null ? null : { latitude, longitude },
        askedAt: asked_at,
      })),
    );
  }
  return found;
}

export async function writeGeocodes(
  db: Transaction<Tables>,
  geocodes: readonly Geocode[],
): Promise<void> {
  for (const { address, point, askedAt } of geocodes) {
    const row = {
      latitude: point?.latitude ?? null,
      longitude: point?.longitude ?? null,
      asked_at: askedAt,
    };
    await db
      .insertInto('geocode')
      .values({ address, ...row })
      .onConflict((conflict) => conflict.column('address').doUpdateSet(row))
      .execute();
  }
}
