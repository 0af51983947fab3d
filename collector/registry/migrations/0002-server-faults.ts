// Stretches of time in which a measure server fell short. A row is never changed but for its end:
// a fault that grew is a new row, so that the faults of any moment can be read again.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const serverFaults: Migration = {
  async up({ schema }: Kysely<never>) {
    await schema
      .createTable('server_fault')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('server', 'text', (c) => c.notNull())
      .addColumn('direction', 'text', (c) => c.notNull())
      .addColumn('from_at', 'bigint', (c) => c.notNull())
      .addColumn('to_at', 'bigint', (c) => c.notNull())
      .addColumn('lines', 'integer', (c) => c.notNull())
      .addColumn('fallen', 'integer', (c) => c.notNull())
      .addColumn('usual_rate', 'double precision', (c) => c.notNull())
      .addColumn('found_at', 'bigint', (c) => c.notNull())
      .addColumn('withdrawn_at', 'bigint')
      .execute();
    await schema.createIndex('server_fault_by_end').on('server_fault').column('to_at').execute();
  },
};
