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

export async function forgetMails(db: Kysely<Tables>, before: EpochMs): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('outbox_mail')
    .where('created_at', '<', before)
    .where(({ or, eb }) => or([eb('next_try_at', 'is', null), eb('send_before', '<=', before)]))
    .executeTakeFirst();
  return Number(numDeletedRows);
}
