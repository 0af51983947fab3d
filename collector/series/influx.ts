// Measurements in InfluxDB 1.x, for who has one already: dashboards and retention come with it.
// A ledger beside it makes writes idempotent by id; see influx-ledger.ts for the order of steps.
import { join } from 'node:path';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { measurementOf } from './document.ts';
import { InfluxClient, type InfluxOptions, type InfluxRow } from './influx-client.ts';
import { InfluxLedger, type LedgerEntry } from './influx-ledger.ts';
import { POINT_NAME, pointOf, timeOf } from './influx-point.ts';
import type { SeriesQuery, SeriesSpan, SeriesStore, StoredMeasurement } from './series.ts';

export interface InfluxSeriesOptions extends InfluxOptions {
  /** The ledger's file, in the data directory. */
  readonly ledgerPath: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Rows asked for at a time; a server may be set to give at most 10,000 (max-row-limit). */
const PAGE_ROWS = 5_000;
/** Of all locations: a page is about 2 MB of text to read at once. */
const SPAN_ROWS = 1_000;
/** Points in one request when catching up. */
const CATCH_UP_POINTS = 1_000;
/** How long a write may wait for those before it: then the store is as good as unavailable. */
const QUEUE_DEADLINE_MS = 15_000;
/** InfluxDB's own limits of time, in whole ms. */
const MIN_TIME_MS = -9_223_372_036_854;
const MAX_TIME_MS = 9_223_372_036_854;
const LEDGER_BACKUP_NAME = 'influx-ledger.db';

/**
 * Throws `data_directory` when the ledger cannot be used. A server that does not answer is no
 * reason to stay down: calls reject with `store_unavailable` until it does.
 */
export async function openInfluxSeries(options: InfluxSeriesOptions): Promise<SeriesStore> {
  const ledger = InfluxLedger.open(options.ledgerPath, options.database);
  const series = new InfluxSeries(options, ledger);
  await series.ready().catch((error: unknown) => {
    options.log.warn('measurements cannot be stored until InfluxDB answers', {
      error: messageOf(error),
    });
  });
  return series;
}

class InfluxSeries implements SeriesStore {
  readonly #options: InfluxSeriesOptions;
  readonly #client: InfluxClient;
  readonly #ledger: InfluxLedger;
  #prepared: Promise<void> | undefined;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(options: InfluxSeriesOptions, ledger: InfluxLedger) {
    this.#options = options;
    this.#client = new InfluxClient(options, options.clock);
    this.#ledger = ledger;
  }

  /** One at a time, so that two batches with the same id cannot both find it new. */
  async write(
    records: readonly StoredMeasurement[],
  ): Promise<readonly ('accepted' | 'duplicate')[]> {
    const { clock } = this.#options;
    const queuedAt = clock.monotonicMs();
    // Before anything is noted: what InfluxDB cannot hold must not stay behind as pending.
    for (const record of records) pointOf(record, { startedAt: record.startedAt, subNs: 0 });
    const turn = this.#lastWrite.then(async () => {
      if (clock.monotonicMs() - queuedAt > QUEUE_DEADLINE_MS) {
        throw new AppError(
          'store_unavailable',
          `InfluxDB at ${this.#options.url} is too slow: a write waited ${QUEUE_DEADLINE_MS / 1000} s for those before it`,
        );
      }
      await this.#prepare();
      const { fates, toWrite } = await this.#ledger.reserve(records);
      await this.#finish(toWrite);
      return fates;
    });
    this.#lastWrite = turn.catch(() => {});
    return turn;
  }

  async query(query: SeriesQuery): Promise<StoredMeasurement[]> {
    await this.#prepare();
    const newest = query.first === 'newest';
    const found: StoredMeasurement[] = [];
    const limit = query.limit ?? Number.POSITIVE_INFINITY;
    const kind = query.kind === undefined ? '' : `AND "kind" = '${query.kind}'`;
    const device = query.deviceId === undefined ? '' : 'AND "agent" = $agent';
    let from = `time >= ${clamp(query.from ?? MIN_TIME_MS)}ms`;
    let to = `time < ${clamp(query.to ?? MAX_TIME_MS)}ms`;
    while (found.length < limit) {
      const page = Math.min(PAGE_ROWS, limit - found.length);
      const rows = await this.#client.query(
        `SELECT "document", "received_at_ms" FROM "${POINT_NAME}" WHERE "site" = $site ${kind} ${device} AND ${from} AND ${to} ORDER BY time ${newest ? 'DESC' : 'ASC'} LIMIT ${page}`,
        {
          site: query.locationId,
          ...(query.deviceId === undefined ? {} : { agent: query.deviceId }),
        },
      );
      found.push(...rows.map((row) => recordOf(query.locationId, row)));
      const last = rows.at(-1);
      if (last === undefined || rows.length < page) break;
      if (newest) to = `time < ${last.time}`;
      else from = `time > ${last.time}`;
    }
    return found;
  }

  async *tests({ from, to }: SeriesSpan): AsyncIterable<readonly StoredMeasurement[]> {
    let after = `time >= ${clamp(from)}ms`;
    for (;;) {
      await this.#prepare();
      const rows = await this.#client.query(
        `SELECT "document", "received_at_ms", "site" FROM "${POINT_NAME}" WHERE "kind" = 'throughput' AND ${after} AND time < ${clamp(to)}ms ORDER BY time ASC LIMIT ${SPAN_ROWS}`,
      );
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map((row) => recordOf(String(row.site), row));
      // No two points have one time: the ledger sees to it.
      after = `time > ${last.time}`;
    }
  }

  /** From the ledger, so that it is quick, and there while InfluxDB is away. */
  async latest(): Promise<Map<string, StoredMeasurement>> {
    const records = await this.#ledger.latest();
    return new Map(records.map((record) => [record.locationId, record]));
  }

  async count(): Promise<number> {
    await this.#prepare();
    const [row] = await this.#client.query(`SELECT count("id") FROM "${POINT_NAME}"`);
    return Number(row?.count ?? 0);
  }

  async ready(): Promise<void> {
    await this.#client.ping();
    await this.#prepare();
  }

  /** The ledger goes first: a copy that knows of points that InfluxDB's lacks would lose them. */
  async backup(directory: string): Promise<{ files: readonly string[]; note: string }> {
    const file = join(directory, LEDGER_BACKUP_NAME);
    await this.#ledger.backup(file);
    return {
      files: [file],
      note: `The measurements themselves are in InfluxDB at ${this.#options.url}; copy them after this with: influxd backup -portable -database ${this.#options.database} DIRECTORY`,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lastWrite;
    this.#ledger[Symbol.dispose]();
  }

  /** Before the first use, and again after a failure: the database, the ledger, what was left. */
  #prepare(): Promise<void> {
    if (this.#prepared === undefined) {
      const attempt = this.#catchUp();
      this.#prepared = attempt;
      attempt.catch(() => {
        if (this.#prepared === attempt) this.#prepared = undefined;
      });
    }
    return this.#prepared;
  }

  async #catchUp(): Promise<void> {
    await this.#client.ensureDatabase();
    if (!this.#ledger.isComplete()) {
      await this.#adoptPoints();
      await this.#ledger.setComplete();
    }
    for (;;) {
      const left = await this.#ledger.pending(CATCH_UP_POINTS);
      if (left.length === 0) break;
      await this.#finish(left);
      this.#options.log.info('finished writes that were interrupted', { count: left.length });
    }
  }

  /** A new ledger beside an old database, as after its file was lost. */
  async #adoptPoints(): Promise<void> {
    let after = '';
    for (;;) {
      const rows = await this.#client.query(
        `SELECT "id" FROM "${POINT_NAME}" ${after} ORDER BY time ASC LIMIT ${PAGE_ROWS}`,
      );
      await this.#ledger.adopt(rows.map((row) => ({ id: String(row.id), time: timeOf(row.time) })));
      const last = rows.at(-1);
      if (last === undefined) break;
      after = `WHERE time > ${last.time}`;
    }
    const latest = await this.#client.query(
      `SELECT last("complete"), "document", "received_at_ms" FROM "${POINT_NAME}" GROUP BY "site"`,
    );
    await this.#ledger.adoptLatest(latest.map((row) => recordOf(String(row.site), row)));
  }

  async #finish(entries: readonly LedgerEntry[]): Promise<void> {
    if (entries.length === 0) return;
    try {
      await this.#client.write(entries.map(({ record, time }) => pointOf(record, time)));
    } catch (error) {
      if (!messageOf(error).includes('points beyond retention policy')) {
        // The database itself may be gone: looked at again before the next call.
        this.#prepared = undefined;
        throw error;
      }
      // The rest of the batch is written; these are older than the operator wants kept.
      this.#options.log.warn('InfluxDB dropped measurements older than its retention policy', {
        error: messageOf(error),
      });
    }
    await this.#ledger.markDone(entries);
  }
}

function recordOf(locationId: string, row: InfluxRow): StoredMeasurement {
  return {
    measurement: measurementOf(String(row.document)),
    locationId,
    startedAt: timeOf(row.time).startedAt,
    receivedAt: Number(row.received_at_ms),
  };
}

function clamp(ms: number): number {
  return Math.ceil(Math.min(MAX_TIME_MS, Math.max(MIN_TIME_MS, ms)));
}
