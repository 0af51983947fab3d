// Queries on invitations to the survey and on reminders that were written.
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { EpochMs } from '#shared/model/units.ts';
import type { Invitation, NewInvitation, Reminded } from '../dossiers/dossier-store.ts';
import { insertMails } from './outbox.ts';
import type { SurveyInvitationTable, Tables } from './tables.ts';

export async function insertInvitation(
  db: Kysely<Tables>,
  invitation: NewInvitation & Pick<Invitation, 'locationId' | 'askedStep'>,
  now: EpochMs,
): Promise<void> {
  await db
    .insertInto('survey_invitation')
    .values({
      token_hash: invitation.tokenHash,
      location_id: invitation.locationId,
      asked_step: invitation.askedStep,
      email: invitation.email,
      contact_name: null,
      created_at: now,
      expires_at: invitation.expiresAt,
    })
    .execute();
}

export async function findInvitation(
  db: Kysely<Tables>,
  tokenHash: string,
): Promise<Invitation | undefined> {
  const row = await db
    .selectFrom('survey_invitation')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst();
  return row === undefined ? undefined : invitationOf(row);
}

/** Newest first. */
export async function findInvitations(
  db: Kysely<Tables>,
  locationId: string,
): Promise<Invitation[]> {
  const rows = await db
    .selectFrom('survey_invitation')
    .selectAll()
    .where('location_id', '=', locationId)
    .orderBy('created_at', 'desc')
    .orderBy('token_hash')
    .execute();
  return rows.map(invitationOf);
}

export async function writeContactName(
  db: Kysely<Tables>,
  tokenHash: string,
  name: string | null,
): Promise<void> {
  await db
    .updateTable('survey_invitation')
    .set({ contact_name: name })
    .where('token_hash', '=', tokenHash)
    .execute();
}

export async function forgetContactsBefore(db: Kysely<Tables>, before: EpochMs): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('survey_invitation')
    .set({ email: null, contact_name: null })
    .where('created_at', '<', before)
    .where(({ or, eb }) => or([eb('email', 'is not', null), eb('contact_name', 'is not', null)]))
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

export async function findReminded(
  db: Kysely<Tables>,
  keys: readonly string[],
): Promise<Set<string>> {
  const found = new Set<string>();
  for (let from = 0; from < keys.length; from += KEYS_PER_STATEMENT) {
    const rows = await db
      .selectFrom('dossier_reminder')
      .select('key')
      .where('key', 'in', keys.slice(from, from + KEYS_PER_STATEMENT))
      .execute();
    for (const { key } of rows) found.add(key);
  }
  return found;
}

/** Under SQLite's 32,766 parameters. */
const KEYS_PER_STATEMENT = 10_000;

/** A key that is there already fails the transaction: its mail was written by another. */
export async function keepReminded(
  db: Transaction<Tables>,
  { keys, mails, invitations }: Reminded,
  now: EpochMs,
): Promise<void> {
  for (const key of keys) {
    await db.insertInto('dossier_reminder').values({ key, created_at: now }).execute();
  }
  for (const invitation of invitations) await insertInvitation(db, invitation, now);
  await insertMails(db, mails, now);
}

function invitationOf(row: Selectable<SurveyInvitationTable>): Invitation {
  return {
    tokenHash: row.token_hash,
    locationId: row.location_id,
    askedStep: row.asked_step,
    email: row.email,
    contactName: row.contact_name,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
