// Writes what an import decided: boards and locations, those that closed or opened again, and those
// that went on as another, with all that follows them.
import type { Kysely, Transaction } from 'kysely';
import { isRunning } from '#shared/model/line.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { followDossier } from './follow-dossier.ts';
import { findLines, insertDefaultLines, isUntouched, removeLine } from './lines.ts';
import { findBoards, locationOf, writeBoards, writeLocations } from './locations.ts';
import type { KnownLocation, RegistryChanges, RegistryState } from './registry.ts';
import type { Tables } from './tables.ts';

export async function changeAll<T>(
  db: Transaction<Tables>,
  decide: (state: RegistryState) => { result: T; changes?: RegistryChanges },
  now: EpochMs,
): Promise<T> {
  const state = { boards: await findBoards(db, undefined), locations: await knownLocations(db) };
  const { result, changes } = decide(state);
  if (changes === undefined) return result;
  const known = new Set(state.locations.map(({ id }) => id));
  const added = changes.locations.map(({ id }) => id).filter((id) => !known.has(id));
  await writeBoards(db, changes.boards, now);
  await writeLocations(db, changes.locations, now);
  await insertDefaultLines(db, added, now);
  for (const id of changes.reopened) await reopen(db, id, now);
  for (const { id, at } of changes.closed) await close(db, id, null, at);
  for (const merge of changes.merged) await goOn(db, merge);
  return result;
}

async function knownLocations(db: Kysely<Tables>): Promise<KnownLocation[]> {
  const rows = await db.selectFrom('location').selectAll().orderBy('id').execute();
  const counts = await db
    .selectFrom('device')
    .select(['location_id', ({ fn }) => fn.countAll<number>().as('devices')])
    .groupBy('location_id')
    .execute();
  const devices = new Map(counts.map((row) => [row.location_id, Number(row.devices)]));
  return rows.map((row) => ({
    ...locationOf(row),
    createdAt: row.created_at,
    devices: devices.get(row.id) ?? 0,
  }));
}

/** Whom it went on as stays known: the evidence from then is that location's line's. */
async function reopen(db: Transaction<Tables>, id: string, now: EpochMs): Promise<void> {
  await db
    .updateTable('location')
    .set({ status: 'open', closed_at: null, updated_at: now })
    .where('id', '=', id)
    .execute();
  if (!(await findLines(db, id)).some(isRunning)) await insertDefaultLines(db, [id], now);
}

async function close(
  db: Transaction<Tables>,
  id: string,
  successorId: string | null,
  at: EpochMs,
): Promise<void> {
  await db
    .updateTable('location')
    .set({ status: 'closed', closed_at: at, successor_id: successorId, updated_at: at })
    .where('id', '=', id)
    .execute();
}

type Follower = (db: Transaction<Tables>, from: string, to: string, at: EpochMs) => Promise<void>;

/** What belongs to a location and goes where its lines go. A table that is added names itself here. */
const FOLLOWERS: readonly Follower[] = [
  moveLines,
  async (db, from, to) => {
    await db
      .updateTable('device')
      .set({ location_id: to })
      .where('location_id', '=', from)
      .execute();
  },
  // Where both locations had one, the newest holds, as everywhere.
  async (db, from, to) => {
    await db
      .updateTable('overrule')
      .set({ location_id: to })
      .where('location_id', '=', from)
      .execute();
  },
  async (db, from, to) => {
    await db
      .updateTable('enrolment_code')
      .set({ location_id: to })
      .where('location_id', '=', from)
      .where('used_at', 'is', null)
      .execute();
  },
  followDossier,
];

async function goOn(
  db: Transaction<Tables>,
  { from, to, at }: RegistryChanges['merged'][number],
): Promise<void> {
  for (const follow of FOLLOWERS) await follow(db, from, to, at);
  await close(db, from, to, at);
}

/**
 * The line that `to` got because it was new gives way: the building's own line has come. Where a
 * name is taken, the line that came says from where.
 */
async function moveLines(db: Transaction<Tables>, from: string, to: string): Promise<void> {
  const coming = await findLines(db, from);
  const there = await findLines(db, to);
  if (coming.some((line) => isRunning(line) && line.role === 'main')) {
    for (const line of there) if (await isUntouched(db, line)) await removeLine(db, line.id);
  }
  const names = new Set(
    (await findLines(db, to)).filter(isRunning).map(({ name }) => name.toLowerCase()),
  );
  for (const line of coming) {
    const isTaken = isRunning(line) && names.has(line.name.toLowerCase());
    const name = isTaken ? `${line.name} (${from})` : line.name;
    await db.updateTable('line').set({ location_id: to, name }).where('id', '=', line.id).execute();
  }
}
