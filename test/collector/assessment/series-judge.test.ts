// The judge over real embedded stores.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Evidence, NO_EVIDENCE } from '#collector/assessment/evidence.ts';
import { gather } from '#collector/assessment/gather.ts';
import { retrace } from '#collector/assessment/judge-again.ts';
import { NO_HOLIDAYS, schoolHolidays } from '#collector/assessment/school-holidays.ts';
import { createJudge, type JudgeOptions } from '#collector/assessment/series-judge.ts';
import { gatherPack, type PackAsked } from '#collector/evidence-pack/gather-pack.ts';
import type { SeriesQuery, SeriesStore } from '#collector/series/series.ts';
import { openSqliteSeries } from '#collector/series/sqlite.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { availabilityRecord, measurementAt } from '#test/support/measurements.ts';
import { type OpenRegistry, openTestRegistry } from '#test/support/registry.ts';
import { silentLog } from '#test/support/silent-log.ts';

const LOCATION = '16SW03';
const DEVICE = '3f0c8f5e-54a0-4b8e-9d43-6a1f0a4b8f11';
const OTHER = '4f0c8f5e-54a0-4b8e-9d43-6a1f0a4b8f22';
const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-03-20T17:00:00Z');

let clock: FakeClock;
let opened: OpenRegistry;
let series: SeriesStore;
beforeEach(async () => {
  clock = new FakeClock(NOW);
  opened = await openTestRegistry(clock);
  series = await openSqliteSeries({ path: join(opened.folder, 'series.db') });
});
afterEach(async () => {
  await series[Symbol.asyncDispose]();
  await opened[Symbol.asyncDispose]();
});

const norm = () => NORM_500_40;
const judgeWith = (change: Partial<JudgeOptions> = {}) =>
  createJudge({ series, registry: opened.registry, norm, clock, log: silentLog, ...change });

/** At 03:10 of the `day`th last night. */
async function measureAt(
  day: number,
  locationId = LOCATION,
  device = DEVICE,
  time = '02:10',
): Promise<void> {
  const startedAt = Date.parse(`2026-03-20T${time}:00Z`) - day * DAY_MS;
  const measurement = measurementAt(device, startedAt);
  const idleLatency = { count: 10, lost: 0, minMs: 7, p50Ms: 8, p95Ms: 11 };
  const conditions = { ...measurement.conditions, idleLatency };
  await series.write([
    { measurement: { ...measurement, conditions }, locationId, startedAt, receivedAt: startedAt },
  ]);
}

async function addDevice(id = DEVICE, lineId?: string): Promise<void> {
  await opened.registry.addEnrolmentCode(`CODE ${id}`, LOCATION, NOW + DAY_MS, lineId);
  const device = { id, name: 'kast', position: 'off_path', publicKey: `key ${id}` } as const;
  await opened.registry.enrol(`CODE ${id}`, { ...device, agentVersion: '0' }, NOW - 60 * DAY_MS);
}

/** Of a location with one line. */
async function evidenceAt(now = NOW): Promise<Evidence> {
  const found = await gather({ series, registry: opened.registry }, LOCATION, norm(), now);
  expect(found).toHaveLength(1);
  return found[0]?.evidence ?? NO_EVIDENCE;
}

describe('gather', () => {
  test('takes the window of this location alone, both ends included', async () => {
    await addDevice();
    await measureAt(0);
    await measureAt(27);
    await measureAt(29);
    await measureAt(1, '16SW04');
    const evidence = await evidenceAt();
    expect(evidence.tests.map(({ quiet }) => quiet)).toEqual(['presumed', 'presumed']);
    const first = evidence.tests[0]?.startedAt ?? 0;
    const edge = first + 28 * DAY_MS;
    const atEdge = await evidenceAt(edge);
    expect(atEdge.tests).toHaveLength(2);
    const past = await evidenceAt(edge + 1);
    expect(past.tests).toHaveLength(1);
  });

  test('knows the last test also when the window is empty, and the devices’ last sign', async () => {
    await addDevice();
    await measureAt(40);
    await opened.registry.recordContact(DEVICE, { at: NOW - DAY_MS });
    const evidence = await evidenceAt();
    expect(evidence.tests).toEqual([]);
    expect(evidence.lastTestAt).toBe(Date.parse('2026-03-20T02:10:00Z') - 40 * DAY_MS);
    expect(evidence.devices).toEqual([{ id: DEVICE, lastSignAt: NOW - DAY_MS }]);
  });

  test('asks the devices’ watch why there is no result, and only then', async () => {
    await addDevice();
    const startedAt = NOW - 3 * DAY_MS;
    const failed = measurementAt(DEVICE, startedAt);
    const { download: _down, upload: _up, ...rest } = failed;
    const failure = { code: 'connect_timed_out', operation: 'connect', message: 'x' } as const;
    const down = Array.from({ length: 40 }, (_, hour) =>
      availabilityRecord(DEVICE, startedAt + hour * 3_600_000, 3_600_000, { state: 'line_down' }),
    );
    const measurements = [{ ...rest, failure }, ...down];
    await series.write(
      measurements.map((measurement) => {
        const at = Date.parse(measurement.startedAt);
        return { measurement, locationId: LOCATION, startedAt: at, receivedAt: NOW };
      }),
    );
    const verdict = await judgeWith().judge(LOCATION);
    expect(verdict.reasons[0]).toMatchObject({
      rule: 'line_down',
      detail: { hours: 40, since: new Date(startedAt).toISOString() },
    });
    // The watch is kept with the verdict: what comes in later does not change what it was given by.
    const stores = { series, registry: opened.registry };
    expect(await retrace(stores, LOCATION, verdict)).toMatchObject({ result: 'reproduced' });
    await measureAt(0);
    const asked: (string | undefined)[] = [];
    const query = (wanted: SeriesQuery) => {
      asked.push(wanted.kind);
      return series.query(wanted);
    };
    expect((await judgeWith({ series: { query } }).judge(LOCATION)).outcome).toBe('inconclusive');
    expect(asked).toEqual(['throughput']);
  });

  test('asks the watch of a line’s own devices alone', async () => {
    const [main] = await opened.registry.lines(LOCATION);
    clock.step(1);
    const facts = { name: '4G', role: 'backup', kind: 'mobile' } as const;
    const backup = await opened.registry.addLine(LOCATION, facts);
    await addDevice(DEVICE, main?.id);
    await addDevice(OTHER, backup.id);
    const startedAt = NOW - 3 * DAY_MS;
    const records = [
      availabilityRecord(DEVICE, startedAt, 6 * 3_600_000, { state: 'line_down' }),
      availabilityRecord(OTHER, startedAt, 5 * 3_600_000),
    ];
    await series.write(
      records.map((measurement) => ({
        ...{ measurement, locationId: LOCATION, startedAt, receivedAt: NOW },
      })),
    );
    const found = await gather({ series, registry: opened.registry }, LOCATION, norm(), NOW);
    // Both lines are of the same moment, so they come in either order.
    const watches = found.map(({ line, evidence: { watch } }) => [line.name, watch] as const);
    expect(Object.fromEntries(watches)).toMatchObject({
      hoofdlijn: { upMs: 0, lineDownMs: 6 * 3_600_000, lineDownSince: startedAt },
      '4G': { upMs: 5 * 3_600_000, lineDownMs: 0 },
    });
  });

  test('of a location that nothing is known of is empty', async () => {
    const evidence = await evidenceAt();
    const plannedPerDay = DEFAULT_PLAN.throughput.quietPerDay;
    expect(evidence).toEqual({ tests: [], devices: [], plannedPerDay });
  });

  test('parts the tests by line, also the one last before the window', async () => {
    const { id: main } = (await opened.registry.lines(LOCATION))[0] ?? { id: '' };
    clock.step(1);
    const facts = { name: '4G', role: 'backup', kind: 'mobile' } as const;
    const { id: backup } = await opened.registry.addLine(LOCATION, facts);
    await addDevice(DEVICE, main);
    await addDevice(OTHER, backup);
    await measureAt(1);
    await measureAt(2);
    await measureAt(40, LOCATION, OTHER);
    await measureAt(1, LOCATION, '9f0c8f5e-54a0-4b8e-9d43-6a1f0a4b8f99');
    const read = async () => {
      const found = await gather({ series, registry: opened.registry }, LOCATION, norm(), NOW);
      return found.map(({ line, evidence: { tests, devices, lastTestAt } }) => ({
        line: line.name,
        tests: tests.map(({ deviceId }) => deviceId),
        devices: devices.map(({ id }) => id),
        lastDay: Math.round((NOW - (lastTestAt ?? 0)) / DAY_MS - 0.6),
      }));
    };
    const hoofdlijn = { line: 'hoofdlijn', tests: [DEVICE, DEVICE], devices: [DEVICE], lastDay: 1 };
    expect(await read()).toEqual([
      hoofdlijn,
      { line: '4G', tests: [], devices: [OTHER], lastDay: 40 },
    ]);
    await opened.registry.endLine(backup, clock.now());
    expect(await read()).toEqual([hoofdlijn]);
  });
});

describe('judge', () => {
  test('keeps the verdict that it returns and says that the location changed', async () => {
    await addDevice();
    for (let day = 0; day < 20; day += 1) await measureAt(day);
    const changed: string[] = [];
    const verdict = await judgeWith({ events: { changed: (id) => changed.push(id) } }).judge(
      LOCATION,
    );
    expect(verdict).toMatchObject({ outcome: 'meets', judgedAt: '2026-03-20T17:00:00.000Z' });
    expect(verdict.evidence.capacityIds).toHaveLength(20);
    expect(await opened.registry.verdict(LOCATION)).toEqual(verdict);
    expect(changed).toEqual([LOCATION]);
  });

  test('judges by the norm of the moment', async () => {
    await addDevice();
    for (let day = 0; day < 20; day += 1) await measureAt(day);
    let current = NORM_500_40;
    const judge = judgeWith({ norm: () => current });
    expect((await judge.judge(LOCATION)).normVersion).toBe(NORM_500_40.version);
    current = { ...NORM_500_40, version: '500/40-strict', minTests: 21 };
    expect(await judge.judge(LOCATION)).toMatchObject({
      outcome: 'inconclusive',
      normVersion: '500/40-strict',
    });
    expect(await opened.registry.verdictHistory(LOCATION)).toHaveLength(2);
  });

  test('rejects for an unknown location, and again can be asked', async () => {
    const judge = judgeWith();
    await expect(judge.judge('99ZZ99')).rejects.toMatchObject({ code: 'not_found' });
    await expect(judge.judge('99ZZ99')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a location with two main lines', () => {
  test('meets the norm once both do, and each line keeps its own verdict', async () => {
    const { id: first } = (await opened.registry.lines(LOCATION))[0] ?? { id: '' };
    const facts = { name: 'bijgebouw', role: 'main', kind: 'fibre' } as const;
    const { id: second } = await opened.registry.addLine(LOCATION, facts);
    await addDevice(DEVICE, first);
    for (let day = 0; day < 20; day += 1) await measureAt(day);
    const judge = judgeWith();
    expect(await judge.judge(LOCATION)).toMatchObject({
      outcome: 'inconclusive',
      reasons: [
        { rule: 'line_without_data', detail: { line: 'bijgebouw', lines: 2 } },
        { rule: 'no_device' },
        { rule: 'disqualified' },
      ],
    });
    const outcomes = async () => {
      const verdicts = await opened.registry.lineVerdicts(LOCATION);
      return [first, second].map((id) => verdicts.get(id)?.outcome);
    };
    expect(await outcomes()).toEqual(['meets', 'no_data']);
    await addDevice(OTHER, second);
    for (let day = 0; day < 20; day += 1) await measureAt(day, LOCATION, OTHER);
    expect(await judge.judge(LOCATION)).toMatchObject({ outcome: 'meets' });
    expect(await outcomes()).toEqual(['meets', 'meets']);
    expect(await opened.registry.lineVerdicts('16SW04')).toEqual(new Map());
  });
});

test('a line that went on at another location brings its evidence, also what came under the old code', async () => {
  await addDevice();
  for (let day = 1; day < 20; day += 1) await measureAt(day);
  await opened.registry.changeLocations(() => ({
    result: undefined,
    changes: {
      ...{ boards: [], reopened: [], closed: [] },
      locations: [{ id: '20CD00', boardId: '41234', name: 'Nieuw' }],
      merged: [{ from: LOCATION, to: '20CD00', at: NOW }],
    },
  }));
  await measureAt(0);
  const verdict = await judgeWith().judge(LOCATION);
  expect(verdict).toMatchObject({ outcome: 'meets' });
  expect(verdict.evidence.tests).toBe(20);
  expect(await opened.registry.verdict('20CD00')).toEqual(verdict);
  expect(await opened.registry.verdict(LOCATION)).toBeUndefined();
});

describe('requests for one location while it is judged', () => {
  test('lead to exactly one more run, which sees what came in between', async () => {
    await addDevice();
    const runs = countedRuns();
    const judge = judgeWith({ series: runs.series });
    const first = judge.judge(LOCATION);
    await measureAt(0);
    const later = [judge.judge(LOCATION), judge.judge(LOCATION), judge.judge(LOCATION)];
    runs.release();
    const [before, ...after] = await Promise.all([first, ...later]);
    expect(runs.started).toBe(2);
    expect(runs.mostAtOnce).toBe(1);
    expect(before.evidence.tests).toBe(0);
    expect(after.map(({ evidence }) => evidence.tests)).toEqual([1, 1, 1]);
    await judge.judge(LOCATION);
    expect(runs.started).toBe(3);
  });

  test('run on after one that failed', async () => {
    const runs = countedRuns({ failFirst: true });
    const judge = judgeWith({ series: runs.series });
    const first = judge.judge(LOCATION);
    const second = judge.judge(LOCATION);
    runs.release();
    await expect(first).rejects.toThrow('the store is away');
    expect((await second).outcome).toBe('no_data');
  });

  test('do not hold up another location', async () => {
    const runs = countedRuns();
    const judge = judgeWith({ series: runs.series });
    const first = judge.judge(LOCATION);
    expect((await judge.judge('16SW04')).outcome).toBe('no_data');
    runs.release();
    await first;
  });
});

/** The real store, of which the first location's first reading is held until it is released. */
function countedRuns({ failFirst = false } = {}) {
  const gate = Promise.withResolvers<void>();
  let atOnce = 0;
  const runs = {
    started: 0,
    mostAtOnce: 0,
    release: () => gate.resolve(),
    series: {
      query: async (query: SeriesQuery) => {
        // The looks for an earlier test and at the watch belong to the run that is going on.
        const isRun = query.from !== undefined && query.kind === 'throughput';
        if (query.locationId !== LOCATION || !isRun) return series.query(query);
        runs.started += 1;
        atOnce += 1;
        runs.mostAtOnce = Math.max(runs.mostAtOnce, atOnce);
        const isFirst = runs.started === 1;
        const read = await series.query(query);
        if (isFirst) await gate.promise;
        atOnce -= 1;
        if (isFirst && failFirst) throw new Error('the store is away');
        return read;
      },
    },
  };
  return runs;
}

describe('school holidays', () => {
  const holidays = schoolHolidays({
    ...{ noord: [{ from: '2026-03-16', to: '2026-03-20' }], everywhere: [], municipalities: {} },
    midden: [{ from: '2026-01-01', to: '2026-01-02' }],
    zuid: [
      { from: '2025-10-11', to: '2025-10-19' },
      { from: '2026-03-09', to: '2026-03-13' },
    ],
  });

  test('of the location’s own region are no school days, and are kept with the verdict', async () => {
    await addDevice();
    // At eleven in the morning of each day of two school weeks.
    for (let day = 0; day < 14; day += 1) await measureAt(day, LOCATION, DEVICE, '10:00');
    const always = await judgeWith().judge(LOCATION);
    expect(always.evidence.useIds).toHaveLength(10);
    expect(always.basis?.holidays).toEqual([]);
    // De Peelschool is in Noord-Brabant, region zuid.
    const verdict = await judgeWith({ holidays }).judge(LOCATION);
    expect(verdict.evidence.useIds).toHaveLength(5);
    expect(verdict.basis?.holidays).toEqual([{ from: '2026-03-09', to: '2026-03-13' }]);
    const stores = { series, registry: opened.registry };
    expect(await retrace(stores, LOCATION, verdict)).toMatchObject({ result: 'reproduced' });
  });

  test('hold for a pack that is judged anew, and for the tests from before its window', async () => {
    await addDevice();
    for (let day = 0; day < 14; day += 1) await measureAt(day, LOCATION, DEVICE, '10:00');
    await judgeWith({ holidays }).judge(LOCATION);
    const location = await opened.registry.location(LOCATION);
    if (location === undefined) throw new Error('it was imported');
    const pack = async (asked: PackAsked, known = holidays) => {
      const options = { norm: norm(), holidays: known, now: clock.now(), collectorVersion: '0' };
      const input = await gatherPack(
        { series, registry: opened.registry },
        location,
        asked,
        options,
      );
      const tests = input.lines[0]?.inPeriod.tests ?? [];
      return [
        input.verdict.evidence.useIds.length,
        tests.filter(({ inSchoolHours }) => inSchoolHours).length,
      ];
    };
    expect(await pack({ to: NOW })).toEqual([5, 5]);
    // The kept verdict's own holidays, whatever the file says since.
    expect(await pack({}, NO_HOLIDAYS)).toEqual([5, 5]);
    // On a Monday and a Tuesday in October, and on a Tuesday before the window that is none.
    for (const day of [158, 157, 45]) await measureAt(day, LOCATION, DEVICE, '10:00');
    expect(await pack({ from: NOW - 200 * DAY_MS })).toEqual([5, 6]);
  });
});
