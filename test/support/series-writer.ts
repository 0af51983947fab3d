// A process that writes measurements to InfluxDB one batch after another until it is killed; says
// `ready` once the first batch is in. Arguments: url, database, ledger, folder of a JSON file of
// records.
import { readFile } from 'node:fs/promises';
import { openInfluxSeries } from '#collector/series/influx.ts';
import type { StoredMeasurement } from '#collector/series/series.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { silentLog } from './silent-log.ts';

const [url = '', database = '', ledgerPath = '', recordsPath = ''] = process.argv.slice(2);
const records: StoredMeasurement[] = JSON.parse(await readFile(recordsPath, 'utf8'));
const store = await openInfluxSeries({
  url,
  database,
  ledgerPath,
  clock: systemClock,
  log: silentLog,
});
const BATCH = 7;
for (let at = 0; at < records.length; at += BATCH) {
  await store.write(records.slice(at, at + BATCH));
  process.stdout.write(at === 0 ? 'ready\n' : '.');
}
process.stdout.write('all\n');
