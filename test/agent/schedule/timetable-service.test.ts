// The timetable on node-cron, whose own clock is moved by vitest's.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CronSlot } from '#agent/schedule/timetable.ts';
import { createTimetableService } from '#agent/schedule/timetable-service.ts';
import { DEFAULT_PLAN, type Plan } from '#shared/model/plan.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { silentLog } from '#test/support/silent-log.ts';

const DEVICE = '7f4df3c4-6c2c-4f0e-9d0a-0f2d8a1b2c3d';
/** A Monday; in Amsterdam an hour later. */
const START = Date.parse('2026-03-02T00:00:00.000Z');
const HOUR = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

function withTests(quietPerDay: number, schoolPerDay: number): Plan {
  return { ...DEFAULT_PLAN, throughput: { mode: 'check', quietPerDay, schoolPerDay } };
}

function bench(onSlot: (slot: CronSlot) => Promise<unknown> = async () => {}) {
  const made: { kind: string; hour: number; at: number }[] = [];
  const service = createTimetableService({
    deviceId: DEVICE,
    plan: withTests(2, 2),
    onSlot: (slot) => {
      const hour = ((Date.now() / HOUR) % 24) + 1;
      made.push({ kind: slot.kind, hour, at: Date.now() });
      return onSlot(slot);
    },
    clock: systemClock,
    log: silentLog,
  });
  const stop = new AbortController();
  const over = service.run(stop.signal, () => {});
  return {
    service,
    made,
    end: async () => {
      stop.abort();
      await over;
    },
  };
}

test('a week has its tests, each in its window of local time and when it was announced', async () => {
  const { service, made, end } = bench();
  const announced = service.next(3);
  await vi.advanceTimersByTimeAsync(7 * 24 * HOUR);
  expect(made.filter(({ kind }) => kind === 'quiet')).toHaveLength(14);
  expect(made.filter(({ kind }) => kind === 'school')).toHaveLength(10);
  for (const { kind, hour } of made) {
    expect(hour).toBeGreaterThanOrEqual(kind === 'quiet' ? 1 : 8);
    expect(hour).toBeLessThan(kind === 'quiet' ? 5 : 17);
  }
  const toTheSecond = (ms: number) => Math.floor(ms / 1000);
  expect(made.slice(0, 3).map(({ at }) => toTheSecond(at))).toEqual(announced.map(toTheSecond));
  await end();
});

test('a clock that is set leaves no test at the wrong time: the times are reckoned anew', async () => {
  const { service, made, end } = bench();
  await vi.advanceTimersByTimeAsync(60_000);
  vi.setSystemTime(START + 1.5 * HOUR);
  await vi.advanceTimersByTimeAsync(60_000);
  const announced = service.next(2);
  const before = service.turns();
  await vi.advanceTimersByTimeAsync(24 * HOUR);
  const toTheSecond = (ms: number) => Math.floor(ms / 1000);
  expect(made.slice(0, 2).map(({ at }) => toTheSecond(at))).toEqual(announced.map(toTheSecond));
  expect(service.turns()).toBe(before + made.length);
  await end();
});

test('a changed plan takes effect at once, the same plan changes nothing', async () => {
  const { service, made, end } = bench();
  const before = service.next(50);
  service.apply(withTests(2, 2));
  expect(service.next(50)).toEqual(before);
  service.apply(withTests(0, 1));
  expect(service.next(50)).toHaveLength(5);
  await vi.advanceTimersByTimeAsync(7 * 24 * HOUR);
  expect(made.map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => 'school'));
  await end();
});

test('a test that throws is not the last; after the end none is made and no timer is left', async () => {
  const { made, end } = bench(async () => {
    throw new Error('the spool is full');
  });
  await vi.advanceTimersByTimeAsync(24 * HOUR);
  expect(made).toHaveLength(4);
  await end();
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(24 * HOUR);
  expect(made).toHaveLength(4);
});

test('a test that is under way at the end is waited for', async () => {
  const result = Promise.withResolvers<void>();
  const { made, end } = bench(() => result.promise);
  await vi.advanceTimersByTimeAsync(24 * HOUR);
  expect(made.length).toBeGreaterThan(0);
  let isOver = false;
  const over = end().then(() => {
    isOver = true;
  });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(isOver).toBe(false);
  result.resolve();
  await over;
});
