// Queries on mail that waits to be sent.
import type { Kysely } from 'kysely';
import type { EpochMs } from '#shared/model/units.ts';
import type { NewMail, WaitingMail } from '../outbox/outbox.ts';
import type { Tables } from './tables.ts';

export async function insertMails(
  db: Kysely<Tables>,
  mails: readonly NewMail[],
  now: EpochMs,
): Promise<void> {
  for (const mail of mails) {
    await db
      .insertInto('outbox_mail')
      .values({
        id: mail.id,
        to_address: mail.to,
        subject: mail.subject,
        text: mail.text,
        created_at: now,
        send_before: mail.sendBefore,
        next_try_at: now,
        tries: 0,
        sent_at: null,
        failure: null,
      })
      .execute();
  }
}

export async function findWaitingMails(
  db: Kysely<Tables>,
  now: EpochMs,
  limit: number,
): Promise<WaitingMail[]> {
  const rows = await db
    .selectFrom('outbox_mail')
    .selectAll()
    .where('next_try_at', '<=', now)
    .where('send_before', '>', now)
    .orderBy('next_try_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    to: row.to_address,
    subject: row.subject,
    text: row.text ?? '',
    sendBefore: row.send_before,
    createdAt: row.created_at,
    tries: row.tries,
  }));
}

export async function markSent(db: Kysely<Tables>, id: string, at: EpochMs): Promise<void> {
  await db
    .updateTable('outbox_mail')
    .set(({ eb }) => ({
      text: null,
      sent_at: at,
      next_try_at: null,
      tries: eb('tries', '+', 1),
      failure: null,
    }))
    .where('id', '=', id)
    .execute();
}

export async function markFailed(
  db: Kysely<Tables>,
  id: string,
  why: string,
  nextTryAt: EpochMs | null,
): Promise<void> {
  await db
    .updateTable('outbox_mail')
    .set(({ eb }) => ({
      ...(nextTryAt === null ? { text: null } : {}),
      next_try_at: nextTryAt,
      tries: eb('tries', '+', 1),
      failure: why,
    }))
    .where('id', '=', id)
    .execute();
}

const TOO_LATE = 'it could not be delivered in time';

export async function expireMails(db: Kysely<Tables>, now: EpochMs): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('outbox_mail')
    .set(({ fn, val }) => ({
      ...{ text: null, next_try_at: null },
      failure: fn.coalesce('failure', val(TOO_LATE)),
    }))
    .where('next_try_at', 'is not', null)
    .where('send_before', '<=', now)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

export async function forgetMails(db: Kysely<Tables>, before: EpochMs): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('outbox_mail')
    .where('created_at', '<', before)
    .where(({ or, eb }) => or([eb('next_try_at', 'is', null), eb('send_before', '<=', before)]))
    .executeTakeFirst();
  return Number(numDeletedRows);
}
