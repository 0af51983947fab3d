// Scenarios that somebody saved: what was asked and what came of it, as it was then.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const scenarios: Migration = {
  async up({ schema }: Kysely<never>) {
    await schema
      .createTable('scenario')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('document', 'text', (c) => c.notNull())
      .addColumn('created_by', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .execute();
    await schema.createIndex('scenario_by_age').on('scenario').column('created_at').execute();
  },
};
