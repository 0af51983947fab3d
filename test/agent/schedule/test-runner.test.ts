import { expect, test } from 'vitest';
import type { MeasureRequest, Measurer, Progress } from '#agent/measure/measurer.ts';
import type { AgentState } from '#agent/schedule/agent-state.ts';
import { NOTHING_SPENT } from '#agent/schedule/budget.ts';
import { TestRunner } from '#agent/schedule/test-runner.ts';
import { createMemorySpool } from '#agent/spool/memory.ts';
import { type Measurement, measurementSchema } from '#shared/model/measurement.ts';
import { DEFAULT_PLAN, type Plan } from '#shared/model/plan.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { directionResult, measurementAt, uuidAt } from '#test/support/measurements.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { silentLog } from '#test/support/silent-log.ts';

const DEVICE = '7f4df3c4-6c2c-4f0e-9d0a-0f2d8a1b2c3d';
const TEST_MS = 5_000;
const KNOWN = {
  calibration: {
    ...{ downloadMbps: 3000, uploadMbps: 4000, at: '2026-11-23T10:00:00.000Z' },
    ...{ agentVersion: '0.1.0', nodeVersion: 'v24.21.0' },
  },
};

class Denied extends AppError {
  readonly retryAfterMs: number;
  constructor(retryAfterMs: number) {
    super('not_admitted', 'the measure server is taken');
    this.retryAfterMs = retryAfterMs;
  }
}

function bench(
  change: {
    plan?: Plan;
    denials?: number;
    results?: Partial<Measurement>[];
    progress?: Progress[];
    onMeasured?: (signal: AbortSignal) => void;
    state?: AgentState;
    offsetMs?: () => number | undefined;
  } = {},
) {
  const clock = new FakeClock();
  const spool = createMemorySpool({ maxBytes: 10_000_000 });
  const requests: MeasureRequest[] = [];
  const released: string[] = [];
  let [denials, running, most] = [change.denials ?? 0, 0, 0];
  const results = [...(change.results ?? [])];
  let state: AgentState = change.state ?? { spent: NOTHING_SPENT };
  const measurer: Measurer = {
    measure: async (request, signal, onProgress) => {
      requests.push(request);
      running += 1;
      most = Math.max(most, running);
      for (const progress of change.progress ?? []) onProgress?.(progress);
      await clock.sleep(TEST_MS);
      running -= 1;
      change.onMeasured?.(signal);
      return measurementAt(DEVICE, clock.now(), results.shift() ?? {});
    },
  };
  const runner = new TestRunner({
    deviceId: DEVICE,
    known: (server) => (server === 'http://192.0.2.1:8081' ? KNOWN : {}),
    slots: {
      requestSlot: async () => {
        if (denials > 0) {
          denials -= 1;
          throw new Denied(30_000);
        }
        return {
          slotId: `slot ${requests.length}`,
          server: 'http://192.0.2.1:8081',
          token: 'token',
          expiresAt: 0,
        };
      },
      releaseSlot: (slotId) => released.push(slotId),
      clockOffsetMs: change.offsetMs ?? (() => 12),
    },
    measurer,
    spool,
    plan: () => change.plan ?? DEFAULT_PLAN,
    state: {
      get: () => state,
      set: async (changed) => {
        state = changed;
      },
    },
    clock,
    random: seededRandom(3),
    log: silentLog,
    newId: () => uuidAt(clock.now()),
    agentVersion: '0.1.0',
    nodeVersion: 'v24.0.0',
  });
  const spooled = async () => (await spool.read(100)).map(({ measurement }) => measurement);
  return { clock, runner, requests, released, spooled, most: () => most, state: () => state };
}

const quiet = new AbortController().signal;

test('a test has its slot, goes to the spool, gives the slot back and is remembered', async () => {
  const { clock, runner, requests, released, spooled, state } = bench();
  const running = runner.run('timetable', quiet);
  await clock.advance(TEST_MS);
  const measurement = await running;
  expect(requests[0]).toMatchObject({
    known: KNOWN,
    server: 'http://192.0.2.1:8081',
    token: 'token',
    clockOffsetMs: 12,
  });
  expect(await spooled()).toEqual([measurement]);
  expect(released).toEqual(['slot 0']);
  expect(state().lastTestAt).toBe(measurement?.startedAt);
  expect(state().spent.dayBytes).toBe(
    (measurement?.download?.bytes ?? 0) + (measurement?.upload?.bytes ?? 0),
  );
});

test('never two at once', async () => {
  const { clock, runner, spooled, most } = bench();
  const all = [
    runner.run('timetable', quiet),
    runner.run('timetable', quiet),
    runner.run('first', quiet),
  ];
  await clock.advance(TEST_MS);
  expect((await Promise.all(all)).filter((measurement) => measurement !== undefined)).toHaveLength(
    1,
  );
  expect(most()).toBe(1);
  expect(await spooled()).toHaveLength(1);
});

test('a denial is waited out as the collector asks', async () => {
  const { clock, runner, requests } = bench({ denials: 2 });
  const running = runner.run('timetable', quiet);
  await clock.advance(59_000);
  expect(requests).toHaveLength(0);
  await clock.advance(2_000 + TEST_MS);
  expect((await running)?.failure).toBeUndefined();
});

test('denied for ten minutes, the test is recorded as not made', async () => {
  const { clock, runner, spooled } = bench({ denials: 1000 });
  const running = runner.run('timetable', quiet);
  await clock.advance(11 * 60_000);
  expect((await running)?.failure).toMatchObject({ code: 'not_admitted' });
  const [record] = await spooled();
  expect(measurementSchema.safeParse(record).error).toBeUndefined();
});

test('a spent budget is recorded as a test not made, and costs nothing', async () => {
  const spent = { day: '2026-03-02', dayBytes: DEFAULT_PLAN.budget.dayBytes, monthBytes: 0 };
  const { runner, requests } = bench({ state: { spent } });
  expect((await runner.run('timetable', quiet))?.failure).toMatchObject({ code: 'over_budget' });
  expect(requests).toHaveLength(0);
});

const BROKEN: Partial<Measurement> = {
  download: directionResult(520, { bytes: 160_000_000 }),
  upload: undefined as never,
  failure: { code: 'connection_reset', operation: 'upload', message: 'reset' },
};
// 40 Mbit/s for 2 s are 10 MB.
const MOVED: Progress[] = [
  { phase: 'latency' },
  { phase: 'download', elapsedMs: 2_400, goodput: 530, streams: 4 },
  { phase: 'upload', elapsedMs: 1_000, goodput: 38, streams: 2 },
  { phase: 'upload', elapsedMs: 2_000, goodput: 40, streams: 2 },
];

test('a test that broke off is charged what it had moved', async () => {
  const { clock, runner, state } = bench({ progress: MOVED, results: [BROKEN] });
  const running = runner.run('timetable', quiet);
  await clock.advance(TEST_MS);
  await running;
  expect(state().spent).toMatchObject({ dayBytes: 170_000_000, monthBytes: 170_000_000 });
});

test('a test that a power cut ends is charged all that it could have cost', async () => {
  const { clock, runner, state } = bench();
  const running = runner.run('timetable', quiet);
  await clock.advance(1_000);
  // What the disk has at this moment is what the next start finds.
  expect(state().spent.dayBytes).toBe(DEFAULT_PLAN.budget.testBytes);
  await clock.advance(TEST_MS);
  const measurement = await running;
  expect(state().spent.dayBytes).toBe(
    (measurement?.download?.bytes ?? 0) + (measurement?.upload?.bytes ?? 0),
  );
});

test('a near fail that a restart came between is still run again, unless it is too old', async () => {
  const nearly = directionResult(450, { outcome: 'fail', provisional: true });
  const stop = new AbortController();
  const first = bench({ results: [{ download: nearly }] });
  const running = first.runner.run('timetable', stop.signal);
  await first.clock.advance(TEST_MS + 30_000);
  stop.abort(new Error('stopping'));
  await running;
  const kept = first.state();
  const [measured] = await first.spooled();
  expect(kept.toConfirm?.id).toBe(measured?.id);

  const second = bench({ state: kept });
  const resumed = second.runner.resume(quiet);
  await second.clock.advance(250_000 + TEST_MS);
  await resumed;
  expect(second.requests.map(({ confirms }) => confirms)).toEqual([measured?.id]);
  expect(second.state().toConfirm).toBeUndefined();

  const late = bench({ state: kept });
  await late.clock.advance(3 * 3_600_000);
  await late.runner.resume(quiet);
  expect(late.requests).toEqual([]);
  expect(late.state().toConfirm).toBeUndefined();
});

test('a test that our own end stopped is charged, and otherwise forgotten', async () => {
  const stop = new AbortController();
  const { clock, runner, spooled, released, state } = bench({
    progress: MOVED,
    results: [{ ...BROKEN, failure: { code: 'stopped', operation: 'test', message: 'stopped' } }],
    onMeasured: () => stop.abort(new Error('stopping')),
  });
  const running = runner.run('timetable', stop.signal);
  await clock.advance(TEST_MS);
  expect(await running).toBeUndefined();
  expect(await spooled()).toEqual([]);
  expect(released).toEqual(['slot 0']);
  expect(state()).toEqual({ spent: expect.objectContaining({ dayBytes: 170_000_000 }) });
});

test('a fail near the norm is run again, more than two minutes later, and names what it confirms', async () => {
  const nearly = directionResult(450, { outcome: 'fail', provisional: true });
  const { clock, runner, requests, spooled } = bench({
    results: [{ download: nearly }, { download: nearly }],
  });
  const running = runner.run('timetable', quiet);
  await clock.advance(TEST_MS + 120_000);
  expect(requests).toHaveLength(1);
  await clock.advance(130_000 + TEST_MS);
  await running;
  const [first, second, ...more] = await spooled();
  expect(more).toEqual([]);
  expect(requests[1]?.confirms).toBe(first?.id);
  expect(second).toBeDefined();
});

test('a confirming run waits for a test that is under way instead of being left out', async () => {
  const nearly = directionResult(450, { outcome: 'fail', provisional: true });
  const { clock, runner, requests, spooled } = bench({ results: [{ download: nearly }] });
  const first = runner.run('timetable', quiet);
  // The longest wait before a confirming run; a test of the timetable begins just before its end.
  for (let waitedMs = 0; waitedMs < 260_000; waitedMs += 3_000) {
    await clock.advance(3_000);
    if (requests.length === 1 && waitedMs > 110_000) void runner.run('timetable', quiet);
  }
  await first;
  expect(requests.filter(({ confirms }) => confirms !== undefined)).toHaveLength(1);
  expect((await spooled()).length).toBe(requests.length);
});

test('a test without figures is not taken for a first measurement', async () => {
  const { runner, state } = bench({
    state: { spent: { day: '2026-03-02', dayBytes: DEFAULT_PLAN.budget.dayBytes, monthBytes: 0 } },
  });
  await runner.run('first', quiet);
  expect(state().lastTestAt).toBeDefined();
  expect(state().lastMeasuredAt).toBeUndefined();
});

test('stopped while it waits for a slot, nothing is recorded and nothing left waiting', async () => {
  const { clock, runner, spooled } = bench({ denials: 1000 });
  const stop = new AbortController();
  const running = runner.run('timetable', stop.signal);
  await clock.advance(10_000);
  stop.abort(new Error('stopping'));
  expect(await running).toBeUndefined();
  expect(await spooled()).toEqual([]);
  expect(clock.sleepers).toBe(0);
});

test('what goes aside waits for no test, gives way to one, and never runs beside one', async () => {
  const { clock, runner, spooled, most } = bench();
  const log: string[] = [];
  const work = async (signal: AbortSignal) => {
    log.push('aside begins');
    await clock.sleep(60_000, signal).catch(() => {});
    log.push(signal.aborted ? 'aside gave way' : 'aside done');
    return signal.aborted ? undefined : 'probed';
  };
  const first = runner.aside(work, quiet);
  expect(await runner.aside(work, quiet)).toBeUndefined();
  await clock.advance(60_000);
  expect(await first).toBe('probed');

  const second = runner.aside(work, quiet);
  await clock.advance(30_000);
  const running = runner.run('timetable', quiet);
  await clock.advance(TEST_MS);
  expect(await second).toBeUndefined();
  expect((await running)?.failure).toBeUndefined();
  expect(log).toEqual(['aside begins', 'aside done', 'aside begins', 'aside gave way']);

  const third = runner.run('timetable', quiet);
  expect(await runner.aside(work, quiet)).toBeUndefined();
  await clock.advance(TEST_MS);
  await third;
  expect(most()).toBe(1);
  expect(await spooled()).toHaveLength(2);
});

test('a device that wakes up in 1970: the offset of the test is the one known by its slot, and the month’s bytes stay spent', async () => {
  let isConnected = false;
  const wrongByMs = -Date.parse('2026-03-01T00:00:00Z');
  const spent = { day: '2026-03-02', dayBytes: 1_000_000_000, monthBytes: 30_000_000_000 };
  const at = bench({
    state: { spent },
    denials: 1,
    // Nothing is known before there is a connection, which the first asking waits for.
    offsetMs: () => (isConnected ? wrongByMs : undefined),
  });
  at.clock.step(wrongByMs);
  const running = at.runner.run('first', quiet);
  await at.clock.advance(1_000);
  isConnected = true;
  await at.clock.advance(60_000);
  expect((await running)?.failure).toBeUndefined();
  expect(at.requests[0]?.clockOffsetMs).toBe(wrongByMs);
  const { day, dayBytes, monthBytes } = at.state().spent;
  expect(day).toBe('2026-03-02');
  expect(dayBytes).toBeGreaterThan(spent.dayBytes);
  expect(monthBytes - spent.monthBytes).toBe(dayBytes - spent.dayBytes);
});

test('what hangs aside holds up no test, and is left behind in the end', async () => {
  const { clock, runner } = bench();
  const hung = runner.aside(() => new Promise(() => {}), quiet).catch((error: unknown) => error);
  await clock.advance(60_000);
  const running = runner.run('timetable', quiet);
  await clock.advance(10_000 + TEST_MS);
  expect((await running)?.failure).toBeUndefined();
  await clock.advance(5 * 60_000);
  expect(await hung).toMatchObject({ code: 'internal_error' });
  expect(await runner.aside(async () => 'probed', quiet)).toBe('probed');
  expect(clock.sleepers).toBe(0);
});
