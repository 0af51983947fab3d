// What becomes of a message that waits, a mail or a webhook's: sent, failed, out of date.
import type { Kysely } from 'kysely';
import type { EpochMs } from '#shared/model/units.ts';
import type { Tables } from './tables.ts';

export type WaitingTable = 'outbox_mail' | 'webhook_message';

const TOO_LATE = 'it could not be delivered in time';

/** Not waiting again before `until`. */
export async function holdWaiting(
  db: Kysely<Tables>,
  table: WaitingTable,
  id: string,
  until: EpochMs,
): Promise<void> {
  await db
    .updateTable(table)
    .set({ next_try_at: until })
    .where('id', '=', id)
    .where('next_try_at', 'is not', null)
    .execute();
}

export async function markSent(
  db: Kysely<Tables>,
  table: WaitingTable,
  id: string,
  at: EpochMs,
): Promise<void> {
  await db
    .updateTable(table)
    .set(({ eb }) => ({
      ...{ text: null, sent_at: at, next_try_at: null, failure: null },
      tries: eb('tries', '+', 1),
    }))
    .where('id', '=', id)
    .execute();
}

/** `nextTryAt` null: not tried again, and its text is gone too. */
export async function markFailed(
  db: Kysely<Tables>,
  table: WaitingTable,
  id: string,
  why: string,
  nextTryAt: EpochMs | null,
): Promise<void> {
  await db
    .updateTable(table)
    .set(({ eb }) => ({
      ...(nextTryAt === null ? { text: null } : {}),
      ...{ next_try_at: nextTryAt, failure: why },
      tries: eb('tries', '+', 1),
    }))
    .where('id', '=', id)
    .execute();
}

/** Gives up what is out of date; resolves with how many. */
export async function expireWaiting(
  db: Kysely<Tables>,
  table: WaitingTable,
  now: EpochMs,
): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable(table)
    .set(({ fn, val }) => ({
      ...{ text: null, next_try_at: null },
      failure: fn.coalesce('failure', val(TOO_LATE)),
    }))
    .where('next_try_at', 'is not', null)
    .where('send_before', '<=', now)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}
