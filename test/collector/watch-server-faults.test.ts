// Faults of a measure server over real embedded stores: found, kept, and the verdicts they change.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { explain } from '#collector/assessment/explain.ts';
import { createJudge } from '#collector/assessment/series-judge.ts';
import type { Registry } from '#collector/registry/registry.ts';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import type { SeriesStore, StoredMeasurement } from '#collector/series/series.ts';
import { openSqliteSeries } from '#collector/series/sqlite.ts';
import { watchServerFaults } from '#collector/watch-server-faults.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { directionResult, measurementAt } from '#test/support/measurements.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const SERVER = 'http://meet.example:8081';
const DAY_MS = 86_400_000;
/** 03:00 in Amsterdam. */
const NIGHT = Date.parse('2026-03-20T02:00:00Z');
const LOCATIONS = Array.from({ length: 10 }, (_, index) => `16SW0${index}`);

let clock: FakeClock;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let registry: Registry;
let series: SeriesStore;
let devices: Map<string, string>;

beforeEach(async () => {
  clock = new FakeClock(NIGHT + 3_600_000);
  folder = await temporaryFolder();
  registry = await openSqliteRegistry({
    path: join(folder.path, 'registry.db'),
    clock,
    log: silentLog,
  });
  series = await openSqliteSeries({ path: join(folder.path, 'series.db') });
  const board = { id: '41234', name: 'Stichting A' };
  await registry.importLocations(
    [board],
    LOCATIONS.map((id) => ({ id, boardId: board.id, name: id })),
  );
  devices = new Map();
  for (const id of LOCATIONS) {
    const device = randomUUID();
    devices.set(id, device);
    await registry.addEnrolmentCode(device, id, clock.now() + DAY_MS);
    const properties = { name: id, position: 'off_path', publicKey: device } as const;
    await registry.enrol(device, { id: device, agentVersion: '1', ...properties }, clock.now());
  }
});
afterEach(async () => {
  await series[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** At a minute of its own of the night `ago` nights back. */
function testAt(locationId: string, ago: number, download: number, minutes = 0): StoredMeasurement {
  const index = LOCATIONS.indexOf(locationId);
  const startedAt = NIGHT - ago * DAY_MS + (index * 3 + minutes) * 60_000;
  const base = measurementAt(devices.get(locationId) ?? '', startedAt);
  return {
    ...{ locationId, startedAt, receivedAt: startedAt + 8_000 },
    measurement: {
      ...base,
      download: directionResult(download),
      conditions: {
        ...base.conditions,
        server: SERVER,
        idleLatency: { count: 10, lost: 0, minMs: 7, p50Ms: 8, p95Ms: 11 },
      },
    },
  };
}

const habit = (nights: number, from = 1) =>
  LOCATIONS.flatMap((id) =>
    Array.from({ length: nights }, (_, ago) => testAt(id, ago + from, 525)),
  );

function start({ failsOnce }: { failsOnce?: string } = {}) {
  let left = failsOnce;
  const judged: string[] = [];
  const real = createJudge({ registry, series, norm: () => NORM_500_40, clock, log: silentLog });
  const judge = {
    judge: async (id: string) => {
      judged.push(id);
      if (id === left) {
        left = undefined;
        throw new AppError('store_unavailable', 'away');
      }
      return real.judge(id);
    },
  };
  const changed: string[] = [];
  const events = { changed: (id: string) => void changed.push(id) };
  const watch = watchServerFaults({
    ...{ registry, series, judge, events, norm: NORM_500_40, clock, log: silentLog },
  });
  const stop = new AbortController();
  const running = watch.run(stop.signal, () => {});
  const turns = async () => {
    for (let turn = 0; turn < 60; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(10);
    }
  };
  return {
    judged,
    changed,
    turns,
    /** As ingest does: into the store, then told. */
    receive: async (records: readonly StoredMeasurement[]) => {
      await series.write(records);
      watch.stored(records);
    },
    round: async () => {
      await clock.advance(5 * 60_000);
      await turns();
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
      expect(clock.sleepers).toBe(0);
    },
  };
}

const standing = () => registry.serverFaults.find({ from: 0, to: Number.MAX_SAFE_INTEGER });

describe('a night on which the server is short', () => {
  test('is found when its tests come in, and all whose tests it touches are judged again', async () => {
    await series.write(habit(14));
    await using watch = start();
    await watch.turns();
    expect(await standing()).toEqual([]);
    await watch.receive(LOCATIONS.slice(0, 4).map((id) => testAt(id, 0, 200)));
    await watch.round();
    expect([await standing(), watch.judged]).toEqual([[], []]);

    await watch.receive(LOCATIONS.slice(4, 8).map((id) => testAt(id, 0, 200)));
    await watch.round();
    expect(await standing()).toMatchObject([
      { server: SERVER, direction: 'download', lines: 8, fallen: 8 },
    ]);
    expect(watch.judged.toSorted()).toEqual(LOCATIONS.slice(0, 8));
    expect(watch.changed.toSorted()).toEqual(LOCATIONS.slice(0, 8));
    // It grows by one: the others' tests are in it as before.
    watch.judged.length = 0;
    await watch.receive([testAt('16SW09', 0, 200, 30)]);
    await watch.round();
    expect(await standing()).toMatchObject([{ lines: 9, fallen: 9 }]);
    expect(watch.judged).toEqual(['16SW09']);
  });

  test('does not count against a line, in its verdict and in words', async () => {
    // Its line fell on the other nights as well: 21 fails make it `below` or not.
    const bad = Array.from({ length: 20 }, (_, ago) => testAt('16SW00', ago + 1, 200));
    await series.write([...habit(14).filter(({ locationId }) => locationId !== '16SW00'), ...bad]);
    await using watch = start();
    await watch.receive(LOCATIONS.map((id) => testAt(id, 0, 150)));
    await watch.turns();
    await watch.round();
    const verdict = await registry.verdict('16SW00');
    expect(verdict?.evidence).toMatchObject({ excluded: { server_limited: 1 }, tests: 21 });
    expect(verdict?.evidence.capacityIds).toHaveLength(20);
    if (verdict === undefined) throw new Error('no verdict');
    const texts = explain(verdict).reasons.map(({ text }) => text);
    expect(texts.some(({ nl }) => nl.includes('de meetserver vol zat of zelf tekortschoot'))).toBe(
      true,
    );
    expect(texts.some(({ en }) => en.includes('fell short itself'))).toBe(true);
  });

  test('is withdrawn when what came late shows that most did well', async () => {
    await series.write(habit(14));
    await using watch = start();
    await watch.turns();
    const short = LOCATIONS.slice(0, 5).map((id, index) => testAt(id, 0, 200, index * 3));
    await watch.receive(short);
    await watch.round();
    const [found] = await standing();
    expect(found).toMatchObject({ lines: 5, fallen: 5 });
    watch.judged.length = 0;
    // Five others, and the five again between their falls.
    const well = LOCATIONS.flatMap((id) => [1, 5, 9, 13].map((at) => testAt(id, 0, 525, at)));
    await watch.receive(well);
    await watch.round();
    expect(await standing()).toEqual([]);
    expect(watch.judged).toEqual(expect.arrayContaining(LOCATIONS.slice(0, 5)));
    const asThen = { from: 0, to: Number.MAX_SAFE_INTEGER, asOf: found?.foundAt ?? 0 };
    expect(await registry.serverFaults.find(asThen)).toMatchObject([{ id: found?.id }]);
  });

  test('is found from the store after a restart, and kept once', async () => {
    await series.write([...habit(14), ...LOCATIONS.map((id) => testAt(id, 0, 200))]);
    await using first = start();
    await first.turns();
    const [found] = await standing();
    expect(found).toMatchObject({ lines: 10 });
    await first[Symbol.asyncDispose]();
    await using second = start();
    await second.turns();
    expect(await standing()).toEqual([found]);
    // Its end may have been between the fault and the verdicts.
    expect(second.judged.toSorted()).toEqual(LOCATIONS);
  });

  test('is retried for who could not be judged, and not for a location that is no more', async () => {
    const gone = { ...testAt('16SW00', 0, 200), locationId: '99ZZ99' };
    await series.write([...habit(14), ...LOCATIONS.slice(1).map((id) => testAt(id, 0, 200)), gone]);
    await using watch = start({ failsOnce: '16SW05' });
    await watch.turns();
    expect(watch.judged).toContain('99ZZ99');
    expect(watch.changed).not.toContain('16SW05');
    watch.judged.length = 0;
    await watch.round();
    expect(watch.judged).toEqual(['16SW05']);
    expect(watch.changed).toContain('16SW05');
  });

  test('with one bad line is none', async () => {
    await series.write([
      ...habit(14),
      ...Array.from({ length: 12 }, (_, index) => testAt('16SW00', 0, 100, index * 2)),
      ...LOCATIONS.slice(1).map((id) => testAt(id, 0, 525)),
    ]);
    await using watch = start();
    await watch.turns();
    expect(await standing()).toEqual([]);
  });
});

test('whatever the order in which tests arrive, and the rounds between, the same faults stand', async () => {
  const nights = [
    ...LOCATIONS.slice(0, 7).map((id) => testAt(id, 0, 200)),
    ...LOCATIONS.slice(7).map((id) => testAt(id, 0, 525)),
    ...LOCATIONS.map((id) => testAt(id, 1, 180)),
    ...LOCATIONS.slice(0, 3).map((id) => testAt(id, 2, 150)),
    ...habit(14, 3),
  ];
  const outcomes: unknown[] = [];
  for (const seed of [1, 2, 3]) {
    const random = seededRandom(seed);
    const shuffled = nights
      .map((record) => ({ record, key: random.next() }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ record }) => record);
    await using watch = start();
    const known = (await standing()).map(({ id }) => ({ id }));
    await registry.serverFaults.revise([], known);
    for (let at = 0; at < shuffled.length; at += 40) {
      await watch.receive(shuffled.slice(at, at + 40));
      await watch.round();
    }
    const kept = (await standing()).map(({ id: _, foundAt: __, ...fault }) => fault);
    expect(kept.length).toBeGreaterThan(0);
    outcomes.push(kept);
    await watch[Symbol.asyncDispose]();
    await series[Symbol.asyncDispose]();
    series = await openSqliteSeries({ path: join(folder.path, `series-${seed}.db`) });
  }
  expect(outcomes[1]).toEqual(outcomes[0]);
  expect(outcomes[2]).toEqual(outcomes[0]);
}, 30_000);
