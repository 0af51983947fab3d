// Queries on messages to recipients: a mail goes to the outbox, a webhook's waits here.
import type { Kysely, Transaction } from 'kysely';
import type { EpochMs } from '#shared/model/units.ts';
import type { DeliveryView } from '#shared/wire/alerts-api.ts';
import type { LineVerdictRow, NewDelivery, Notice, WaitingWebhook } from '../alerts/alert-store.ts';
import { insertMails } from './outbox.ts';
import { forgetNotices, markTold } from './recipients.ts';
import type { Tables } from './tables.ts';
import { expireWaiting } from './waiting-messages.ts';

export async function insertDelivery(
  db: Transaction<Tables>,
  notices: readonly Notice[],
  delivery: NewDelivery | undefined,
  now: EpochMs,
): Promise<void> {
  await markTold(db, notices, now);
  if (delivery === undefined) return;
  const { recipientId, incidentIds, message } = delivery;
  const { id } = message.channel === 'mail' ? message.mail : message.webhook;
  await db
    .insertInto('alert_delivery')
    .values({
      ...{ id, recipient_id: recipientId, created_at: now },
      incident_ids: JSON.stringify(incidentIds),
    })
    .execute();
  if (message.channel === 'mail') {
    await insertMails(db, [message.mail], now);
    return;
  }
  const { url, subject, body, sendBefore } = message.webhook;
  await db
    .insertInto('webhook_message')
    .values({
      ...{ id, url, subject, text: body, created_at: now, send_before: sendBefore },
      ...{ next_try_at: now, tries: 0, sent_at: null, failure: null },
    })
    .execute();
}

/** Of a recipient that is no more there is no secret to sign with, and nobody to tell. */
export async function findWaitingWebhooks(
  db: Kysely<Tables>,
  now: EpochMs,
  limit: number,
): Promise<WaitingWebhook[]> {
  const rows = await db
    .selectFrom('webhook_message')
    .innerJoin('alert_delivery', 'alert_delivery.id', 'webhook_message.id')
    .innerJoin('alert_recipient', 'alert_recipient.id', 'alert_delivery.recipient_id')
    .selectAll('webhook_message')
    .select('alert_recipient.secret')
    .where('webhook_message.next_try_at', '<=', now)
    .where('webhook_message.send_before', '>', now)
    .orderBy('webhook_message.next_try_at')
    .orderBy('webhook_message.id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    ...{ id: row.id, url: row.url, subject: row.subject, body: row.text ?? '' },
    ...{ sendBefore: row.send_before, createdAt: row.created_at, tries: row.tries },
    secret: row.secret ?? '',
  }));
}

/** Mails of dossiers too, newest first. */
export async function findDeliveries(db: Kysely<Tables>, limit: number): Promise<DeliveryView[]> {
  const mails = await db
    .selectFrom('outbox_mail')
    .leftJoin('alert_delivery', 'alert_delivery.id', 'outbox_mail.id')
    .select(['outbox_mail.id', 'outbox_mail.subject', 'outbox_mail.created_at', 'next_try_at'])
    .select(['tries', 'sent_at', 'failure', 'to_address as to', 'alert_delivery.recipient_id'])
    .orderBy('outbox_mail.created_at', 'desc')
    .orderBy('outbox_mail.id')
    .limit(limit)
    .execute();
  const webhooks = await db
    .selectFrom('webhook_message')
    .innerJoin('alert_delivery', 'alert_delivery.id', 'webhook_message.id')
    .select(['webhook_message.id', 'subject', 'webhook_message.created_at', 'next_try_at'])
    .select(['tries', 'sent_at', 'failure', 'url as to', 'alert_delivery.recipient_id'])
    .orderBy('webhook_message.created_at', 'desc')
    .orderBy('webhook_message.id')
    .limit(limit)
    .execute();
  const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  const view = (channel: DeliveryView['channel'], row: (typeof mails)[number]): DeliveryView => ({
    ...{ id: row.id, channel, to: row.to, subject: row.subject, tries: row.tries },
    recipientId: row.recipient_id,
    createdAt: new Date(row.created_at).toISOString(),
    status: row.sent_at !== null ? 'sent' : row.next_try_at === null ? 'failed' : 'queued',
    ...{ nextTryAt: iso(row.next_try_at), sentAt: iso(row.sent_at), failure: row.failure },
  });
  return [...mails.map((row) => view('mail', row)), ...webhooks.map((row) => view('webhook', row))]
    .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt) || (a.id < b.id ? -1 : 1))
    .slice(0, limit);
}

export async function tidyDeliveries(
  db: Transaction<Tables>,
  now: EpochMs,
  before: EpochMs,
): Promise<void> {
  await expireWaiting(db, 'webhook_message', now);
  await forgetNotices(db, before);
  await db.deleteFrom('webhook_message').where('created_at', '<', before).execute();
  await db.deleteFrom('alert_delivery').where('created_at', '<', before).execute();
}

export async function findLocationsEverBelow(db: Kysely<Tables>): Promise<string[]> {
  const rows = await db
    .selectFrom('verdict_history')
    .innerJoin('location', 'location.id', 'verdict_history.location_id')
    .select('location_id')
    .distinct()
    .where('outcome', '=', 'below')
    .where('location.status', '=', 'open')
    .orderBy('location_id')
    .execute();
  return rows.map((row) => row.location_id);
}

export async function findLineVerdictsAfter(
  db: Kysely<Tables>,
  lineId: string,
  since: EpochMs,
  limit: number,
): Promise<LineVerdictRow[]> {
  const rows = await db
    .selectFrom('line_verdict')
    .select(['line_id', 'document', 'judged_at'])
    .where('line_id', '>', lineId)
    .where('judged_at', '>=', since)
    .orderBy('line_id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    lineId: row.line_id,
    verdict: JSON.parse(row.document),
    judgedAt: row.judged_at,
  }));
}
