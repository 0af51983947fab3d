// Ingest on a real SQLite series store; only the judge and faults of the store are stand-ins.
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Judge } from '#collector/assessment/judge.ts';
import { createIngest } from '#collector/ingest/ingest.ts';
import { createLiveEvents } from '#collector/live.ts';
import { openRawStore, type RawTest } from '#collector/series/raw.ts';
import type { SeriesStore } from '#collector/series/series.ts';
import { openSqliteSeries } from '#collector/series/sqlite.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { recordFateSchema } from '#shared/wire/uplink.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { directionResult, measurementAt } from '#test/support/measurements.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const DEVICE = { id: '3f0c8f5e-54a0-4b8e-9d43-6a1f0a4b8f11', locationId: '16SW03' };
const OTHER_DEVICE = '9d0f1c7e-3a57-4f0b-8d5e-0b1f6a0b7c22';

async function scene(
  change: { judge?: Judge['judge']; faulty?: (store: SeriesStore) => SeriesStore } = {},
) {
  const folder = await temporaryFolder();
  const clock = new FakeClock();
  const store = await openSqliteSeries({ path: join(folder.path, 'series.db') });
  const raw = await openRawStore(folder.path);
  const events = createLiveEvents();
  const changed: string[] = [];
  events.subscribe((locationId) => changed.push(locationId));
  const judged: string[] = [];
  const ingest = createIngest({
    series: change.faulty?.(store) ?? store,
    raw,
    judge: {
      judge: async (locationId) => {
        judged.push(locationId);
        return change.judge?.(locationId) ?? ({} as Verdict);
      },
    },
    events,
    clock,
    log: silentLog,
  });
  return {
    ingest,
    store,
    raw,
    clock,
    judged,
    changed,
    send: (measurements: readonly unknown[], clockOffsetMs?: number) =>
      ingest.ingest(
        DEVICE,
        measurements.map((measurement, position) => ({ position: position + 100, measurement })),
        { clockOffsetMs },
      ),
    [Symbol.asyncDispose]: async () => {
      await ingest.settled();
      await store[Symbol.asyncDispose]();
      await raw[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A store that fails while `isDown` says so, before or after the write itself. */
function failing(store: SeriesStore, isDown: () => boolean, when: 'before' | 'after'): SeriesStore {
  return {
    write: async (records) => {
      if (isDown() && when === 'before') throw new AppError('store_unavailable', 'down');
      const fates = await store.write(records);
      if (isDown()) throw new AppError('store_unavailable', 'down');
      return fates;
    },
    query: (query) => store.query(query),
    tests: (span) => store.tests(span),
    latest: () => store.latest(),
    count: () => store.count(),
    ready: () => store.ready(),
    backup: (directory) => store.backup(directory),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

test('accepts once, then knows it; a new verdict and an event follow', async () => {
  await using at = await scene();
  const measurement = measurementAt(DEVICE.id, at.clock.now() - 5_000);
  expect(await at.send([measurement])).toEqual([{ position: 100, fate: 'accepted' }]);
  await at.ingest.settled();
  expect(at.judged).toEqual(['16SW03']);
  expect(at.changed).toEqual(['16SW03']);
  expect(await at.send([measurement])).toEqual([{ position: 100, fate: 'duplicate' }]);
  expect(await at.store.query({ locationId: '16SW03' })).toEqual([
    {
      measurement,
      locationId: '16SW03',
      startedAt: at.clock.now() - 5_000,
      receivedAt: at.clock.now(),
    },
  ]);
});

test('stores the corrected time, and the same test once whatever its correction', async () => {
  await using at = await scene();
  const agentTime = at.clock.now() + 3_600_000;
  const measurement = measurementAt(DEVICE.id, agentTime);
  await at.send([measurement], 3_600_000 + 90_000);
  expect(await at.send([measurement], 3_600_000)).toMatchObject([{ fate: 'duplicate' }]);
  const [stored] = await at.store.query({ locationId: '16SW03' });
  expect(stored?.startedAt).toBe(at.clock.now() - 90_000);
  expect(stored?.measurement.startedAt).toBe(new Date(at.clock.now() - 90_000).toISOString());
});

test('an absurd time is kept at its arrival, flagged, and not lost', async () => {
  await using at = await scene();
  const lost = measurementAt(DEVICE.id, Date.parse('1970-01-01T00:10:00Z'), { flags: ['wifi'] });
  const early = measurementAt(DEVICE.id, at.clock.now() + 10 * 86_400_000, {
    flags: ['clock_unsynced'],
  });
  expect(await at.send([lost, early])).toMatchObject([{ fate: 'accepted' }, { fate: 'accepted' }]);
  const stored = await at.store.query({ locationId: '16SW03' });
  for (const record of stored) expect(record.startedAt).toBe(at.clock.now());
  expect(stored.map((r) => r.measurement.flags).sort()).toEqual([
    ['clock_unsynced'],
    ['wifi', 'clock_unsynced'],
  ]);
});

test('rejects alone what can never be stored, and says where and why', async () => {
  await using at = await scene();
  const good = measurementAt(DEVICE.id, at.clock.now());
  const fates = await at.send([
    { ...good, durationMs: 'long' },
    measurementAt(OTHER_DEVICE, at.clock.now()),
    good,
    'no measurement',
    { ...good, id: '3f0c8f5e-54a0-4b8e-9d43-6a1f0a4b8f11' },
    { ...good, download: undefined },
    { ...good, download: { ...good.download, goodput: -1, interval: [1], x: 'y'.repeat(5_000) } },
  ]);
  expect(fates.map(({ fate }) => fate)).toEqual([
    'rejected',
    'rejected',
    'accepted',
    'rejected',
    'rejected',
    'rejected',
    'rejected',
  ]);
  expect(fates.map(({ position }) => position)).toEqual([100, 101, 102, 103, 104, 105, 106]);
  const reasons = fates.map(({ reason }) => reason);
  expect(reasons[0]).toMatch(/^durationMs: .*number/);
  expect(reasons[1]).toMatch(/^deviceId: is 9d0f.*device 3f0c/);
  expect(reasons[3]).toMatch(/^measurement: /);
  expect(reasons[4]).toMatch(/^id: /);
  expect(reasons[5]).toContain('both directions');
  expect(reasons[6]).toMatch(/download\.goodput: .*; download\.interval/);
  expect(await at.store.count()).toBe(1);
});

test('a reason is never longer than the wire allows', async () => {
  await using at = await scene();
  const flags = Array.from({ length: 9 }, () => 'x'.repeat(3_000));
  const [fate] = await at.send([{ ...measurementAt(DEVICE.id, at.clock.now()), flags }]);
  expect(recordFateSchema.parse(fate).fate).toBe('rejected');
});

test('an id in capitals is the same id', async () => {
  await using at = await scene();
  const measurement = measurementAt(DEVICE.id, at.clock.now());
  const fates = await at.send([
    measurement,
    { ...measurement, id: measurement.id.toUpperCase(), deviceId: DEVICE.id.toUpperCase() },
  ]);
  expect(fates.map(({ fate }) => fate)).toEqual(['accepted', 'duplicate']);
});

for (const when of ['before', 'after'] as const) {
  test(`a store that fails ${when} its write: keep, nothing judged; sent again, each once`, async () => {
    let isDown = true;
    await using at = await scene({ faulty: (store) => failing(store, () => isDown, when) });
    const batch = [
      measurementAt(DEVICE.id, at.clock.now()),
      { not: 'a measurement' },
      measurementAt(DEVICE.id, at.clock.now()),
    ];
    expect((await at.send(batch)).map(({ fate }) => fate)).toEqual(['keep', 'rejected', 'keep']);
    await at.ingest.settled();
    expect(at.judged).toEqual([]);
    isDown = false;
    const again = (await at.send(batch)).map(({ fate }) => fate);
    const expected = when === 'before' ? 'accepted' : 'duplicate';
    expect(again).toEqual([expected, 'rejected', expected]);
    expect(await at.store.count()).toBe(2);
    await at.ingest.settled();
    expect(at.judged).toEqual(['16SW03']);
  });
}

test('a judge that fails holds up nothing and is asked again with the next', async () => {
  let isBroken = true;
  await using at = await scene({
    judge: async () => {
      if (isBroken) throw new Error('broken');
      return {} as Verdict;
    },
  });
  const next = () => measurementAt(DEVICE.id, at.clock.now());
  expect(await at.send([next()])).toMatchObject([{ fate: 'accepted' }]);
  await at.ingest.settled();
  expect(at.changed).toEqual(['16SW03']);
  isBroken = false;
  await at.ingest.ingest(
    { id: DEVICE.id, locationId: '00AA00' },
    [{ position: 0, measurement: next() }],
    {},
  );
  await at.ingest.settled();
  expect(at.judged).toEqual(['16SW03', '16SW03', '00AA00']);
});

test('a judge that hangs does not hold up acknowledgements; what waits is judged once', async () => {
  const gate = Promise.withResolvers<Verdict>();
  await using at = await scene({ judge: () => gate.promise });
  for (let batch = 0; batch < 5; batch += 1) {
    expect(await at.send([measurementAt(DEVICE.id, at.clock.now())])).toMatchObject([
      { fate: 'accepted' },
    ]);
  }
  expect(at.judged).toEqual(['16SW03']);
  gate.resolve({} as Verdict);
  await at.ingest.settled();
  expect(at.judged).toEqual(['16SW03', '16SW03']);
});

test('any way of sending leaves each valid measurement once, and every record has its fate', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.nat(9), { minLength: 1, maxLength: 6 }), { maxLength: 8 }),
      fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      fc.constantFrom('before' as const, 'after' as const),
      async (batches, outages, when) => {
        let isDown = false;
        await using at = await scene({ faulty: (store) => failing(store, () => isDown, when) });
        // Odd ones can never be stored.
        const pool = Array.from({ length: 10 }, (_, index) =>
          measurementAt(index % 2 === 0 ? DEVICE.id : OTHER_DEVICE, at.clock.now() - index * 1000),
        );
        const done = new Set<number>();
        const accepted: number[] = [];
        for (const [turn, batch] of batches.entries()) {
          isDown = outages[turn] ?? false;
          const fates = await at.send(batch.map((index) => pool[index]));
          expect(fates.length).toBe(batch.length);
          for (const [place, { fate }] of fates.entries()) {
            const index = batch[place] ?? 0;
            expect(fate === 'rejected').toBe(index % 2 === 1);
            if (fate === 'accepted') accepted.push(index);
            if (fate === 'accepted' || fate === 'duplicate') done.add(index);
            if (fate === 'keep') expect(isDown).toBe(true);
          }
        }
        expect(new Set(accepted).size).toBe(accepted.length);
        const ids = (await at.store.query({ locationId: '16SW03' })).map((r) => r.measurement.id);
        expect(new Set(ids).size).toBe(ids.length);
        for (const index of done) expect(ids).toContain(pool[index]?.id);
        const sent = batches.flat().filter((index) => index % 2 === 0);
        for (const id of ids) expect(sent.map((index) => pool[index]?.id)).toContain(id);
      },
    ),
    { numRuns: 40 },
  );
});

test('raw counters are kept once and apart, whatever is sent again', async () => {
  await using at = await scene();
  const raw = {
    rule: {
      mode: 'check',
      ...{ required: 473, provisionalShare: 0.8, confidence: 0.95 },
      ...{ streams: 4, rttMs: 3, maxBytes: 1e9, limitMs: 10_000 },
    },
    payloadShare: 1448 / 1500,
    samples: 'AAAA',
  } as const;
  const measurement = measurementAt(DEVICE.id, at.clock.now() - 5_000, {
    download: directionResult(520, { raw }),
  });
  const plain = measurementAt(DEVICE.id, at.clock.now() - 4_000);
  expect((await at.send([measurement, plain])).map(({ fate }) => fate)).toEqual([
    ...['accepted', 'accepted'],
  ]);
  await at.send([measurement], 40);
  const stored = await at.store.query({ locationId: '16SW03' });
  const { raw: _raw, ...withoutRaw } = measurement.download ?? directionResult(520);
  expect(stored[0]?.measurement.download).toEqual(withoutRaw);
  const kept: RawTest[] = [];
  for await (const test of at.raw.read({})) kept.push(test);
  expect(kept).toHaveLength(1);
  expect(kept[0]).toMatchObject({ id: measurement.id, locationId: '16SW03', download: { raw } });
});
