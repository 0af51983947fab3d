// What every series store keeps to; each adapter runs this suite (series-store.test.ts).
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SeriesStore, StoredMeasurement } from '#collector/series/series.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import {
  availabilityRecord,
  directionResult,
  measurementAt,
  uuidAt,
} from '#test/support/measurements.ts';

export interface SeriesHarness extends AsyncDisposable {
  /** An empty store. */
  fresh(): Promise<OpenSeries>;
}

export interface OpenSeries extends AsyncDisposable {
  readonly store: SeriesStore;
  readonly folder: string;
  /** The same data, after closing. */
  reopen(): Promise<SeriesStore>;
  /** Takes away what the store needs. */
  makeUnavailable(): Promise<void>;
  /** The store to go on with. */
  makeAvailable(): Promise<SeriesStore>;
}

const T0 = Date.parse('2026-03-02T03:10:00.000Z');
const DEVICE = '3f0c8f5e-54a0-4b8e-9d43-6a1f0a4b8f11';

function stored(
  startedAt: number,
  change: Partial<Measurement> = {},
  locationId = '16SW03',
): StoredMeasurement {
  return {
    measurement: measurementAt(DEVICE, startedAt, change),
    locationId,
    startedAt,
    receivedAt: startedAt + 7_000,
  };
}

/** The same test, sent again after the clock was corrected otherwise. */
function movedBy(record: StoredMeasurement, ms: number): StoredMeasurement {
  const startedAt = record.startedAt + ms;
  return {
    ...record,
    startedAt,
    receivedAt: record.receivedAt + 60_000,
    measurement: {
      ...record.measurement,
      startedAt: new Date(startedAt).toISOString(),
      durationMs: 1,
    },
  };
}

const FULL: Partial<Measurement> = {
  flags: ['cpu_limited', 'wifi'],
  confirms: uuidAt(T0 - 300_000),
  download: directionResult(493.25, {
    provisional: true,
    atLeast: true,
    batchVariation: 0.0421,
    stoppedBy: 'bytes',
    interval: [-0.5, 1e-7],
  }),
  conditions: {
    position: 'in_path',
    mode: 'capacity',
    agentVersion: '0.1.0-"rc,1" = \\ \'beta\\\'\n',
    nodeVersion: 'v24.21.0',
    server: "http://meet.example:8081/a b,c=d?e=\"f\"&g='h'\\'i\\",
    ipVersion: 6,
    mtuBytes: 1500,
    idleLatency: { count: 20, lost: 1, minMs: 3.1, p50Ms: 3.7, p95Ms: 9.25 },
    nic: { name: 'eth0 ☕ 学校', speedMbps: 1000, duplex: 'full', wireless: false },
    cpu: { busiestCore: 0.93, eventLoop: 0.5, timerLatenessP99Ms: 61.5, throttledMs: 12 },
    crossTraffic: { beforeBytesPerS: 12, duringShare: 0.004 },
    clockOffsetMs: -1234.5,
  },
};

/** Without `upload` and `download`, as a test that failed early. */
function failedAt(startedAt: number, message: string, locationId?: string): StoredMeasurement {
  const record = stored(
    startedAt,
    { failure: { code: 'connect_timed_out', operation: 'connect', message } },
    locationId,
  );
  const { download: _, upload: __, ...measurement } = record.measurement;
  return { ...record, measurement };
}

async function pagesOf(store: SeriesStore, from: number, to: number) {
  const pages: (readonly StoredMeasurement[])[] = [];
  for await (const page of store.tests({ from, to })) pages.push(page);
  return pages;
}

export function seriesStoreContract(
  name: string,
  createHarness: () => Promise<SeriesHarness>,
): void {
  describe(`series store: ${name}`, () => {
    let harness: SeriesHarness;
    beforeAll(async () => {
      harness = await createHarness();
    }, 60_000);
    afterAll(async () => {
      await harness?.[Symbol.asyncDispose]();
    });

    test('kinds are told apart: a latency measurement is no latest test, and can be asked for alone', async () => {
      await using opened = await harness.fresh();
      const { store } = opened;
      const { download: _down, upload: _up, ...rest } = measurementAt(DEVICE, T0 + 60_000);
      const probed: StoredMeasurement = {
        ...stored(T0 + 60_000),
        measurement: {
          ...rest,
          kind: 'latency',
          protocol: 'stamp/rfc8762',
          latency: {
            lookups: [{ name: 'meet.example', ms: 3.5 }],
            reach: [{ name: 'collector.example:443', failure: 'ECONNREFUSED' }],
            probes: {
              ...{ transport: 'udp', sent: 600, received: 597, duplicates: 0, reordered: 1 },
              roundTrip: { minMs: 3.1, p50Ms: 3.7, p95Ms: 9.25, maxMs: 40.5 },
              variation: { roundTripMs: 6.15, forwardMs: 2, reverseMs: 4 },
              loss: {
                ...{ forward: 2, reverse: 1, unattributed: 0, share: 0.005 },
                interval: [0.0017, 0.0146],
              },
            },
          },
        },
      };
      const tested = stored(T0);
      expect(await store.write([tested, probed])).toEqual(['accepted', 'accepted']);
      expect(await store.write([probed])).toEqual(['duplicate']);
      const of = (kind?: 'throughput' | 'latency') =>
        store.query({ locationId: '16SW03', ...(kind === undefined ? {} : { kind }) });
      expect(await of('latency')).toEqual([probed]);
      expect(await of('throughput')).toEqual([tested]);
      expect(await of()).toEqual([tested, probed]);
      expect((await store.latest()).get('16SW03')).toEqual(tested);
    });

    test('availability is kept with its evidence, apart from tests, and is no latest test', async () => {
      await using opened = await harness.fresh();
      const { store } = opened;
      const report = {
        ...{ state: 'line_down' as const, ended: 'restarted' as const, startUncertaintyMs: 25_000 },
        looks: 12,
        evidence: {
          port: { name: 'eth0', carrier: true, hasAddress: true, wireless: false },
          ...{ gateway: 'answers' as const, gatewaySide: 'location' as const },
          dns: 'silent' as const,
          targets: [
            { kind: 'collector' as const, name: 'x:443', answers: false, code: 'ETIMEDOUT' },
          ],
        },
      };
      const down = {
        ...stored(T0 + 5),
        measurement: availabilityRecord(DEVICE, T0 + 5, 61_000, report),
      };
      const tested = stored(T0);
      expect(await store.write([tested, down, down])).toEqual([
        ...['accepted', 'accepted', 'duplicate'],
      ]);
      const kind = 'availability' as const;
      expect(await store.query({ locationId: '16SW03', kind })).toEqual([down]);
      expect(await store.query({ locationId: '16SW03', kind: 'throughput' })).toEqual([tested]);
      expect((await store.latest()).get('16SW03')).toEqual(tested);
    });

    test('an empty store has nothing', async () => {
      await using open = await harness.fresh();
      expect(await open.store.count()).toBe(0);
      expect(await open.store.query({ locationId: '16SW03' })).toEqual([]);
      expect(await open.store.latest()).toEqual(new Map());
      expect(await open.store.write([])).toEqual([]);
      await open.store.ready();
    });

    test('gives back whole documents, failures and awkward texts included', async () => {
      await using open = await harness.fresh();
      const records = [
        stored(T0, FULL),
        failedAt(T0 + 1, `line\nend, 'quoted' "double" \\ \\' \\" back\\`),
        failedAt(T0 + 2, "\\'\\'\\\\'' \u0000\u2028 €🎓 a=b,c d"),
        failedAt(T0 + 3, ''),
      ];
      expect(await open.store.write(records)).toEqual(Array(4).fill('accepted'));
      expect(await open.store.query({ locationId: '16SW03' })).toEqual(records);
    });

    test('survives any text in any free field', async () => {
      await using open = await harness.fresh();
      let at = T0;
      await fc.assert(
        fc.asyncProperty(
          fc.string({ unit: 'binary', maxLength: 80 }),
          fc.string({ unit: fc.constantFrom('\\', "'", '"', '\n', ',', '=', ' ', 'a') }),
          async (message, server) => {
            at += 1000;
            const failed = failedAt(at, message);
            const record = {
              ...failed,
              measurement: {
                ...failed.measurement,
                conditions: { ...failed.measurement.conditions, server },
              },
            };
            await open.store.write([record]);
            const [read] = await open.store.query({ locationId: '16SW03', from: at });
            // Half surrogates are not text: JSON writes them as escapes, so they survive too.
            expect(read).toEqual(record);
          },
        ),
        { numRuns: 60 },
      );
    });

    test('selects by device', async () => {
      await using open = await harness.fresh();
      const other = '5a1d2b3c-1d3a-4f60-9a55-0d4a4e1f7a99';
      const records = [stored(T0), stored(T0 + 1, { deviceId: other }), stored(T0 + 2)];
      await open.store.write(records);
      const ids = async (deviceId: string) =>
        (await open.store.query({ locationId: '16SW03', deviceId, first: 'newest' })).map(
          ({ startedAt }) => startedAt - T0,
        );
      expect(await ids(DEVICE)).toEqual([2, 0]);
      expect(await ids(other)).toEqual([1]);
      expect(await ids("x' OR 1=1 --")).toEqual([]);
    });

    test('selects by location and by time, from inclusive, to exclusive', async () => {
      await using open = await harness.fresh();
      const [a, b, c] = [stored(T0), stored(T0 + 1), stored(T0 + 2)];
      const elsewhere = stored(T0 + 1, {}, '16SW04');
      await open.store.write([c, a, elsewhere, b]);
      const ids = async (query: object) =>
        (await open.store.query({ locationId: '16SW03', ...query })).map((r) => r.measurement.id);
      const all = [a, b, c].map((r) => r.measurement.id);
      expect(await ids({})).toEqual(all);
      expect(await ids({ from: T0, to: T0 + 3 })).toEqual(all);
      expect(await ids({ from: T0 + 1 })).toEqual(all.slice(1));
      expect(await ids({ from: T0, to: T0 + 2 })).toEqual(all.slice(0, 2));
      expect(await ids({ from: T0 + 3 })).toEqual([]);
      expect(await ids({ from: T0 + 1, to: T0 + 1 })).toEqual([]);
      expect(await ids({ limit: 2 })).toEqual(all.slice(0, 2));
      expect(await ids({ limit: 2, first: 'newest' })).toEqual([...all].reverse().slice(0, 2));
      expect(await ids({ limit: 1, first: 'newest', to: T0 + 2 })).toEqual([b.measurement.id]);
      expect(await open.store.query({ locationId: "x' OR ''='" })).toEqual([]);
    });

    test('gives the tests of all locations in a stretch of time, oldest first, and nothing else', async () => {
      await using open = await harness.fresh();
      const latency = {
        ...stored(T0 + 2),
        measurement: {
          ...measurementAt(DEVICE, T0 + 2),
          kind: 'latency' as const,
          failure: { code: 'stopped', operation: 'latency', message: '' } as const,
        },
      };
      const inside = [
        stored(T0, FULL, '16SW03'),
        failedAt(T0 + 1, 'x', '00AA00'),
        stored(T0 + 3, {}, '00AA00'),
      ];
      await open.store.write([stored(T0 + 4), ...inside.toReversed(), latency, stored(T0 - 1)]);
      const all = async (from: number, to: number) => (await pagesOf(open.store, from, to)).flat();
      expect(await all(T0, T0 + 4)).toEqual(inside);
      expect(await all(T0 + 5, T0 + 6)).toEqual([]);
      expect(await all(0, Number.MAX_SAFE_INTEGER)).toHaveLength(5);
    });

    test('gives each test of several pages once, also of one millisecond', async () => {
      await using open = await harness.fresh();
      const records = Array.from({ length: 2_100 }, (_, index) =>
        stored(T0 + Math.floor(index / 300), {}, index % 2 === 0 ? '16SW03' : '00AA00'),
      );
      await open.store.write(records);
      const pages = await pagesOf(open.store, T0, T0 + 100);
      expect(pages.length).toBeGreaterThan(2);
      const read = pages.flat();
      expect(read.map((r) => r.startedAt)).toEqual(records.map((r) => r.startedAt));
      const ids = (all: readonly StoredMeasurement[]) => all.map((r) => r.measurement.id).sort();
      expect(ids(read)).toEqual(ids(records));
    }, 60_000);

    test('keeps tests of the same millisecond apart', async () => {
      await using open = await harness.fresh();
      const records = Array.from({ length: 50 }, () => stored(T0));
      await open.store.write(records);
      expect(await open.store.count()).toBe(50);
      const read = await open.store.query({ locationId: '16SW03', from: T0, to: T0 + 1 });
      expect(read.map((r) => r.measurement.id).sort()).toEqual(
        records.map((r) => r.measurement.id).sort(),
      );
      expect(new Set(read.map((r) => r.startedAt))).toEqual(new Set([T0]));
    });

    test('reads more than one page of a store, each once and in order', async () => {
      await using open = await harness.fresh();
      const records = Array.from({ length: 10_050 }, (_, index) => stored(T0 + index * 10));
      for (let at = 0; at < records.length; at += 2_000) {
        await open.store.write(records.slice(at, at + 2_000));
      }
      const ids = records.map((r) => r.measurement.id);
      const read = await open.store.query({ locationId: '16SW03' });
      expect(read.map((r) => r.measurement.id)).toEqual(ids);
      const newest = await open.store.query({
        locationId: '16SW03',
        first: 'newest',
        limit: 7_000,
      });
      expect(newest.map((r) => r.measurement.id)).toEqual([...ids].reverse().slice(0, 7_000));
    }, 60_000);

    test('a resend changes nothing, also with another time or content', async () => {
      await using open = await harness.fresh();
      const record = stored(T0);
      expect(await open.store.write([record])).toEqual(['accepted']);
      expect(await open.store.write([record])).toEqual(['duplicate']);
      expect(await open.store.write([movedBy(record, 3_600_000), stored(T0 + 5)])).toEqual([
        'duplicate',
        'accepted',
      ]);
      expect(await open.store.write([movedBy(record, -1)])).toEqual(['duplicate']);
      expect(await open.store.count()).toBe(2);
      expect((await open.store.query({ locationId: '16SW03', to: T0 + 1 }))[0]).toEqual(record);
    });

    test('the same id twice in one batch is one measurement', async () => {
      await using open = await harness.fresh();
      const record = stored(T0);
      expect(await open.store.write([record, movedBy(record, 10), record])).toEqual([
        'accepted',
        'duplicate',
        'duplicate',
      ]);
      expect(await open.store.query({ locationId: '16SW03' })).toEqual([record]);
    });

    test('writes at the same time accept each id once', async () => {
      await using open = await harness.fresh();
      const records = Array.from({ length: 20 }, (_, index) => stored(T0 + index));
      const fates = await Promise.all(Array.from({ length: 5 }, () => open.store.write(records)));
      const accepted = records.map(
        (_, index) => fates.filter((batch) => batch[index] === 'accepted').length,
      );
      expect(accepted).toEqual(Array(20).fill(1));
      expect(await open.store.count()).toBe(20);
    });

    test('any resent, reordered, overlapping batches leave each id once, as first written', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.array(
              fc.record({ index: fc.nat(11), shiftMs: fc.constantFrom(0, 0, 1, -1, 90_000) }),
              { minLength: 1, maxLength: 8 },
            ),
            { minLength: 1, maxLength: 8 },
          ),
          async (batches) => {
            await using open = await harness.fresh();
            const originals = Array.from({ length: 12 }, (_, index) =>
              // Two and two share a millisecond.
              stored(T0 + Math.floor(index / 2), index % 3 === 0 ? FULL : {}),
            );
            const firstWritten = new Map<string, StoredMeasurement>();
            for (const batch of batches) {
              const records = batch.map(({ index, shiftMs }) =>
                movedBy(originals[index] as StoredMeasurement, shiftMs),
              );
              const fates = await open.store.write(records);
              for (const [at, record] of records.entries()) {
                const { id } = record.measurement;
                expect(fates[at]).toBe(firstWritten.has(id) ? 'duplicate' : 'accepted');
                if (!firstWritten.has(id)) firstWritten.set(id, record);
              }
            }
            const read = await open.store.query({ locationId: '16SW03' });
            const byId = (a: StoredMeasurement, b: StoredMeasurement) =>
              a.measurement.id < b.measurement.id ? -1 : 1;
            expect([...read].sort(byId)).toEqual([...firstWritten.values()].sort(byId));
            expect(read.map((r) => r.startedAt)).toEqual(
              read.map((r) => r.startedAt).sort((a, b) => a - b),
            );
            expect(await open.store.count()).toBe(firstWritten.size);
          },
        ),
        { numRuns: 25 },
      );
    }, 60_000);

    test('latest is the newest without failure of each location', async () => {
      await using open = await harness.fresh();
      const old = stored(T0 - 90 * 86_400_000, {}, '00AA00');
      const newest = stored(T0 + 10, FULL);
      await open.store.write([newest, old, stored(T0), failedAt(T0 + 20, 'later')]);
      await open.store.write([failedAt(T0, 'only failures', '00BB00')]);
      expect(await open.store.latest()).toEqual(
        new Map([
          ['16SW03', newest],
          ['00AA00', old],
        ]),
      );
      const otherDevice = stored(T0 + 30, { deviceId: '9d0f1c7e-3a57-4f0b-8d5e-0b1f6a0b7c22' });
      await open.store.write([otherDevice]);
      expect((await open.store.latest()).get('16SW03')).toEqual(otherDevice);
    });

    test('has everything again after closing and opening', async () => {
      await using open = await harness.fresh();
      const records = [stored(T0, FULL), failedAt(T0 + 1, 'x'), stored(T0 + 2)];
      await open.store.write(records);
      const again = await open.reopen();
      expect(await again.query({ locationId: '16SW03' })).toEqual(records);
      expect(await again.write(records)).toEqual(Array(3).fill('duplicate'));
      expect((await again.latest()).get('16SW03')).toEqual(records[2]);
      expect(await again.count()).toBe(3);
    });

    test('rejects with store_unavailable while it cannot be reached, and goes on afterwards', async () => {
      await using open = await harness.fresh();
      const before = stored(T0);
      await open.store.write([before]);
      await open.makeUnavailable();
      const unavailable = { code: 'store_unavailable' };
      const record = stored(T0 + 1);
      await expect(open.store.write([record, before])).rejects.toMatchObject(unavailable);
      await expect(open.store.query({ locationId: '16SW03' })).rejects.toMatchObject(unavailable);
      await expect(pagesOf(open.store, T0, T0 + 9)).rejects.toMatchObject(unavailable);
      await expect(open.store.count()).rejects.toMatchObject(unavailable);
      await expect(open.store.ready()).rejects.toMatchObject(unavailable);
      const store = await open.makeAvailable();
      await store.ready();
      await store.write([movedBy(record, 500), before]);
      expect(await store.count()).toBe(2);
      expect(await store.write([record])).toEqual(['duplicate']);
    }, 60_000);

    test('refuses what it could not give back, and keeps on', async () => {
      await using open = await harness.fresh();
      const huge = stored(T0, {
        conditions: { ...FULL.conditions, server: 'x'.repeat(70_000) } as never,
      });
      await expect(open.store.write([huge])).rejects.toMatchObject({
        code: 'bad_request',
        message: expect.stringContaining('at most 60000'),
      });
      expect(await open.store.write([stored(T0)])).toEqual(['accepted']);
      expect(await open.store.count()).toBe(1);
    });

    test('makes a copy, or says how', async () => {
      await using open = await harness.fresh();
      await open.store.write([stored(T0)]);
      const target = join(open.folder, 'backup');
      await mkdir(target);
      const { files } = await open.store.backup(target);
      expect((await readdir(target)).map((name) => join(target, name))).toEqual(files);
      await expect(open.store.backup(files[0] ?? '')).rejects.toMatchObject({
        code: 'data_directory',
      });
    });
  });
}
