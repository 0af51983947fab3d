// Measurements in one SQLite file: the embedded series store, enough for the whole country's
// 9,000 locations. Idempotent by primary key; `latest` is kept in the same transaction.
import { join } from 'node:path';
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import {
  copySqliteFile,
  inTransaction,
  migrateSqliteFile,
  openSqliteFile,
} from '../sqlite/open.ts';
import { withStoreErrors } from '../sqlite/store-error.ts';
import { documentOf, measurementOf } from './document.ts';
import type { SeriesQuery, SeriesSpan, SeriesStore, StoredMeasurement } from './series.ts';

export interface SqliteSeriesOptions {
  readonly path: string;
}

const BACKUP_NAME = 'series.db';

/** Appended to, never changed: each entry has run on somebody's file. */
const MIGRATIONS = [
  `CREATE TABLE measurement (
     id TEXT PRIMARY KEY,
     location_id TEXT NOT NULL,
     device_id TEXT NOT NULL,
     kind TEXT NOT NULL,
     started_at INTEGER NOT NULL,
     received_at INTEGER NOT NULL,
     failed INTEGER NOT NULL,
     document TEXT NOT NULL
   ) STRICT;
   CREATE INDEX measurement_by_location ON measurement (location_id, started_at, id);
   CREATE TABLE latest (
     location_id TEXT PRIMARY KEY,
     started_at INTEGER NOT NULL,
     id TEXT NOT NULL REFERENCES measurement (id)
   ) STRICT;`,
  // Of tests alone: there are six times as many latency measurements. It holds the rowid too.
  `CREATE INDEX test_by_time ON measurement (started_at) WHERE kind = 'throughput';`,
];

/** About 1 MB and 10 ms, in which nobody else is served. */
const PAGE_ROWS = 500;

const COLUMNS = 'location_id, started_at, received_at, document';

/** Throws `data_directory` when the file cannot be used. */
export async function openSqliteSeries(options: SqliteSeriesOptions): Promise<SeriesStore> {
  const database = openSqliteFile(options.path);
  try {
    migrateSqliteFile(database, options.path, MIGRATIONS);
    return new SqliteSeries(database, options.path);
  } catch (error) {
    database.close();
    throw error;
  }
}

class SqliteSeries implements SeriesStore {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #insert: StatementSync;
  readonly #keepLatest: StatementSync;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    this.#insert = database.prepare(
      `INSERT INTO measurement
         (id, location_id, device_id, kind, started_at, received_at, failed, document)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    );
    this.#keepLatest = database.prepare(
      `INSERT INTO latest (location_id, started_at, id) VALUES (?, ?, ?)
       ON CONFLICT (location_id) DO UPDATE
         SET started_at = excluded.started_at, id = excluded.id
         WHERE excluded.started_at > started_at`,
    );
  }

  write(records: readonly StoredMeasurement[]): Promise<readonly ('accepted' | 'duplicate')[]> {
    return withStoreErrors(this.#path, 'writing measurements', () => {
      const documents = records.map((record) => documentOf(record.measurement));
      return inTransaction(this.#database, () =>
        records.map((record, index) => this.#writeOne(record, documents[index] ?? '')),
      );
    });
  }

  query(query: SeriesQuery): Promise<StoredMeasurement[]> {
    const order = query.first === 'newest' ? 'DESC' : 'ASC';
    return withStoreErrors(this.#path, 'reading measurements', () =>
      this.#database
        .prepare(
          `SELECT ${COLUMNS} FROM measurement
           WHERE location_id = ? AND started_at >= ? AND started_at < ?
             AND (? IS NULL OR kind = ?) AND (? IS NULL OR device_id = ?)
           ORDER BY started_at ${order}, id ${order} LIMIT ?`,
        )
        .all(
          query.locationId,
          query.from ?? Number.MIN_SAFE_INTEGER,
          query.to ?? Number.MAX_SAFE_INTEGER,
          query.kind ?? null,
          query.kind ?? null,
          query.deviceId ?? null,
          query.deviceId ?? null,
          query.limit ?? -1,
        )
        .map(recordOf),
    );
  }

  async *tests({ from, to }: SeriesSpan): AsyncIterable<readonly StoredMeasurement[]> {
    let [startedAt, rowId] = [from, 0];
    for (;;) {
      const rows = await withStoreErrors(this.#path, 'reading tests', () =>
        this.#database
          .prepare(
            `SELECT rowid, ${COLUMNS} FROM measurement
             WHERE kind = 'throughput' AND (started_at, rowid) > (?, ?) AND started_at < ?
             ORDER BY started_at, rowid LIMIT ?`,
          )
          .all(startedAt, rowId, to, PAGE_ROWS),
      );
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map(recordOf);
      [startedAt, rowId] = [Number(last.started_at), Number(last.rowid)];
    }
  }

  latest(): Promise<Map<string, StoredMeasurement>> {
    return withStoreErrors(this.#path, 'reading the latest measurements', () => {
      const rows = this.#database
        .prepare(
          `SELECT measurement.location_id, measurement.started_at, received_at, document
           FROM latest JOIN measurement USING (id)`,
        )
        .all();
      return new Map(rows.map(recordOf).map((record) => [record.locationId, record]));
    });
  }

  count(): Promise<number> {
    return withStoreErrors(this.#path, 'counting measurements', () =>
      Number(this.#database.prepare('SELECT count(*) AS n FROM measurement').get()?.n),
    );
  }

  async ready(): Promise<void> {
    await withStoreErrors(this.#path, 'asking for a sign of life', () =>
      this.#database.prepare('SELECT 1 FROM measurement LIMIT 1').get(),
    );
  }

  async backup(directory: string): Promise<{ files: readonly string[] }> {
    const file = join(directory, BACKUP_NAME);
    await withStoreErrors(this.#path, 'copying', () => copySqliteFile(this.#database, file));
    return { files: [file] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }

  #writeOne(record: StoredMeasurement, document: string): 'accepted' | 'duplicate' {
    const { measurement, locationId, startedAt, receivedAt } = record;
    const failed = measurement.failure !== undefined;
    const { changes } = this.#insert.run(
      measurement.id,
      locationId,
      measurement.deviceId,
      measurement.kind,
      startedAt,
      receivedAt,
      failed ? 1 : 0,
      document,
    );
    if (changes === 0) return 'duplicate';
    if (!failed && measurement.kind === 'throughput')
      this.#keepLatest.run(locationId, startedAt, measurement.id);
    return 'accepted';
  }
}

function recordOf(row: Record<string, SQLOutputValue>): StoredMeasurement {
  return {
    measurement: measurementOf(String(row.document)),
    locationId: String(row.location_id),
    startedAt: Number(row.started_at),
    receivedAt: Number(row.received_at),
  };
}
