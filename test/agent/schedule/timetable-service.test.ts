// The timetable on a clock that a test moves, and steps.
import { expect, test } from 'vitest';
import type { CronSlot } from '#agent/schedule/timetable.ts';
import { createTimetableService } from '#agent/schedule/timetable-service.ts';
import { DEFAULT_PLAN, type Plan } from '#shared/model/plan.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { silentLog } from '#test/support/silent-log.ts';

const DEVICE = '7f4df3c4-6c2c-4f0e-9d0a-0f2d8a1b2c3d';
/** A Monday; in Amsterdam an hour later. */
const START = Date.parse('2026-03-02T00:00:00.000Z');
const HOUR = 3_600_000;

function withTests(quietPerDay: number, schoolPerDay: number): Plan {
  return { ...DEFAULT_PLAN, throughput: { mode: 'check', quietPerDay, schoolPerDay } };
}

function bench(onSlot: (slot: CronSlot) => Promise<unknown> = async () => {}) {
  const made: { kind: string; hour: number; at: number }[] = [];
  const clock = new FakeClock(START);
  const service = createTimetableService({
    deviceId: DEVICE,
    plan: withTests(2, 2),
    onSlot: (slot) => {
      const hour = ((clock.now() / HOUR) % 24) + 1;
      made.push({ kind: slot.kind, hour, at: clock.now() });
      return onSlot(slot);
    },
    ...{ clock, log: silentLog },
  });
  const stop = new AbortController();
  const over = service.run(stop.signal, () => {});
  return {
    ...{ clock, service, made },
    end: async () => {
      stop.abort();
      await over;
    },
  };
}

test('a week has its tests, each in its window of local time and when it was announced', async () => {
  const { clock, service, made, end } = bench();
  const announced = service.next(3);
  await clock.advance(7 * 24 * HOUR);
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

test('a changed plan takes effect at once, the same plan changes nothing', async () => {
  const { clock, service, made, end } = bench();
  const before = service.next(50);
  service.apply(withTests(2, 2));
  expect(service.next(50)).toEqual(before);
  service.apply(withTests(0, 1));
  const [monday = 0, , , , , again = 0] = service.next(6);
  expect(again - monday).toBe(7 * 24 * HOUR);
  await clock.advance(7 * 24 * HOUR);
  expect(made.map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => 'school'));
  await end();
});

test('a test that throws is not the last; after the end none is made and no timer is left', async () => {
  const { clock, made, end } = bench(async () => {
    throw new Error('the spool is full');
  });
  await clock.advance(24 * HOUR);
  expect(made).toHaveLength(4);
  await end();
  expect(clock.sleepers).toBe(0);
  await clock.advance(24 * HOUR);
  expect(made).toHaveLength(4);
});

test('a test that is under way at the end is waited for', async () => {
  const result = Promise.withResolvers<void>();
  const { clock, made, end } = bench(() => result.promise);
  await clock.advance(24 * HOUR);
  expect(made.length).toBeGreaterThan(0);
  let isOver = false;
  const over = end().then(() => {
    isOver = true;
  });
  await clock.advance(1_000);
  expect(isOver).toBe(false);
  result.resolve();
  await over;
});

test('a clock that is set: back a little brings no slot again, over a slot leaves it out', async () => {
  const { clock, service, made, end } = bench();
  const [first = 0, second = 0, third = 0] = service.next(3);
  const turns = service.turns();
  await clock.advance(first - clock.now() + 500);
  expect(service.turns()).toBe(turns + 1);
  clock.step(-2_000);
  await clock.advance(10 * 60_000);
  expect(made).toHaveLength(1);
  clock.step(second + HOUR - clock.now());
  await clock.advance(10 * 60_000);
  expect(made).toHaveLength(1);
  expect(service.turns()).toBe(turns + 2);
  await clock.advance(third - clock.now() + 1_000);
  expect(made).toHaveLength(2);
  await end();
});

test('a board that wakes up in 1970 and then learns the time goes by the time it learned', async () => {
  const { clock, service, made, end } = bench();
  clock.step(-START);
  await clock.advance(3 * 60_000);
  clock.step(START);
  const [first = 0] = service.next(1);
  await clock.advance(first - clock.now() + 1_000);
  expect(made.filter(({ at }) => at > HOUR * 24 * 365).map(({ at }) => at)).toEqual([first]);
  await end();
});
