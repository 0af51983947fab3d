// What operators configured for agents, and what each device said of it.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const agentConfigurations: Migration = {
  async up({ schema }: Kysely<never>) {
    await schema
      .createTable('agent_configuration')
      .addColumn('version', 'integer', (c) => c.primaryKey())
      .addColumn('device_id', 'text')
      .addColumn('document', 'text', (c) => c.notNull())
      .addColumn('author_id', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .execute();
    await schema
      .createIndex('agent_configuration_by_device')
      .on('agent_configuration')
      .columns(['device_id', 'version'])
      .execute();
    await schema
      .createTable('agent_configuration_answer')
      .addColumn('device_id', 'text', (c) => c.notNull())
      .addColumn('version', 'integer', (c) => c.notNull())
      .addColumn('outcome', 'text', (c) => c.notNull())
      .addColumn('reason', 'text')
      .addColumn('answered_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('agent_configuration_answer_key', ['device_id', 'version'])
      .execute();
  },
};
