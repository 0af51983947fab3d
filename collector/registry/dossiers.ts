// Queries on dossiers: their steps are the truth, the row of the dossier is for finding it.
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { Dossier, DossierStep } from '#shared/model/dossier.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { dossierOf, withStep } from '../dossiers/dossier.ts';
import type { DossierChange, DossierFilter } from '../dossiers/dossier-store.ts';
import { insertInvitation } from './invitations.ts';
import { insertMails } from './outbox.ts';
import type { BoardScope } from './registry.ts';
import type { DossierStepTable, Tables } from './tables.ts';

/** Throws `conflict`, `not_found`. */
export async function appendStep(
  db: Transaction<Tables>,
  change: DossierChange,
  now: EpochMs,
): Promise<Dossier> {
  const { locationId, version } = change;
  const step: DossierStep = { ...change.step, number: version + 1 };
  // Written first: from here on no other process can add a step before this one is through.
  await claimVersion(db, locationId, version, now);
  const before = version === 0 ? undefined : await findDossier(db, locationId);
  const after = before === undefined ? dossierOf(locationId, [step]) : withStep(before, step);
  await db
    .insertInto('dossier_step')
    .values({
      location_id: locationId,
      number: step.number,
      at: Date.parse(step.at),
      author: JSON.stringify(step.author),
      reason: step.reason,
      event: JSON.stringify(step.event),
    })
    .execute();
  await db
    .updateTable('dossier')
    .set({ state: after.state })
    .where('location_id', '=', locationId)
    .execute();
  if (change.invitation !== undefined) {
    const asked = { locationId, askedStep: step.number };
    await insertInvitation(db, { ...change.invitation, ...asked }, now);
  }
  await insertMails(db, change.mails ?? [], now);
  return after;
}

export async function appendSteps(
  db: Transaction<Tables>,
  changes: readonly DossierChange[],
  now: EpochMs,
): Promise<Dossier[]> {
  const dossiers: Dossier[] = [];
  for (const change of changes) dossiers.push(await appendStep(db, change, now));
  return dossiers;
}

async function claimVersion(
  db: Transaction<Tables>,
  locationId: string,
  version: number,
  now: EpochMs,
): Promise<void> {
  if (version === 0) {
    await makeDossier(db, locationId, now);
    return;
  }
  const { numUpdatedRows } = await db
    .updateTable('dossier')
    .set({ version: version + 1, updated_at: now })
    .where('location_id', '=', locationId)
    .where('version', '=', version)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return;
  const known = await versionOf(db, locationId);
  throw known === undefined
    ? new AppError('not_found', `there is no dossier of ${locationId}`)
    : new AppError(
        'conflict',
        `the dossier of ${locationId} is at version ${known}, not ${version}: another step came between; look again and decide anew`,
      );
}

async function versionOf(db: Transaction<Tables>, locationId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('dossier')
    .select('version')
    .where('location_id', '=', locationId)
    .executeTakeFirst();
  return row?.version;
}

/** Writes first, so that no other process can come between what it finds and what it does. */
async function makeDossier(
  db: Transaction<Tables>,
  locationId: string,
  now: EpochMs,
): Promise<void> {
  const first = sql<number>`1`;
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('dossier')
    .columns(['location_id', 'version', 'state', 'created_at', 'updated_at'])
    .expression((from) =>
      from
        .selectFrom('location')
        .select(({ ref, val }) => [
          ref('id').as('location_id'),
          first.as('version'),
          val('signalled').as('state'),
          val(now).as('created_at'),
          val(now).as('updated_at'),
        ])
        .where('id', '=', locationId),
    )
    .onConflict((conflict) => conflict.column('location_id').doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows !== 0n) return;
  const known = await versionOf(db, locationId);
  throw known === undefined
    ? new AppError('not_found', `there is no location ${locationId} to open a dossier of`)
    : new AppError('conflict', `there is a dossier of ${locationId} already`);
}

export async function findDossier(
  db: Kysely<Tables>,
  locationId: string,
): Promise<Dossier | undefined> {
  const rows = await db
    .selectFrom('dossier_step')
    .selectAll()
    .where('location_id', '=', locationId)
    .orderBy('number')
    .execute();
  return rows.length === 0 ? undefined : dossierOf(locationId, rows.map(stepOf));
}

export async function findDossiers(
  db: Kysely<Tables>,
  scope: BoardScope,
  { state, boardId }: DossierFilter = {},
): Promise<Dossier[]> {
  if (scope?.length === 0) return [];
  const rows = await db
    .selectFrom('dossier_step')
    .innerJoin('dossier', 'dossier.location_id', 'dossier_step.location_id')
    .innerJoin('location', 'location.id', 'dossier.location_id')
    .selectAll('dossier_step')
    .$if(scope !== undefined, (query) => query.where('location.board_id', 'in', scope ?? []))
    .$if(boardId !== undefined, (query) => query.where('location.board_id', '=', boardId ?? ''))
    .$if(state !== undefined, (query) => query.where('dossier.state', '=', state ?? 'signalled'))
    .orderBy('dossier_step.location_id')
    .orderBy('dossier_step.number')
    .execute();
  return [...Map.groupBy(rows, (row) => row.location_id)].map(([locationId, own]) =>
    dossierOf(locationId, own.map(stepOf)),
  );
}

export async function findDossiersNaming(
  db: Kysely<Tables>,
  locationIds: readonly string[],
): Promise<Dossier[]> {
  const steps = await db
    .selectFrom('dossier_step')
    .select('location_id')
    .distinct()
    .where('location_id', 'not in', locationIds)
    .where(({ or, eb }) =>
      // Events are compact JSON; a location's code is in them as it is.
      or(locationIds.map((id) => eb('event', 'like', `%"jointWith":[%"${id}"%`))),
    )
    .orderBy('location_id')
    .execute();
  const found = await Promise.all(steps.map((step) => findDossier(db, step.location_id)));
  return found.filter((dossier) => dossier !== undefined);
}

/** Open ones: what is left at a closed location is of the past. */
export async function findLocationsToWatch(db: Kysely<Tables>): Promise<string[]> {
  const said = db
    .selectFrom('verdict')
    .select('location_id')
    .where('outcome', '=', 'below')
    .union(db.selectFrom('overrule').select('location_id').where('outcome', '=', 'below'))
    .union(db.selectFrom('dossier').select('location_id'));
  const rows = await db
    .selectFrom('location')
    .select('id')
    .where('status', '=', 'open')
    .where('id', 'in', said)
    .execute();
  return rows.map(({ id }) => id).sort();
}

function stepOf(row: Selectable<DossierStepTable>): DossierStep {
  return {
    number: row.number,
    at: new Date(row.at).toISOString(),
    author: JSON.parse(row.author),
    reason: row.reason,
    event: JSON.parse(row.event),
  };
}
