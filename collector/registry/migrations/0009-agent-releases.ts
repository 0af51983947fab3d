// Releases of the agent, their files, and what became of each at a device.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const agentReleases: Migration = {
  async up({ schema }: Kysely<never>) {
    await schema
      .createTable('agent_release')
      .addColumn('version', 'text', (c) => c.primaryKey())
      .addColumn('number', 'integer', (c) => c.notNull().unique())
      .addColumn('manifest', 'text', (c) => c.notNull())
      .addColumn('signature', 'text', (c) => c.notNull())
      .addColumn('share', 'real', (c) => c.notNull())
      .addColumn('published_at', 'bigint', (c) => c.notNull())
      .addColumn('withdrawn_at', 'bigint')
      .execute();
    await schema
      .createTable('agent_release_file')
      .addColumn('version', 'text', (c) => c.notNull().references('agent_release.version'))
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('bytes', 'blob', (c) => c.notNull())
      .addPrimaryKeyConstraint('agent_release_file_key', ['version', 'name'])
      .execute();
    await schema
      .createTable('agent_release_answer')
      .addColumn('device_id', 'text', (c) => c.notNull())
      .addColumn('version', 'text', (c) => c.notNull())
      .addColumn('outcome', 'text', (c) => c.notNull())
      .addColumn('reason', 'text')
      .addColumn('answered_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('agent_release_answer_key', ['device_id', 'version'])
      .execute();
  },
};
