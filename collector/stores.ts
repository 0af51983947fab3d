// Opens the stores that the settings ask for. With main.ts and serve.ts, the only files that name
// their implementations.
import { join } from 'node:path';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { CollectorSettings } from './config/settings.ts';
import type { Registry } from './registry/registry.ts';
import { openSqliteRegistry } from './registry/sqlite.ts';
import { openInfluxSeries } from './series/influx.ts';
import { openRawStore, type RawStore } from './series/raw.ts';
import type { SeriesStore } from './series/series.ts';
import { openSqliteSeries } from './series/sqlite.ts';

export interface StoreOptions {
  readonly settings: CollectorSettings;
  /** The data directory, made. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Throws `data_directory`. */
export function openRegistry({ directory, clock, log }: StoreOptions): Promise<Registry> {
  return openSqliteRegistry({ path: join(directory, 'registry.db'), clock, log });
}

/** Throws `data_directory`. */
export function openRaw({ directory }: Pick<StoreOptions, 'directory'>): Promise<RawStore> {
  return openRawStore(directory);
}

/** Throws `data_directory`; a store over the network may be away, and then says so when asked. */
export function openSeries({
  settings,
  directory,
  clock,
  log,
}: StoreOptions): Promise<SeriesStore> {
  if (settings.series === 'sqlite') return openSqliteSeries({ path: join(directory, 'series.db') });
  return openInfluxSeries({
    url: settings.influxUrl,
    database: settings.influxDatabase,
    ...(settings.influxUsername === undefined ? {} : { username: settings.influxUsername }),
    ...(settings.influxPassword === undefined ? {} : { password: settings.influxPassword }),
    ledgerPath: join(directory, 'influx-ledger.db'),
    clock,
    log,
  });
}
