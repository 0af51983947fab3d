// Which measurement ids are in InfluxDB, and at what time: a SQLite file beside it. InfluxDB
// overwrites a point of the same series and time and knows no unique ids; without this ledger a
// resend with another clock correction would be a second point. It also keeps each location's
// latest record, which InfluxDB takes seconds to find among 9,000.
//
// A record goes: `pending` here (with its content) → point written → `done` here. After a crash at
// any step the same point is written again, never another.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AppError } from '#shared/runtime/errors.ts';
import {
  copySqliteFile,
  inTransaction,
  migrateSqliteFile,
  openSqliteFile,
} from '../sqlite/open.ts';
import { withStoreErrors } from '../sqlite/store-error.ts';
import { NANOSECONDS_PER_MS, type PointTime, subMillisecondOf } from './influx-point.ts';
import type { StoredMeasurement } from './series.ts';

/** A record with the time that its point has for good. */
export interface LedgerEntry {
  readonly record: StoredMeasurement;
  readonly time: PointTime;
}

export interface Reservation {
  readonly fates: readonly ('accepted' | 'duplicate')[];
  /** What must be written now: new entries, and pending ones as they were first given. */
  readonly toWrite: readonly LedgerEntry[];
}

/** Appended to, never changed. Ids are 16 bytes: a year of 9,000 locations is 10 million rows. */
const MIGRATIONS = [
  `CREATE TABLE entry (
     id BLOB PRIMARY KEY,
     started_at INTEGER NOT NULL,
     sub_ns INTEGER NOT NULL,
     pending TEXT
   ) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX entry_by_time ON entry (started_at, sub_ns);
   CREATE INDEX entry_pending ON entry (id) WHERE pending IS NOT NULL;
   CREATE TABLE latest (
     location_id TEXT PRIMARY KEY,
     started_at INTEGER NOT NULL,
     record TEXT NOT NULL
   ) STRICT;
   CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;`,
];

export class InfluxLedger implements Disposable {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #latest: StatementSync;

  /** Throws `data_directory` when the file cannot be used, or belongs to another database. */
  static open(path: string, influxDatabase: string): InfluxLedger {
    const database = openSqliteFile(path);
    try {
      migrateSqliteFile(database, path, MIGRATIONS);
      const ledger = new InfluxLedger(database, path);
      const owner = ledger.#fact('influx_database') ?? influxDatabase;
      if (owner !== influxDatabase) {
        throw new AppError(
          'data_directory',
          `${path} keeps the books of InfluxDB database "${owner}", not of "${influxDatabase}"; set the database back, or move this file away to have it rebuilt`,
        );
      }
      ledger.#setFact('influx_database', influxDatabase);
      return ledger;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  private constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.path = path;
    this.#find = database.prepare('SELECT started_at, sub_ns, pending FROM entry WHERE id = ?');
    this.#insert = database.prepare(
      'INSERT INTO entry (id, started_at, sub_ns, pending) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#latest = database.prepare(
      `INSERT INTO latest (location_id, started_at, record) VALUES (?, ?, ?)
       ON CONFLICT (location_id) DO UPDATE
         SET started_at = excluded.started_at, record = excluded.record
         WHERE excluded.started_at > started_at`,
    );
  }

  reserve(records: readonly StoredMeasurement[]): Promise<Reservation> {
    return this.#guard('reserving', () =>
      inTransaction(this.#database, () => {
        const toWrite: LedgerEntry[] = [];
        const seen = new Set<string>();
        const fates = records.map((record) => {
          const { id } = record.measurement;
          const known = seen.has(id) ? 'done' : this.#lookUp(id);
          seen.add(id);
          if (known === 'done') return 'duplicate';
          toWrite.push(known ?? this.#add(record));
          return 'accepted';
        });
        return { fates, toWrite };
      }),
    );
  }

  markDone(entries: readonly LedgerEntry[]): Promise<void> {
    return this.#guard('closing entries', () => {
      const done = this.#database.prepare('UPDATE entry SET pending = NULL WHERE id = ?');
      inTransaction(this.#database, () => {
        for (const { record } of entries) {
          done.run(bytesOf(record.measurement.id));
          this.#keepLatest(record);
        }
      });
    });
  }

  latest(): Promise<StoredMeasurement[]> {
    return this.#guard('reading the latest measurements', () =>
      this.#database
        .prepare('SELECT record FROM latest')
        .all()
        .map((row) => JSON.parse(String(row.record))),
    );
  }

  /** Entries that were begun and not finished, oldest first. */
  pending(limit: number): Promise<LedgerEntry[]> {
    return this.#guard('reading pending entries', () =>
      this.#database
        .prepare(
          'SELECT started_at, sub_ns, pending FROM entry WHERE pending IS NOT NULL ORDER BY started_at, sub_ns LIMIT ?',
        )
        .all(limit)
        .map(entryOf),
    );
  }

  /** False for a new file: then InfluxDB may hold points that this ledger does not know. */
  isComplete(): boolean {
    return this.#fact('complete') === 'yes';
  }

  setComplete(): Promise<void> {
    return this.#guard('noting that all entries are known', () => this.#setFact('complete', 'yes'));
  }

  /** Takes over what is in InfluxDB already. */
  adopt(points: readonly { readonly id: string; readonly time: PointTime }[]): Promise<void> {
    return this.#guard('adopting points', () =>
      inTransaction(this.#database, () => {
        for (const { id, time } of points) {
          this.#insert.run(bytesOf(id), time.startedAt, time.subNs, null);
        }
      }),
    );
  }

  adoptLatest(records: readonly StoredMeasurement[]): Promise<void> {
    return this.#guard('adopting the latest points', () =>
      inTransaction(this.#database, () => {
        for (const record of records) this.#keepLatest(record);
      }),
    );
  }

  backup(target: string): Promise<void> {
    return this.#guard('copying', () => copySqliteFile(this.#database, target));
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #lookUp(id: string): LedgerEntry | 'done' | undefined {
    const row = this.#find.get(bytesOf(id));
    if (row === undefined) return undefined;
    return row.pending === null ? 'done' : entryOf(row);
  }

  /** Takes the next free nanosecond when the one made from the id is taken by another id. */
  #add(record: StoredMeasurement): LedgerEntry {
    const { id } = record.measurement;
    const first = subMillisecondOf(id);
    for (let step = 0; step < NANOSECONDS_PER_MS; step += 1) {
      const time = {
        startedAt: record.startedAt,
        subNs: (first + step) % NANOSECONDS_PER_MS,
      };
      const { changes } = this.#insert.run(
        bytesOf(id),
        time.startedAt,
        time.subNs,
        JSON.stringify(record),
      );
      if (changes === 1) return { record, time };
    }
    throw new Error(`a million measurements start at ${record.startedAt}`);
  }

  #keepLatest(record: StoredMeasurement): void {
    if (record.measurement.failure !== undefined) return;
    if (record.measurement.kind !== 'throughput') return;
    this.#latest.run(record.locationId, record.startedAt, JSON.stringify(record));
  }

  #fact(name: string): string | undefined {
    const row = this.#database.prepare('SELECT value FROM fact WHERE name = ?').get(name);
    return row === undefined ? undefined : String(row.value);
  }

  #setFact(name: string, value: string): void {
    this.#database
      .prepare(
        'INSERT INTO fact (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      )
      .run(name, value);
  }

  #guard<T>(doing: string, work: () => T | Promise<T>): Promise<T> {
    return withStoreErrors(this.path, doing, work);
  }
}

function entryOf(row: Record<string, unknown>): LedgerEntry {
  return {
    record: JSON.parse(String(row.pending)),
    time: { startedAt: Number(row.started_at), subNs: Number(row.sub_ns) },
  };
}

function bytesOf(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}
