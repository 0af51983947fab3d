// Norms in full, by the version that verdicts name, and the overrules of operators.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const verdicts: Migration = {
  async up({ schema }: Kysely<never>) {
    await schema
      .createTable('norm')
      .addColumn('version', 'text', (c) => c.primaryKey())
      .addColumn('document', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .execute();
    await schema
      .createTable('overrule')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('location_id', 'text', (c) => c.notNull().references('location.id'))
      .addColumn('outcome', 'text', (c) => c.notNull())
      .addColumn('reason', 'text', (c) => c.notNull())
      .addColumn('author_id', 'text', (c) => c.notNull())
      .addColumn('author_name', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('ends_at', 'bigint', (c) => c.notNull())
      .addColumn('withdrawn_at', 'bigint')
      .addColumn('withdrawn_by_id', 'text')
      .addColumn('withdrawn_by_name', 'text')
      .addColumn('withdrawn_reason', 'text')
      .execute();
    await schema
      .createIndex('overrule_by_location')
      .on('overrule')
      .columns(['location_id', 'created_at'])
      .execute();
  },
};
