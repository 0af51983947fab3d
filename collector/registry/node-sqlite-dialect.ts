// kysely on node:sqlite. kysely's own SQLite dialect expects better-sqlite3; this hands it
// node:sqlite in that shape, and changes two of its choices.
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import {
  CompiledQuery,
  type DatabaseConnection,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
} from 'kysely';

export class NodeSqliteDialect extends SqliteDialect {
  readonly #database: SqliteDatabase;

  /** Closes `database` when kysely is destroyed. */
  constructor(database: DatabaseSync) {
    const shaped = shapeOf(database);
    super({ database: shaped });
    this.#database = shaped;
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver({ database: this.#database });
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

/**
 * A transaction that begins with a read and goes on to write is refused when another process
 * wrote in between (SQLITE_BUSY_SNAPSHOT), without waiting. Ours all write, so they say so first.
 */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

/** SQLite's DDL is transactional; so a migration that is cut off leaves nothing half made. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function shapeOf(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...values(parameters)),
        run: (parameters) => statement.run(...values(parameters)),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      };
    },
  };
}
