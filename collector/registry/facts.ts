// Queries on small facts of the installation.
import type { Kysely } from 'kysely';
import type { EpochMs } from '#shared/model/units.ts';
import type { Tables } from './tables.ts';

export async function findFact(db: Kysely<Tables>, name: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('fact')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst();
  return row?.value;
}

/** `undefined` removes it. */
export async function writeFact(
  db: Kysely<Tables>,
  name: string,
  value: string | undefined,
  now: EpochMs,
): Promise<void> {
  if (value === undefined) {
    await db.deleteFrom('fact').where('name', '=', name).execute();
    return;
  }
  await db
    .insertInto('fact')
    .values({ name, value, updated_at: now })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value, updated_at: now }))
    .execute();
}
