// Queries on who is told of incidents, and on what he was or is to be told.
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { Recipient } from '#shared/model/incident.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { RecipientChange } from '#shared/wire/alerts-api.ts';
import type { Notice } from '../alerts/alert-store.ts';
import type { AlertNoticeTable, AlertRecipientTable, Tables } from './tables.ts';

export async function findRecipients(db: Kysely<Tables>): Promise<Recipient[]> {
  const rows = await db
    .selectFrom('alert_recipient')
    .selectAll()
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(recipientOf);
}

export async function findRecipient(
  db: Kysely<Tables>,
  id: string,
): Promise<Recipient | undefined> {
  const row = await db
    .selectFrom('alert_recipient')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row === undefined ? undefined : recipientOf(row);
}

export async function findFeedRecipient(
  db: Kysely<Tables>,
  secretHash: string,
): Promise<Recipient | undefined> {
  const rows = await db
    .selectFrom('alert_recipient')
    .selectAll()
    .where('secret', '=', secretHash)
    .execute();
  // The secret of a webhook is no key to anything.
  return rows.map(recipientOf).find(({ channel }) => channel.kind === 'feed');
}

export async function insertRecipient(
  db: Kysely<Tables>,
  recipient: Recipient,
  secret: string | undefined,
): Promise<void> {
  const { id, createdAt } = recipient;
  await db
    .insertInto('alert_recipient')
    .values({ id, ...columnsOf(recipient), secret: secret ?? null, created_at: createdAt })
    .execute();
}

/** Throws `not_found`. */
export async function updateRecipient(
  db: Transaction<Tables>,
  id: string,
  change: RecipientChange,
): Promise<Recipient> {
  const before = await findRecipient(db, id);
  if (before === undefined) throw new AppError('not_found', `there is no recipient ${id}`);
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const after: Recipient = { ...before, ...Object.fromEntries(given) };
  await db.updateTable('alert_recipient').set(columnsOf(after)).where('id', '=', id).execute();
  return after;
}

export async function deleteRecipient(db: Transaction<Tables>, id: string): Promise<boolean> {
  await db.deleteFrom('alert_notice').where('recipient_id', '=', id).execute();
  // What waits for him is sent no more.
  await db
    .updateTable('outbox_mail')
    .set({ text: null, next_try_at: null, failure: 'the recipient was removed' })
    .where('next_try_at', 'is not', null)
    .where('id', 'in', db.selectFrom('alert_delivery').select('id').where('recipient_id', '=', id))
    .execute();
  const { numDeletedRows } = await db
    .deleteFrom('alert_recipient')
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** The newest of each recipient and incident. */
export async function findLastNotices(
  db: Kysely<Tables>,
  incidentIds: readonly string[],
): Promise<Notice[]> {
  const last = new Map<string, Notice>();
  for (let from = 0; from < incidentIds.length; from += KEYS_PER_STATEMENT) {
    const rows = await db
      .selectFrom('alert_notice')
      .selectAll()
      .where('incident_id', 'in', incidentIds.slice(from, from + KEYS_PER_STATEMENT))
      .orderBy('at')
      .orderBy('weight')
      .execute();
    for (const row of rows) last.set(`${row.recipient_id} ${row.incident_id}`, noticeOf(row));
  }
  return [...last.values()];
}

/** Under SQLite's 32,766 parameters. */
const KEYS_PER_STATEMENT = 10_000;

export async function insertNotices(
  db: Transaction<Tables>,
  notices: readonly Notice[],
): Promise<void> {
  for (const { recipientId, incidentId, event, weight, at, dueAt } of notices) {
    await db
      .insertInto('alert_notice')
      .values({
        ...{ recipient_id: recipientId, incident_id: incidentId, event, weight },
        ...{ at, due_at: dueAt, told_at: null },
      })
      .onConflict((conflict) =>
        conflict.columns(['recipient_id', 'incident_id', 'event', 'weight']).doNothing(),
      )
      .execute();
  }
}

/** All that a recipient is still to be told, where some of it is due. */
export async function findDueNotices(db: Kysely<Tables>, now: EpochMs): Promise<Notice[]> {
  const due = db
    .selectFrom('alert_notice')
    .select('recipient_id')
    .where('told_at', 'is', null)
    .where('due_at', '<=', now);
  const rows = await db
    .selectFrom('alert_notice')
    .selectAll()
    .where('told_at', 'is', null)
    .where('recipient_id', 'in', due)
    .orderBy('at')
    .orderBy('incident_id')
    .execute();
  return rows.map(noticeOf);
}

export async function markTold(
  db: Transaction<Tables>,
  notices: readonly Notice[],
  now: EpochMs,
): Promise<void> {
  for (const { recipientId, incidentId, event, weight } of notices) {
    await db
      .updateTable('alert_notice')
      .set({ told_at: now })
      .where('recipient_id', '=', recipientId)
      .where('incident_id', '=', incidentId)
      .where('event', '=', event)
      .where('weight', '=', weight)
      .execute();
  }
}

/** But for the newest on an incident that is open: it says that he was told. */
export async function forgetNotices(db: Transaction<Tables>, before: EpochMs): Promise<void> {
  const open = db.selectFrom('incident').select('id').where('closed_at', 'is', null);
  await db
    .deleteFrom('alert_notice')
    .where('at', '<', before)
    .where('incident_id', 'not in', open)
    .execute();
}

function columnsOf({
  name,
  channel,
  boardIds,
  kinds,
  pace,
  quietHours,
  language,
}: Recipient): Omit<Selectable<AlertRecipientTable>, 'id' | 'secret' | 'created_at'> {
  const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
  return {
    ...{ name, pace, language, channel: JSON.stringify(channel) },
    ...{ board_ids: json(boardIds), kinds: json(kinds), quiet_hours: json(quietHours) },
  };
}

function recipientOf(row: Selectable<AlertRecipientTable>): Recipient {
  const parsed = (text: string | null) => (text === null ? null : JSON.parse(text));
  const { id, name, pace, language } = row;
  return {
    ...{ id, name, pace, language, createdAt: row.created_at },
    channel: JSON.parse(row.channel),
    boardIds: parsed(row.board_ids),
    kinds: parsed(row.kinds),
    quietHours: parsed(row.quiet_hours),
  };
}

function noticeOf(row: Selectable<AlertNoticeTable>): Notice {
  const { event, weight, at } = row;
  return {
    ...{ recipientId: row.recipient_id, incidentId: row.incident_id },
    ...{ event, weight, at, dueAt: row.due_at },
  };
}
