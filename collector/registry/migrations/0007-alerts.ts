// Incidents, who is told of them, what he was told, and messages to webhooks.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const alerts: Migration = {
  async up(db: Kysely<never>) {
    await incidents(db);
    await recipients(db);
    await deliveries(db);
  },
};

async function incidents({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('incident')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('opened_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .addColumn('closed_at', 'bigint')
    .addColumn('merged_into', 'text')
    .addColumn('document', 'text', (c) => c.notNull())
    .execute();
  await schema.createIndex('incident_by_change').on('incident').column('updated_at').execute();
  await schema.createIndex('incident_by_end').on('incident').column('closed_at').execute();
  await schema
    .createTable('incident_location')
    .addColumn('incident_id', 'text', (c) => c.notNull().references('incident.id'))
    .addColumn('location_id', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('incident_location_key', ['incident_id', 'location_id'])
    .execute();
  await schema
    .createIndex('incident_location_by_location')
    .on('incident_location')
    .column('location_id')
    .execute();
  await schema
    .createTable('incident_acknowledgement')
    .addColumn('incident_id', 'text', (c) => c.notNull().references('incident.id'))
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('by_id', 'text', (c) => c.notNull())
    .addColumn('by_name', 'text', (c) => c.notNull())
    .addColumn('board_ids', 'text')
    .addColumn('note', 'text')
    .execute();
  await schema
    .createIndex('incident_acknowledgement_by_incident')
    .on('incident_acknowledgement')
    .column('incident_id')
    .execute();
}

async function recipients({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('alert_recipient')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('channel', 'text', (c) => c.notNull())
    .addColumn('board_ids', 'text')
    .addColumn('kinds', 'text')
    .addColumn('pace', 'text', (c) => c.notNull())
    .addColumn('quiet_hours', 'text')
    .addColumn('language', 'text', (c) => c.notNull())
    .addColumn('secret', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('alert_notice')
    .addColumn('recipient_id', 'text', (c) => c.notNull())
    .addColumn('incident_id', 'text', (c) => c.notNull())
    .addColumn('event', 'text', (c) => c.notNull())
    .addColumn('weight', 'integer', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('due_at', 'bigint', (c) => c.notNull())
    .addColumn('told_at', 'bigint')
    .addPrimaryKeyConstraint('alert_notice_key', ['recipient_id', 'incident_id', 'event', 'weight'])
    .execute();
  await schema.createIndex('alert_notice_by_due').on('alert_notice').column('due_at').execute();
}

async function deliveries({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('alert_delivery')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('recipient_id', 'text', (c) => c.notNull())
    .addColumn('incident_ids', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('webhook_message')
    .addColumn('id', 'text', (c) => c.primaryKey().references('alert_delivery.id'))
    .addColumn('url', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('text', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('send_before', 'bigint', (c) => c.notNull())
    .addColumn('next_try_at', 'bigint')
    .addColumn('tries', 'integer', (c) => c.notNull())
    .addColumn('sent_at', 'bigint')
    .addColumn('failure', 'text')
    .execute();
  await schema
    .createIndex('webhook_message_by_next_try')
    .on('webhook_message')
    .column('next_try_at')
    .execute();
}
