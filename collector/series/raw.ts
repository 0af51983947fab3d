// Raw counters of throughput tests, in a SQLite file of their own beside whichever series store there is:
// they are read by `replay` alone and have a shorter life than measurements, and InfluxDB would take each
// as one more string field of up to 16 kB.
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { directionResultSchema, flagSchema, type Measurement } from '#shared/model/measurement.ts';
import type { EpochMs } from '#shared/model/units.ts';
import {
  copySqliteFile,
  inTransaction,
  migrateSqliteFile,
  openSqliteFile,
} from '../sqlite/open.ts';
import { withStoreErrors } from '../sqlite/store-error.ts';
import type { StoredMeasurement } from './series.ts';

/** What the agent said of each direction, with the counters on which it said so. */
export const rawTestSchema = z.object({
  id: z.string(),
  locationId: z.string(),
  startedAt: z.number(),
  flags: z.array(flagSchema),
  download: directionResultSchema.optional(),
  upload: directionResultSchema.optional(),
});
export type RawTest = z.infer<typeof rawTestSchema>;

export interface RawQuery {
  readonly locationId?: string;
  readonly id?: string;
  /** Inclusive. */
  readonly from?: EpochMs;
  /** Exclusive. */
  readonly to?: EpochMs;
}

export interface RawStore extends AsyncDisposable {
  /** Idempotent by id; tests without raw counters are passed over. */
  write(records: readonly StoredMeasurement[]): Promise<void>;
  /** Oldest first, a page at a time, so that a country's tests need no memory. */
  read(query: RawQuery): AsyncGenerator<RawTest>;
  /** How many were too old. */
  prune(before: EpochMs): Promise<number>;
  count(): Promise<number>;
  backup(directory: string): Promise<string>;
}

const FILE = 'raw.db';
const PAGE_ROWS = 500;
const MIGRATIONS = [
  `CREATE TABLE raw (
     id TEXT PRIMARY KEY,
     location_id TEXT NOT NULL,
     started_at INTEGER NOT NULL,
     document TEXT NOT NULL
   ) STRICT;
   CREATE INDEX raw_by_time ON raw (started_at, id);`,
];

/** The measurement as it is kept and shown, without its raw counters. */
export function withoutRaw(measurement: Measurement): Measurement {
  const { download, upload } = measurement;
  if (download?.raw === undefined && upload?.raw === undefined) return measurement;
  const bare = ({ raw: _, ...result }: NonNullable<Measurement['download']>) => result;
  return {
    ...measurement,
    ...(download === undefined ? {} : { download: bare(download) }),
    ...(upload === undefined ? {} : { upload: bare(upload) }),
  };
}

/** Throws `data_directory` when the file cannot be used. */
export async function openRawStore(directory: string): Promise<RawStore> {
  const path = join(directory, FILE);
  const database = openSqliteFile(path);
  try {
    migrateSqliteFile(database, path, MIGRATIONS);
    return new SqliteRawStore(database, path);
  } catch (error) {
    database.close();
    throw error;
  }
}

class SqliteRawStore implements RawStore {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #insert: StatementSync;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    this.#insert = database.prepare(
      'INSERT INTO raw (id, location_id, started_at, document) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
    );
  }

  async write(records: readonly StoredMeasurement[]): Promise<void> {
    const raw = records.filter(
      ({ measurement: { download, upload } }) =>
        download?.raw !== undefined || upload?.raw !== undefined,
    );
    if (raw.length === 0) return;
    await withStoreErrors(this.#path, 'writing raw counters', () =>
      inTransaction(this.#database, () => {
        for (const { measurement, locationId, startedAt } of raw) {
          const { id, flags, download, upload } = measurement;
          const test: RawTest = {
            ...{ id, locationId, startedAt, flags },
            ...(download === undefined ? {} : { download }),
            ...(upload === undefined ? {} : { upload }),
          };
          this.#insert.run(id, locationId, startedAt, JSON.stringify(test));
        }
      }),
    );
  }

  async *read({ locationId, id, from, to }: RawQuery): AsyncGenerator<RawTest> {
    let [afterTime, afterId] = [from ?? Number.MIN_SAFE_INTEGER, ''];
    for (;;) {
      const rows = await withStoreErrors(this.#path, 'reading raw counters', () =>
        this.#database
          .prepare(
            `SELECT id, started_at, document FROM raw
             WHERE (started_at, id) > (?, ?) AND started_at < ?
               AND (? IS NULL OR location_id = ?) AND (? IS NULL OR id = ?)
             ORDER BY started_at, id LIMIT ?`,
          )
          .all(
            ...[afterTime, afterId, to ?? Number.MAX_SAFE_INTEGER],
            ...[locationId ?? null, locationId ?? null, id ?? null, id ?? null, PAGE_ROWS],
          ),
      );
      for (const row of rows) yield JSON.parse(String(row.document));
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE_ROWS) return;
      [afterTime, afterId] = [Number(last.started_at), String(last.id)];
    }
  }

  prune(before: EpochMs): Promise<number> {
    return withStoreErrors(this.#path, 'removing old raw counters', () =>
      Number(this.#database.prepare('DELETE FROM raw WHERE started_at < ?').run(before).changes),
    );
  }

  count(): Promise<number> {
    return withStoreErrors(this.#path, 'counting raw counters', () =>
      Number(this.#database.prepare('SELECT count(*) AS n FROM raw').get()?.n),
    );
  }

  async backup(directory: string): Promise<string> {
    const file = join(directory, FILE);
    await withStoreErrors(this.#path, 'copying', () => copySqliteFile(this.#database, file));
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }
}
