// Queries on overrules. A row is never removed, and changes once: when it is withdrawn.
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { Overrule } from '#shared/model/overrule.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { OverruleTable, Tables } from './tables.ts';

/** Throws `not_found` for an unknown location, `conflict` where one holds at its beginning. */
export async function insertOverrule(db: Transaction<Tables>, overrule: Overrule): Promise<void> {
  const { id, locationId, outcome, reason, author } = overrule;
  const createdAt = Date.parse(overrule.createdAt);
  const location = await db
    .selectFrom('location')
    .select('id')
    .where('id', '=', locationId)
    .executeTakeFirst();
  if (location === undefined) {
    throw new AppError('not_found', `there is no location ${locationId} to overrule`);
  }
  const holding = await db
    .selectFrom('overrule')
    .select('id')
    .where('location_id', '=', locationId)
    .where('ends_at', '>', createdAt)
    .where('withdrawn_at', 'is', null)
    .executeTakeFirst();
  if (holding !== undefined) {
    throw new AppError(
      'conflict',
      `the verdict on ${locationId} is overruled already (${holding.id}); withdraw that first`,
    );
  }
  await db
    .insertInto('overrule')
    .values({
      ...{ id, outcome, reason, location_id: locationId },
      author_id: author.id,
      author_name: author.name,
      created_at: createdAt,
      ends_at: Date.parse(overrule.endsAt),
      ...{ withdrawn_at: null, withdrawn_by_id: null, withdrawn_by_name: null },
      withdrawn_reason: null,
    })
    .execute();
}

/** Throws `not_found`, or `conflict` for one that was withdrawn or has ended. */
export async function endOverrule(
  db: Transaction<Tables>,
  locationId: string,
  id: string,
  { at, author, reason }: NonNullable<Overrule['withdrawn']>,
): Promise<Overrule> {
  const found = (await findOverrules(db, locationId)).find((each) => each.id === id);
  if (found === undefined) {
    throw new AppError('not_found', `there is no overrule ${id} of location ${locationId}`);
  }
  if (found.withdrawn !== undefined || Date.parse(found.endsAt) <= Date.parse(at)) {
    throw new AppError('conflict', `overrule ${id} holds no longer; there is nothing to withdraw`);
  }
  await db
    .updateTable('overrule')
    .set({
      withdrawn_at: Date.parse(at),
      withdrawn_by_id: author.id,
      withdrawn_by_name: author.name,
      withdrawn_reason: reason,
    })
    .where('id', '=', id)
    .execute();
  return { ...found, withdrawn: { at, author, reason } };
}

/** Oldest first; of one location or of all. */
export async function findOverrules(
  db: Kysely<Tables>,
  locationId: string | undefined,
): Promise<Overrule[]> {
  const rows = await db
    .selectFrom('overrule')
    .selectAll()
    .$if(locationId !== undefined, (query) => query.where('location_id', '=', locationId ?? ''))
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(overruleOf);
}

function overruleOf(row: Selectable<OverruleTable>): Overrule {
  const { withdrawn_at, withdrawn_by_id, withdrawn_by_name, withdrawn_reason } = row;
  return {
    id: row.id,
    locationId: row.location_id,
    outcome: row.outcome,
    reason: row.reason,
    author: { id: row.author_id, name: row.author_name },
    createdAt: new Date(row.created_at).toISOString(),
    endsAt: new Date(row.ends_at).toISOString(),
    ...(withdrawn_at === null
      ? {}
      : {
          withdrawn: {
            at: new Date(withdrawn_at).toISOString(),
            author: { id: withdrawn_by_id ?? '', name: withdrawn_by_name ?? '' },
            reason: withdrawn_reason ?? '',
          },
        }),
  };
}
