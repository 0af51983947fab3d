// Lines, with one for every location and its devices; what became of a location, and where it is.
import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { DEFAULT_LINE } from '#shared/model/line.ts';

export const lines: Migration = {
  async up(db: Kysely<never>) {
    await lineTables(db);
    await locationColumns(db);
    await geocodes(db);
    await defaultLines(db);
  },
};

async function lineTables({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('line')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('location_id', 'text', (c) => c.notNull().references('location.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('provider', 'text')
    .addColumn('contracted_down_mbps', 'double precision')
    .addColumn('contracted_up_mbps', 'double precision')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('ended_at', 'bigint')
    .execute();
  await schema.createIndex('line_by_location').on('line').column('location_id').execute();
  await schema
    .createTable('line_verdict')
    .addColumn('line_id', 'text', (c) => c.primaryKey().references('line.id').onDelete('cascade'))
    .addColumn('outcome', 'text', (c) => c.notNull())
    .addColumn('norm_version', 'text', (c) => c.notNull())
    .addColumn('document', 'text', (c) => c.notNull())
    .addColumn('judged_at', 'bigint', (c) => c.notNull())
    .execute();
  // Never null from here on; SQLite cannot say so of a column that is added to rows.
  await schema
    .alterTable('device')
    .addColumn('line_id', 'text', (c) => c.references('line.id'))
    .execute();
  await schema.createIndex('device_by_line').on('device').column('line_id').execute();
  await schema
    .alterTable('enrolment_code')
    .addColumn('line_id', 'text', (c) => c.references('line.id'))
    .execute();
}

async function locationColumns({ schema }: Kysely<never>): Promise<void> {
  const add = (name: string, type: 'text' | 'bigint' | 'double precision') =>
    schema.alterTable('location').addColumn(name, type).execute();
  await schema
    .alterTable('location')
    .addColumn('status', 'text', (c) => c.notNull().defaultTo('open'))
    .execute();
  await add('closed_at', 'bigint');
  await schema
    .alterTable('location')
    .addColumn('successor_id', 'text', (c) => c.references('location.id'))
    .execute();
  await schema.createIndex('location_by_successor').on('location').column('successor_id').execute();
  await add('sector', 'text');
  await schema.alterTable('location').addColumn('pupils_margin', 'integer').execute();
  await add('latitude', 'double precision');
  await add('longitude', 'double precision');
  await add('coordinates_source', 'text');
}

/** What a geocoder said of an address; without coordinates where it knew none. */
async function geocodes({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('geocode')
    .addColumn('address', 'text', (c) => c.primaryKey())
    .addColumn('latitude', 'double precision')
    .addColumn('longitude', 'double precision')
    .addColumn('asked_at', 'bigint', (c) => c.notNull())
    .execute();
}

async function defaultLines(db: Kysely<never>): Promise<void> {
  const { rows } = await sql<{ id: string; created_at: number }>`
    SELECT id, created_at FROM location`.execute(db);
  const { name, role, kind } = DEFAULT_LINE;
  for (const { id, created_at } of rows) {
    await sql`INSERT INTO line (id, location_id, name, role, kind, created_at)
      VALUES (${randomUUID()}, ${id}, ${name}, ${role}, ${kind}, ${created_at})`.execute(db);
  }
  for (const table of ['device', 'enrolment_code']) {
    await sql`UPDATE ${sql.table(table)} SET line_id =
      (SELECT line.id FROM line WHERE line.location_id = ${sql.ref(`${table}.location_id`)})`.execute(
      db,
    );
  }
}
