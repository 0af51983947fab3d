// Queries on incidents: each a document, with the locations that it is of and who saw to it in
// tables of their own.
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { Acknowledgement, Incident } from '#shared/model/incident.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { IncidentFilter } from '../alerts/alert-store.ts';
import type { IncidentAcknowledgementTable, IncidentTable, Tables } from './tables.ts';

export async function findIncidents(
  db: Kysely<Tables>,
  { status, kind, locationId, boardIds, changedSince, limit }: IncidentFilter,
): Promise<Incident[]> {
  if (boardIds?.length === 0) return [];
  let query = db.selectFrom('incident').selectAll('incident');
  if (status !== 'all') {
    query = query.where('closed_at', status === 'open' ? 'is' : 'is not', null);
  }
  if (kind !== undefined) query = query.where('kind', '=', kind);
  if (changedSince !== undefined) query = query.where('updated_at', '>=', changedSince);
  if (locationId !== undefined || boardIds !== undefined) {
    let of = db
      .selectFrom('incident_location')
      .innerJoin('location', 'location.id', 'incident_location.location_id')
      .select('incident_location.incident_id');
    if (locationId !== undefined) of = of.where('location.id', '=', locationId);
    if (boardIds !== undefined) of = of.where('location.board_id', 'in', [...boardIds]);
    query = query.where('incident.id', 'in', of);
  }
  const rows = await query.orderBy('updated_at', 'desc').orderBy('id').limit(limit).execute();
  return withAcknowledgements(db, rows);
}

export async function findIncident(db: Kysely<Tables>, id: string): Promise<Incident | undefined> {
  const rows = await db.selectFrom('incident').selectAll().where('id', '=', id).execute();
  return (await withAcknowledgements(db, rows))[0];
}

export async function keepIncidents(
  db: Transaction<Tables>,
  incidents: readonly Incident[],
): Promise<void> {
  for (const { id, kind, openedAt, updatedAt, closedAt, mergedInto, cause, members } of incidents) {
    const changing = {
      updated_at: updatedAt,
      closed_at: closedAt,
      merged_into: mergedInto,
      document: JSON.stringify({ ...(cause === undefined ? {} : { cause }), members }),
    };
    await db
      .insertInto('incident')
      .values({ id, kind, opened_at: openedAt, ...changing })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(changing))
      .execute();
    for (const locationId of new Set(members.map((member) => member.locationId))) {
      if (locationId === null) continue;
      await db
        .insertInto('incident_location')
        .values({ incident_id: id, location_id: locationId })
        .onConflict((conflict) => conflict.columns(['incident_id', 'location_id']).doNothing())
        .execute();
    }
  }
  for (const { id, mergedInto } of incidents) {
    if (mergedInto === null) continue;
    await db
      .updateTable('incident_acknowledgement')
      .set({ incident_id: mergedInto })
      .where('incident_id', '=', id)
      .execute();
  }
}

/** Throws `not_found`, or `conflict` where he did so already. */
export async function insertAcknowledgement(
  db: Transaction<Tables>,
  id: string,
  { at, by, boardIds, note }: Acknowledgement,
): Promise<Incident> {
  const before = await findIncident(db, id);
  if (before === undefined) throw new AppError('not_found', `there is no incident ${id}`);
  if (before.acknowledgements.some((each) => each.by.id === by.id)) {
    throw new AppError('conflict', `${by.name} has acknowledged incident ${id} already`);
  }
  await db
    .insertInto('incident_acknowledgement')
    .values({
      ...{ incident_id: id, at: Date.parse(at), by_id: by.id, by_name: by.name },
      board_ids: boardIds === null ? null : JSON.stringify(boardIds),
      note: note ?? null,
    })
    .execute();
  return (await findIncident(db, id)) ?? before;
}

async function withAcknowledgements(
  db: Kysely<Tables>,
  rows: readonly Selectable<IncidentTable>[],
): Promise<Incident[]> {
  const found: Selectable<IncidentAcknowledgementTable>[] = [];
  for (let from = 0; from < rows.length; from += KEYS_PER_STATEMENT) {
    const ids = rows.slice(from, from + KEYS_PER_STATEMENT).map(({ id }) => id);
    found.push(
      ...(await db
        .selectFrom('incident_acknowledgement')
        .selectAll()
        .where('incident_id', 'in', ids)
        .orderBy('at')
        .execute()),
    );
  }
  const byIncident = Map.groupBy(found, (row) => row.incident_id);
  return rows.map((row) => {
    const { cause, members } = JSON.parse(row.document) as Pick<Incident, 'cause' | 'members'>;
    return {
      ...{ id: row.id, kind: row.kind, openedAt: row.opened_at, updatedAt: row.updated_at },
      ...{ closedAt: row.closed_at, mergedInto: row.merged_into, members },
      ...(cause === undefined ? {} : { cause }),
      acknowledgements: (byIncident.get(row.id) ?? []).map(acknowledgementOf),
    };
  });
}

/** Under SQLite's 32,766 parameters. */
const KEYS_PER_STATEMENT = 10_000;

function acknowledgementOf(row: Selectable<IncidentAcknowledgementTable>): Acknowledgement {
  return {
    at: new Date(row.at).toISOString(),
    by: { id: row.by_id, name: row.by_name },
    boardIds: row.board_ids === null ? null : JSON.parse(row.board_ids),
    ...(row.note === null ? {} : { note: row.note }),
  };
}
