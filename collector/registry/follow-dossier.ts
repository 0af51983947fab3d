// A location's dossier goes where its lines go, with its invitations and what was reminded of. Where
// both locations had one, the other's case goes on in it, and its steps stay readable where they were.
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Dossier, DossierEvent } from '#shared/model/dossier.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { caseFactsOf } from '../dossiers/merge-cases.ts';
import { appendStep, findDossier } from './dossiers.ts';
import type { Tables } from './tables.ts';

export async function followDossier(
  db: Transaction<Tables>,
  from: string,
  to: string,
  at: EpochMs,
): Promise<void> {
  const coming = await findDossier(db, from);
  if (coming === undefined) return;
  const there = await findDossier(db, to);
  if (there === undefined) await move(db, coming, to, at);
  else await join(db, coming, there, at);
}

async function move(
  db: Transaction<Tables>,
  { locationId: from, version }: Dossier,
  to: string,
  at: EpochMs,
): Promise<void> {
  // Steps and invitations refer to the row: first there are two.
  await db
    .insertInto('dossier')
    .columns(['location_id', 'version', 'state', 'created_at', 'updated_at'])
    .expression((of) =>
      of
        .selectFrom('dossier')
        .select(({ val }) => [
          val(to).as('location_id'),
          ...(['version', 'state', 'created_at', 'updated_at'] as const),
        ])
        .where('location_id', '=', from),
    )
    .execute();
  for (const table of ['dossier_step', 'survey_invitation'] as const) {
    await db.updateTable(table).set({ location_id: to }).where('location_id', '=', from).execute();
  }
  await db.deleteFrom('dossier').where('location_id', '=', from).execute();
  await moveReminders(db, from, to);
  await append(db, to, version, { kind: 'merged', from }, at);
}

/** Keys begin with the location (dossiers/reminders.ts); nobody is reminded of the same twice. */
async function moveReminders(db: Kysely<Tables>, from: string, to: string): Promise<void> {
  await db
    .updateTable('dossier_reminder')
    .set({ key: sql<string>`${to} || substr(key, ${from.length + 1})` })
    .where('key', 'like', `${from} %`)
    .execute();
}

async function join(
  db: Transaction<Tables>,
  coming: Dossier,
  there: Dossier,
  at: EpochMs,
): Promise<void> {
  const { locationId: from } = coming;
  const { locationId: to } = there;
  const event = { kind: 'merged', from, dossier: caseFactsOf(coming) } as const;
  const after = await append(db, to, there.version, event, at);
  const isTakenOver = after.asked?.step === after.version;
  // By this number the survey knows to which question a link belongs; none has number 0.
  const numberOf = (askedStep: number) =>
    isTakenOver && askedStep === coming.asked?.step ? after.version : 0;
  const links = await db
    .selectFrom('survey_invitation')
    .select(['token_hash', 'asked_step'])
    .where('location_id', '=', from)
    .execute();
  for (const { token_hash, asked_step } of links) {
    await db
      .updateTable('survey_invitation')
      .set({ location_id: to, asked_step: numberOf(asked_step) })
      .where('token_hash', '=', token_hash)
      .execute();
  }
  const rests = coming.setAside === null ? ({ kind: 'set_aside' } as const) : undefined;
  await append(db, from, coming.version, rests ?? { kind: 'noted' }, at, `went on as ${to}`);
}

function append(
  db: Transaction<Tables>,
  locationId: string,
  version: number,
  event: DossierEvent,
  at: EpochMs,
  reason = 'one location went on as the other',
): Promise<Dossier> {
  const step = {
    at: new Date(at).toISOString(),
    author: { kind: 'import' },
    reason,
    event,
  } as const;
  return appendStep(db, { locationId, version, step }, at);
}
