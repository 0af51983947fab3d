// Which locations were ever below is asked every few minutes, of a history that grows for ever.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const verdictsByOutcome: Migration = {
  async up({ schema }: Kysely<never>) {
    await schema
      .createIndex('verdict_history_by_outcome')
      .on('verdict_history')
      .columns(['outcome', 'location_id'])
      .execute();
  },
};
