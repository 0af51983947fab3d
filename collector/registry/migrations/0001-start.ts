// The first tables. `bigint` holds epoch milliseconds on PostgreSQL; SQLite takes it as INTEGER.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const start: Migration = {
  // Typed as kysely types migrations: they run on tables as they were, not as they are.
  async up(db: Kysely<never>) {
    await locations(db);
    await devices(db);
    await verdicts(db);
    await people(db);
    await db.schema
      .createTable('fact')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('value', 'text', (c) => c.notNull())
      .addColumn('updated_at', 'bigint', (c) => c.notNull())
      .execute();
  },
};

async function locations({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('board')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('location')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('board_id', 'text', (c) => c.notNull().references('board.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('street', 'text')
    .addColumn('house_number', 'text')
    .addColumn('postal_code', 'text')
    .addColumn('city', 'text')
    .addColumn('municipality', 'text')
    .addColumn('province', 'text')
    .addColumn('pupils', 'integer')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema.createIndex('location_by_board').on('location').column('board_id').execute();
}

async function devices({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('device')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('location_id', 'text', (c) => c.notNull().references('location.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('position', 'text', (c) => c.notNull())
    .addColumn('public_key', 'text', (c) => c.notNull().unique())
    .addColumn('enrolled_at', 'bigint', (c) => c.notNull())
    .addColumn('agent_version', 'text')
    .addColumn('last_contact_at', 'bigint')
    .addColumn('clock_offset_ms', 'double precision')
    .addColumn('spool', 'text')
    .execute();
  await schema.createIndex('device_by_location').on('device').column('location_id').execute();
  await schema
    .createTable('enrolment_code')
    .addColumn('code_hash', 'text', (c) => c.primaryKey())
    .addColumn('location_id', 'text', (c) => c.notNull().references('location.id'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('used_at', 'bigint')
    .addColumn('device_id', 'text', (c) => c.references('device.id'))
    .execute();
}

async function verdicts({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('verdict')
    .addColumn('location_id', 'text', (c) => c.primaryKey().references('location.id'))
    .addColumn('outcome', 'text', (c) => c.notNull())
    .addColumn('norm_version', 'text', (c) => c.notNull())
    .addColumn('document', 'text', (c) => c.notNull())
    .addColumn('judged_at', 'bigint', (c) => c.notNull())
    .addColumn('since', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('verdict_history')
    .addColumn('location_id', 'text', (c) => c.notNull().references('location.id'))
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('outcome', 'text', (c) => c.notNull())
    .addColumn('norm_version', 'text', (c) => c.notNull())
    .addColumn('document', 'text', (c) => c.notNull())
    .addColumn('judged_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('verdict_history_key', ['location_id', 'number'])
    .execute();
}

async function people({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('person')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('email', 'text', (c) => c.notNull())
    .addColumn('email_key', 'text', (c) => c.notNull().unique())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('all_boards', 'integer', (c) => c.notNull())
    .addColumn('password_hash', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('person_board')
    .addColumn('person_id', 'text', (c) => c.notNull().references('person.id').onDelete('cascade'))
    .addColumn('board_id', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('person_board_key', ['person_id', 'board_id'])
    .execute();
  await schema
    .createTable('session')
    .addColumn('secret_hash', 'text', (c) => c.primaryKey())
    .addColumn('person_id', 'text', (c) => c.notNull().references('person.id').onDelete('cascade'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema.createIndex('session_by_expiry').on('session').column('expires_at').execute();
}
