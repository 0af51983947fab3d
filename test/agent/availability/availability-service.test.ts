import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import {
  type AvailabilityOptions,
  createAvailabilityService,
} from '#agent/availability/availability-service.ts';
import { type KeptStretch, type StretchKeeper, watchFile } from '#agent/availability/watch-file.ts';
import { createMemorySpool } from '#agent/spool/memory.ts';
import type { Pulse } from '#agent/uplink/uplink-service.ts';
import type { LineLook } from '#shared/model/availability.ts';
import { type Measurement, measurementSchema } from '#shared/model/measurement.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { uuidAt } from '#test/support/measurements.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PING_MS = 25_000;
const T0 = Date.parse('2026-03-02T08:00:00.000Z');
const ALL_SILENT: LineLook = {
  port: { name: 'eth0', carrier: true, hasAddress: true, wireless: false },
  gateway: 'answers',
  gatewaySide: 'location',
  dns: 'not_asked',
  targets: [
    { kind: 'collector', name: '198.51.100.1:443', answers: false, code: 'ETIMEDOUT' },
    { kind: 'measure_server', name: '198.51.100.9:8081', answers: false, code: 'ETIMEDOUT' },
  ],
};

/** Outlives the agents of a test, as a disk does. */
let kept: KeptStretch | undefined;
let writes = 0;
const keeper: StretchKeeper = {
  read: async () => kept,
  write: async (stretch) => {
    writes += 1;
    kept = stretch;
  },
  remove: async () => {
    kept = undefined;
  },
};
beforeEach(async () => {
  [kept, writes] = [undefined, 0];
});

/** A world with one line: pings and probes see it as it is. */
class World {
  readonly clock: FakeClock;
  readonly spool = createMemorySpool({ maxBytes: 10_000_000 });
  offsetMs: number | undefined = 0;
  sleptMs = 0;
  bootId = 'boot-1';
  probes = 0;
  learned = 0;
  isLineUp: boolean;
  isCollectorUp = true;
  #answeredMs: number | undefined;
  #sent: number[] = [];
  #stopPings: () => void;

  constructor(clock = new FakeClock(T0), isLineUp = true) {
    this.clock = clock;
    this.isLineUp = isLineUp;
    this.#ping();
    this.#stopPings = clock.every(PING_MS, () => this.#ping());
  }

  #ping(): void {
    const now = this.clock.monotonicMs();
    if (this.isLineUp && this.isCollectorUp) {
      this.#answeredMs = now;
      this.#sent = [];
    } else if (this.isConnected) {
      this.#sent.push(now);
    }
  }

  /** Two pings in vain and the connection is given up; a collector that stops says so. */
  get isConnected(): boolean {
    return this.isCollectorUp && this.#sent.length <= 2;
  }

  get pulse(): Pulse {
    const [oldest] = this.#sent;
    return {
      isConnected: this.isConnected,
      ...(this.#answeredMs === undefined ? {} : { answeredMs: this.#answeredMs }),
      ...(oldest === undefined ? {} : { unansweredSinceMs: oldest }),
    };
  }

  start(change: Partial<AvailabilityOptions> = {}) {
    const { clock, spool } = this;
    const stop = new AbortController();
    const service = createAvailabilityService({
      keeper,
      uplink: {
        pulse: () => this.pulse,
        clockOffsetMs: () => this.offsetMs,
        drained: async () => {},
      },
      spool,
      probe: async () => {
        this.probes += 1;
        if (!this.isLineUp) return ALL_SILENT;
        const targets = ALL_SILENT.targets.map((target) => ({
          ...target,
          answers: this.isCollectorUp || target.kind === 'measure_server',
        }));
        return { ...ALL_SILENT, gateway: 'not_asked', targets };
      },
      learn: async () => {
        this.learned += 1;
      },
      files: {
        read: (path) =>
          path === '/proc/uptime'
            ? `${(clock.monotonicMs() + this.sleptMs) / 1000} 0.00`
            : path.endsWith('boot_id')
              ? `${this.bootId}\n`
              : undefined,
      },
      ...{ clock, log: silentLog, newId: () => uuidAt(clock.now()) },
      deviceId: '7f4df3c4-6c2c-4f0e-9d0a-0f2d8a1b2c3d',
      collector: 'https://meetnet.example.nl',
      position: 'off_path',
      agentVersion: '0.1.0',
      nodeVersion: 'v24.21.0',
      ...change,
    });
    const running = service.run(stop.signal, () => {});
    return async () => {
      stop.abort(new Error('stopping'));
      await running;
    };
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  async records(): Promise<Measurement[]> {
    const records = (await this.spool.read(1000)).map(({ measurement }) => measurement);
    for (const record of records) expect(measurementSchema.parse(record)).toEqual(record);
    return records;
  }

  endPings(): void {
    this.#stopPings();
  }
}

const told = (records: readonly Measurement[], offsetMs = 0) =>
  records.map(({ availability, startedAt, durationMs }) => [
    availability?.state,
    (Date.parse(startedAt) - offsetMs - T0) / 1000,
    durationMs / 1000,
    availability?.ended,
  ]);

test('while the collector answers nothing is sent, and six hours up are one record', async () => {
  const world = new World();
  const stop = world.start();
  await world.advance(7 * HOUR);
  expect(world.probes).toBe(0);
  expect(world.learned).toBe(8);
  expect(told(await world.records())).toEqual([['up', 0, 6 * 3600, 'continues']]);
  await stop();
  expect(told(await world.records()).at(-1)).toEqual(['up', 6 * 3600, 3600, 'stopped']);
  expect(kept).toBeUndefined();
});

test('an outage of two minutes is one record, with its true times and what was seen', async () => {
  const world = new World();
  const stop = world.start();
  await world.advance(10 * MINUTE);
  world.isLineUp = false;
  await world.advance(2 * MINUTE);
  world.isLineUp = true;
  await world.advance(10 * MINUTE);
  await stop();
  const records = await world.records();
  // Down from 600 s; the ping of 600 s was the last answered one, that of 625 s the first in vain.
  expect(told(records)).toMatchObject([
    ['up', 0, 625, 'changed'],
    ['line_down', 625, expect.closeTo(100, -2), 'changed'],
    ['up', expect.any(Number), expect.any(Number), 'stopped'],
  ]);
  const [, down, back] = records;
  expect(down?.availability).toMatchObject({ startUncertaintyMs: 25_000, evidence: ALL_SILENT });
  const backAt = (Date.parse(back?.startedAt ?? '') - T0) / 1000;
  expect(backAt).toBeGreaterThanOrEqual(720);
  expect(backAt).toBeLessThanOrEqual(745);
  expect(world.probes).toBeLessThanOrEqual(8);
});

test('a collector that stops is no outage of the line', async () => {
  const world = new World();
  const stop = world.start();
  await world.advance(5 * MINUTE);
  world.isCollectorUp = false;
  await world.advance(5 * MINUTE);
  world.isCollectorUp = true;
  await world.advance(5 * MINUTE);
  await stop();
  expect((await world.records()).map(({ availability }) => availability?.state)).toEqual([
    'up',
    'collector_down',
    'up',
  ]);
});

test('looks slow down to one a minute while the line stays down', async () => {
  const world = new World(undefined, false);
  const stop = world.start();
  await world.advance(HOUR);
  expect(world.probes).toBeGreaterThan(55);
  expect(world.probes).toBeLessThan(75);
  await stop();
});

test('a wrong clock that is set in an outage: the times are right once the collector is there', async () => {
  const wrongByMs = -30 * 365 * 24 * HOUR;
  const clock = new FakeClock(T0 + wrongByMs);
  const world = new World(clock, false);
  world.offsetMs = undefined;
  const stop = world.start();
  await world.advance(3 * HOUR);
  expect(await world.records()).toEqual([]);
  world.isLineUp = true;
  await world.advance(10_000);
  clock.step(-wrongByMs + 1_234);
  world.offsetMs = 1_234;
  await world.advance(10 * MINUTE);
  await stop();
  const records = await world.records();
  expect(new Set(records.map(({ conditions }) => conditions.clockOffsetMs))).toEqual(
    new Set([1_234]),
  );
  const rows = told(records, 1_234);
  expect(rows.map(([state]) => state)).toEqual(['line_down', 'line_down', 'line_down', 'up']);
  // Each begins where the one before ended.
  for (const [index, [, sinceS, lastsS]] of rows.slice(0, -1).entries()) {
    expect(Number(sinceS) + Number(lastsS)).toBe(rows[index + 1]?.[1]);
  }
  expect(Number(rows[3]?.[1])).toBeGreaterThanOrEqual(3 * 3600);
  expect(Number(rows[3]?.[1])).toBeLessThanOrEqual(3 * 3600 + 60);
});

test.each([
  ['killed', 'boot-1'],
  ['restarted', 'boot-2'],
] as const)(
  'an agent that was %s leaves what it saw until at most five minutes before',
  async (ended, bootId) => {
    const world = new World();
    // Never stopped: its clock stands still for it from here on, as for a killed process.
    world.start();
    await world.advance(21 * MINUTE);
    world.endPings();
    expect(await world.records()).toEqual([]);

    const later = new World(new FakeClock(T0 + 40 * MINUTE));
    later.bootId = bootId;
    const stop = later.start();
    await later.advance(5 * MINUTE);
    await stop();
    const records = await later.records();
    expect(told(records)).toEqual([
      ['up', 0, expect.any(Number), ended],
      ['up', 40 * 60, 5 * 60, 'stopped'],
    ]);
    expect(records[0]?.durationMs).toBeGreaterThanOrEqual(15 * MINUTE);
    expect(records[0]?.durationMs).toBeLessThanOrEqual(21 * MINUTE);
  },
  60_000,
);

test('a device that slept claims nothing for that time, and dates what was before rightly', async () => {
  const world = new World();
  const stop = world.start();
  await world.advance(10 * MINUTE);
  // The monotonic clock stands still while it sleeps.
  world.clock.step(2 * HOUR);
  world.sleptMs = 2 * HOUR;
  await world.advance(10 * MINUTE);
  await stop();
  expect(told(await world.records())).toEqual([
    ['up', 0, 600, 'paused'],
    ['up', 600 + 7200 + 25, 575, 'stopped'],
  ]);
});

test('an agent that is stopped between two ticks tells of the last answer', async () => {
  const world = new World();
  await world.advance(2_000);
  const stop = world.start();
  // Ticks are at 2, 7 … 22 s; the ping of 25 s is answered after the last of them.
  await world.advance(24_000);
  await stop();
  expect(told(await world.records())).toEqual([['up', 0, 25, 'stopped']]);
});

test('a disk that is full loses nothing of the watch', async () => {
  const world = new World();
  let isFull = true;
  const append = (measurement: Measurement) =>
    isFull ? Promise.reject(new Error('no space')) : world.spool.append(measurement);
  const stop = world.start({ spool: { append } });
  await world.advance(5 * MINUTE);
  world.isLineUp = false;
  await world.advance(5 * MINUTE);
  world.isLineUp = true;
  await world.advance(5 * MINUTE);
  isFull = false;
  await world.advance(MINUTE);
  expect((await world.records()).map(({ availability }) => availability?.state)).toEqual([
    'up',
    'line_down',
  ]);
  await stop();
});

test('idle, the file of the open stretch is written every quarter of an hour', async () => {
  const world = new World();
  const stop = world.start();
  await world.advance(HOUR);
  expect(writes).toBeGreaterThanOrEqual(4);
  expect(writes).toBeLessThanOrEqual(6);
  await stop();
});

test('what is open outlives the process on disk; a spoilt file is no file', async () => {
  await using folder = await temporaryFolder();
  const file = watchFile(folder.path);
  expect(await file.read()).toBeUndefined();
  const stretch = {
    ...{ id: uuidAt(T0), state: 'line_down' as const, startedAt: T0, durationMs: 61_000 },
    ...{ looks: 3, evidence: ALL_SILENT, clockOffsetMs: -12.5, startUncertaintyMs: 0 },
  };
  await file.write({ bootId: 'boot-1', stretch });
  expect(await watchFile(folder.path).read()).toEqual({ bootId: 'boot-1', stretch });
  await writeFile(join(folder.path, 'watch.json'), '{"stretch":{"id":"x"');
  expect(await file.read()).toBeUndefined();
  await file.remove();
  await file.remove();
});
