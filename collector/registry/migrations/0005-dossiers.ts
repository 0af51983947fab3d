// Dossiers as their steps, invitations to the survey, reminders that were written, waiting mail.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const dossiers: Migration = {
  async up(db: Kysely<never>) {
    await steps(db);
    await invitations(db);
    await mail(db);
  },
};

async function steps({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('dossier')
    .addColumn('location_id', 'text', (c) => c.primaryKey().references('location.id'))
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema.createIndex('dossier_by_state').on('dossier').column('state').execute();
  await schema
    .createTable('dossier_step')
    .addColumn('location_id', 'text', (c) => c.notNull().references('dossier.location_id'))
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('author', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('event', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('dossier_step_key', ['location_id', 'number'])
    .execute();
}

async function invitations({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('survey_invitation')
    .addColumn('token_hash', 'text', (c) => c.primaryKey())
    .addColumn('location_id', 'text', (c) => c.notNull().references('dossier.location_id'))
    .addColumn('asked_step', 'integer', (c) => c.notNull())
    .addColumn('email', 'text')
    .addColumn('contact_name', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createIndex('survey_invitation_by_location')
    .on('survey_invitation')
    .column('location_id')
    .execute();
  await schema
    .createTable('dossier_reminder')
    .addColumn('key', 'text', (c) => c.primaryKey())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
}

async function mail({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('outbox_mail')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('to_address', 'text', (c) => c.notNull())
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
    .createIndex('outbox_mail_by_next_try')
    .on('outbox_mail')
    .column('next_try_at')
    .execute();
}
