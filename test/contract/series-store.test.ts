// The series contract on both adapters: a SQLite file, and a real InfluxDB 1.x with its ledger.
import { join } from 'node:path';
import { openInfluxSeries } from '#collector/series/influx.ts';
import { openSqliteSeries } from '#collector/series/sqlite.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { startInfluxdb } from '#test/support/influxdb.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';
import { type SeriesHarness, seriesStoreContract } from './series-store.ts';

seriesStoreContract(
  'sqlite',
  async (): Promise<SeriesHarness> => ({
    fresh: async () => {
      const folder = await temporaryFolder();
      const path = join(folder.path, 'series.db');
      const store = await openSqliteSeries({ path });
      const opened = [store];
      const reopen = async () => {
        await store[Symbol.asyncDispose]();
        const again = await openSqliteSeries({ path });
        opened.push(again);
        return again;
      };
      return {
        store,
        folder: folder.path,
        reopen,
        makeUnavailable: async () => store[Symbol.asyncDispose](),
        makeAvailable: reopen,
        [Symbol.asyncDispose]: async () => {
          for (const each of opened) await each[Symbol.asyncDispose]();
          await folder[Symbol.asyncDispose]();
        },
      };
    },
    [Symbol.asyncDispose]: async () => {},
  }),
);

seriesStoreContract('influx', async (): Promise<SeriesHarness> => {
  const server = await startInfluxdb();
  let databases = 0;
  return {
    fresh: async () => {
      const folder = await temporaryFolder();
      databases += 1;
      const options = {
        url: server.url,
        database: `meetnet_${databases}`,
        ledgerPath: join(folder.path, 'influx-ledger.db'),
        clock: systemClock,
        log: silentLog,
      };
      const store = await openInfluxSeries(options);
      const opened = [store];
      return {
        store,
        folder: folder.path,
        reopen: async () => {
          await store[Symbol.asyncDispose]();
          const again = await openInfluxSeries(options);
          opened.push(again);
          return again;
        },
        makeUnavailable: () => server.stop(),
        makeAvailable: async () => {
          await server.start();
          return store;
        },
        [Symbol.asyncDispose]: async () => {
          for (const each of opened) await each[Symbol.asyncDispose]();
          await folder[Symbol.asyncDispose]();
        },
      };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});
