// Queries on saved scenarios. Each is kept as the document that it was.
import type { Kysely, Transaction } from 'kysely';
import type { SavedScenario } from '#shared/wire/planning.ts';
import type { Tables } from './tables.ts';

export async function insertScenario(
  db: Transaction<Tables>,
  scenario: SavedScenario,
): Promise<void> {
  await db
    .insertInto('scenario')
    .values({
      id: scenario.id,
      name: scenario.name,
      document: JSON.stringify(scenario),
      created_by: scenario.createdBy,
      created_at: Date.parse(scenario.createdAt),
    })
    .execute();
}

export async function findScenarios(db: Kysely<Tables>): Promise<SavedScenario[]> {
  const rows = await db
    .selectFrom('scenario')
    .select('document')
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute();
  return rows.map(({ document }) => JSON.parse(document));
}

export async function findScenario(
  db: Kysely<Tables>,
  id: string,
): Promise<SavedScenario | undefined> {
  const row = await db
    .selectFrom('scenario')
    .select('document')
    .where('id', '=', id)
    .executeTakeFirst();
  return row === undefined ? undefined : JSON.parse(row.document);
}

export async function deleteScenario(db: Transaction<Tables>, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('scenario')
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
