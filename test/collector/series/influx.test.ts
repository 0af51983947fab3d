// What only the InfluxDB adapter can get wrong: the steps between ledger and server, interrupted
// at each point, and what the ledger is for. A real influxd; faults by a proxy before it.
import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InfluxDB } from 'influx';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openInfluxSeries } from '#collector/series/influx.ts';
import type { StoredMeasurement } from '#collector/series/series.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { type FaultyProxy, startFaultyProxy } from '#test/support/faulty-proxy.ts';
import { type InfluxServer, startInfluxdb } from '#test/support/influxdb.ts';
import { measurementAt } from '#test/support/measurements.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const SITE = '16SW03';
const DEVICE = '3f0c8f5e-54a0-4b8e-9d43-6a1f0a4b8f11';
const T0 = Date.parse('2026-03-02T03:10:00.000Z');

let server: InfluxServer;
let proxy: FaultyProxy;
let databases = 0;
beforeAll(async () => {
  server = await startInfluxdb();
  proxy = await startFaultyProxy(server.port);
}, 60_000);
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

function recordAt(startedAt: number): StoredMeasurement {
  return {
    measurement: measurementAt(DEVICE, startedAt),
    locationId: SITE,
    startedAt,
    receivedAt: startedAt + 7_000,
  };
}

/** As the same test would come with another clock offset. */
function resent(record: StoredMeasurement): StoredMeasurement {
  const startedAt = record.startedAt + 1_234;
  return {
    ...record,
    startedAt,
    measurement: { ...record.measurement, startedAt: new Date(startedAt).toISOString() },
  };
}

async function scene() {
  const folder = await temporaryFolder();
  databases += 1;
  const options = {
    url: proxy.url,
    database: `series_${databases}`,
    ledgerPath: join(folder.path, 'influx-ledger.db'),
    clock: systemClock,
    log: silentLog,
  };
  return {
    options,
    folder: folder.path,
    open: () => openInfluxSeries(options),
    [Symbol.asyncDispose]: async () => {
      proxy.mode = 'pass';
      await folder[Symbol.asyncDispose]();
    },
  };
}

for (const [where, mode] of [
  ['before the point is written', 'refuse'],
  ['after the point is written, before the ledger knows', 'swallow_answer'],
] as const) {
  for (const resend of ['by the agent', 'by nobody'] as const) {
    test(`interrupted ${where}, resent ${resend}: exactly one, at its first time`, async () => {
      await using at = await scene();
      const record = recordAt(T0);
      const first = await at.open();
      proxy.pattern = /^POST \/write/;
      proxy.mode = mode;
      await expect(first.write([record])).rejects.toMatchObject({ code: 'store_unavailable' });
      proxy.mode = 'pass';
      // The process is gone: nothing of it is closed in order.
      await using second = await at.open();
      if (resend === 'by the agent') await second.write([resent(record)]);
      expect(await second.query({ locationId: SITE })).toEqual([record]);
      expect(await second.count()).toBe(1);
      expect(await second.write([resent(record)])).toEqual(['duplicate']);
      expect((await second.latest()).get(SITE)).toEqual(record);
      await first[Symbol.asyncDispose]();
    });
  }
}

test('a writer killed in the middle, then all resent: each exactly once', async () => {
  await using at = await scene();
  const records = Array.from({ length: 2_000 }, (_, index) => recordAt(T0 + index * 3));
  const recordsPath = join(at.folder, 'records.json');
  await writeFile(recordsPath, JSON.stringify(records));
  for (let kill = 0; kill < 3; kill += 1) {
    const { url, database, ledgerPath } = at.options;
    const script = join(import.meta.dirname, '../../support/series-writer.ts');
    const child = spawn(process.execPath, [script, url, database, ledgerPath, recordsPath], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        // Later at each try: somewhere among its writes.
        if (said.length > 20 + kill * 30) {
          child.kill('SIGKILL');
        }
      });
      child.on('error', reject);
      child.on('exit', () => resolve());
    });
    expect(said).not.toContain('all');
  }
  await using store = await at.open();
  const before = await store.count();
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(records.length);
  await store.write(records.map(resent));
  expect(await store.count()).toBe(records.length);
  const ids = (await store.query({ locationId: SITE })).map((r) => r.measurement.id);
  expect(ids.sort()).toEqual(records.map((r) => r.measurement.id).sort());
}, 120_000);

test('what was accepted is there after the server lost power', async () => {
  await using at = await scene();
  await using store = await at.open();
  const records = [recordAt(T0), recordAt(T0 + 1)];
  await store.write(records);
  await server.stop('SIGKILL');
  await expect(store.write([recordAt(T0 + 2)])).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining('check that it runs'),
  });
  await server.start();
  expect((await store.query({ locationId: SITE })).slice(0, 2)).toEqual(records);
}, 60_000);

test('a lost ledger is made again from what is in the database', async () => {
  await using at = await scene();
  const records = Array.from({ length: 20 }, (_, index) => recordAt(T0 + index));
  await using first = await at.open();
  await first.write(records);
  await first[Symbol.asyncDispose]();
  for (const suffix of ['', '-wal', '-shm']) {
    await rm(`${at.options.ledgerPath}${suffix}`, { force: true });
  }
  await using second = await at.open();
  expect(await second.write(records.map(resent))).toEqual(Array(20).fill('duplicate'));
  expect(await second.query({ locationId: SITE })).toEqual(records);
  expect((await second.latest()).get(SITE)).toEqual(records.at(-1));
});

test('a ledger of another database is refused', async () => {
  await using at = await scene();
  await using _first = await at.open();
  await expect(openInfluxSeries({ ...at.options, database: 'elsewhere' })).rejects.toMatchObject({
    code: 'data_directory',
    message: expect.stringContaining('not of "elsewhere"'),
  });
});

test('opens while the server is away and works once it is there', async () => {
  await using at = await scene();
  proxy.mode = 'refuse';
  await using store = await at.open();
  await expect(store.ready()).rejects.toMatchObject({ code: 'store_unavailable' });
  await expect(store.write([recordAt(T0)])).rejects.toMatchObject({ code: 'store_unavailable' });
  proxy.mode = 'pass';
  await store.ready();
  expect(await store.write([recordAt(T0)])).toEqual(['accepted']);
});

test('a server that never answers is given up at the deadline', async () => {
  await using at = await scene();
  const clock = new FakeClock();
  await using store = await openInfluxSeries({ ...at.options, clock });
  proxy.mode = 'silent';
  const settled = Promise.allSettled([
    store.write([recordAt(T0)]),
    store.query({ locationId: SITE }),
  ]);
  while (clock.sleepers < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  await clock.advance(10_000);
  for (const result of await settled) {
    expect(result).toMatchObject({
      status: 'rejected',
      reason: { code: 'store_unavailable', message: expect.stringContaining('within 10 s') },
    });
  }
});

test('a database that is dropped under way is made again', async () => {
  await using at = await scene();
  await using store = await at.open();
  await store.write([recordAt(T0)]);
  await new InfluxDB({ host: '127.0.0.1', port: server.port }).dropDatabase(at.options.database);
  await expect(store.write([recordAt(T0 + 1)])).rejects.toMatchObject({
    code: 'store_unavailable',
  });
  await store.write([recordAt(T0 + 2)]);
  expect(await store.count()).toBe(2);
});

test('refuses a location that cannot be a tag, and nothing is left behind', async () => {
  await using at = await scene();
  await using store = await at.open();
  for (const locationId of ['', 'back\\slash', 'line\nend']) {
    await expect(store.write([{ ...recordAt(T0), locationId }])).rejects.toMatchObject({
      code: 'bad_request',
    });
  }
  const awkward = { ...recordAt(T0), locationId: 'a=b, c "d" \'e\' é€' };
  expect(await store.write([awkward])).toEqual(['accepted']);
  expect(await store.query({ locationId: awkward.locationId })).toEqual([awkward]);
});

test('site, agent and kind are tags; ids, addresses and figures are fields', async () => {
  await using at = await scene();
  await using store = await at.open();
  await store.write([recordAt(T0)]);
  const influx = new InfluxDB({
    host: '127.0.0.1',
    port: server.port,
    database: at.options.database,
  });
  const [tags, fields] = await Promise.all(
    ['TAG', 'FIELD'].map(async (what) => [...(await influx.query(`SHOW ${what} KEYS`))]),
  );
  expect(tags?.map((row) => (row as unknown as { tagKey: string }).tagKey).sort()).toEqual([
    'agent',
    'kind',
    'site',
  ]);
  const types = new Map(
    fields?.map((row) => {
      const { fieldKey, fieldType } = row as unknown as { fieldKey: string; fieldType: string };
      return [fieldKey, fieldType];
    }),
  );
  expect(types.get('id')).toBe('string');
  expect(types.get('server')).toBe('string');
  expect(types.get('download_ip_mbps')).toBe('float');
  expect(types.get('upload_bytes')).toBe('integer');
});

test('with a password: the right one works, a wrong one is said', async () => {
  await using locked = await startInfluxdb({ auth: true });
  const root = new InfluxDB({
    host: '127.0.0.1',
    port: locked.port,
    username: 'root',
    password: 'r',
  });
  await root.createUser('root', 'r', true);
  await root.createDatabase('mine');
  await root.createUser('meetnet', "p'w");
  // Without administrator's rights; the client has no word for ALL.
  await root.queryRaw('GRANT ALL ON "mine" TO "meetnet"', {
    method: 'POST',
    database: 'mine',
  });
  await using folder = await temporaryFolder();
  const options = {
    url: locked.url,
    database: 'mine',
    ledgerPath: join(folder.path, 'ledger.db'),
    clock: systemClock,
    log: silentLog,
    username: 'meetnet',
  };
  await using wrong = await openInfluxSeries({ ...options, password: 'guess' });
  await expect(wrong.write([recordAt(T0)])).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining('check the user name'),
  });
  await using right = await openInfluxSeries({ ...options, password: "p'w" });
  expect(await right.write([recordAt(T0)])).toEqual(['accepted']);
}, 60_000);
