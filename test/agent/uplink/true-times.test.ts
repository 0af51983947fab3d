// Times of a board without a battery, from its spool to the collector's correction.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTimetableService } from '#agent/schedule/timetable-service.ts';
import { createMemorySpool } from '#agent/spool/memory.ts';
import { trueClock } from '#agent/uplink/true-clock.ts';
import { withTrueTimes } from '#agent/uplink/true-times.ts';
import { correctClock } from '#collector/ingest/correct-clock.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { measurementAt } from '#test/support/measurements.ts';
import { silentLog } from '#test/support/silent-log.ts';

const TRUE_START = Date.parse('2026-03-02T08:00:00.000Z');
const DEVICE = randomUUID();

/** A wall clock that is wrong and gets set, beside the collector's, which is right. */
function world(wall: number) {
  const clock = new FakeClock(wall);
  const state = { isKnown: false };
  const trueNow = () => TRUE_START + clock.monotonicMs();
  const spool = withTrueTimes(createMemorySpool({ maxBytes: 10_000_000 }), {
    clock,
    clockOffsetMs: () => (state.isKnown ? clock.now() - trueNow() : undefined),
  });
  const measure = async (durationMs: number, stepMs = 0): Promise<number> => {
    const [at, startedAt] = [trueNow(), new Date(clock.now()).toISOString()];
    await clock.advance(durationMs);
    clock.step(stepMs);
    const { conditions, ...rest } = measurementAt(DEVICE, 0);
    const { clockOffsetMs: _, ...unknown } = conditions;
    await spool.append({ ...rest, id: randomUUID(), startedAt, durationMs, conditions: unknown });
    return at;
  };
  /** As the collector corrects them. */
  const delivered = async () => {
    state.isKnown = true;
    const records = await spool.read(1_000);
    return records.map(({ measurement }: { measurement: Measurement }) =>
      correctClock({
        startedAt: Date.parse(measurement.startedAt),
        testOffsetMs: measurement.conditions.clockOffsetMs,
        sessionOffsetMs: clock.now() - trueNow(),
        receivedAt: trueNow(),
      }),
    );
  };
  return { clock, spool, measure, delivered };
}

test('made in 1970, sent when NTP has set the clock: the collector has the true time', async () => {
  const { clock, measure, delivered } = world(300_000);
  const first = await measure(60_000);
  await clock.advance(3_600_000);
  const second = await measure(30_000, TRUE_START - 1_000_000);
  await clock.advance(7_200_000);
  const third = await measure(60_000);
  const found = await delivered();
  expect(found.map(({ source }) => source)).toEqual(['clock', 'clock', 'clock']);
  for (const [index, at] of [first, second, third].entries()) {
    expect(Math.abs((found[index]?.startedAt ?? 0) - at)).toBeLessThan(1_000);
  }
});

test('however often and wherever the clock is set, each is within seconds of its true time', async () => {
  const event = fc.record({
    stepMs: fc.integer({ min: -2_000_000_000_000, max: 2_000_000_000_000 }),
    isDuring: fc.boolean(),
    durationMs: fc.integer({ min: 0, max: 600_000 }),
    pauseMs: fc.integer({ min: 0, max: 86_400_000 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.nat(2_000_000_000_000),
      fc.array(event, { maxLength: 8 }),
      async (wall, events) => {
        const { clock, measure, delivered } = world(wall);
        const truth: number[] = [];
        for (const { stepMs, isDuring, durationMs, pauseMs } of events) {
          await clock.advance(pauseMs);
          if (!isDuring) clock.step(stepMs);
          truth.push(await measure(durationMs, isDuring ? stepMs : 0));
        }
        const found = await delivered();
        expect(found).toHaveLength(truth.length);
        for (const [index, at] of truth.entries()) {
          expect(found[index]?.source).toBe('clock');
          expect(Math.abs((found[index]?.startedAt ?? 0) - at)).toBeLessThanOrEqual(10_001);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('what knew its offset keeps it; what is delivered is forgotten', async () => {
  const { spool, delivered } = world(TRUE_START);
  const known = measurementAt(DEVICE, TRUE_START, {});
  const conditions = { ...known.conditions, clockOffsetMs: 77 };
  await spool.append({ ...known, conditions });
  await delivered();
  const [record] = await spool.read(1);
  expect(record?.measurement.conditions.clockOffsetMs).toBe(77);
  await spool.ack(record?.position ?? -1);
  expect(spool.stats().records).toBe(0);
});

test('a clock that nothing ever sets: once the collector’s time is known, tests come in their hours', async () => {
  const HOUR = 3_600_000;
  const clock = new FakeClock(TRUE_START - 1_000 * 24 * HOUR - 7 * HOUR);
  const wrongByMs = clock.now() - TRUE_START;
  let offset: number | undefined;
  const hours: { kind: string; hour: number }[] = [];
  const trueTime = trueClock(clock, () => offset);
  const service = createTimetableService({
    ...{ deviceId: DEVICE, plan: DEFAULT_PLAN, clock: trueTime, log: silentLog },
    onSlot: async ({ kind }) => {
      // In Amsterdam, in winter.
      hours.push({ kind, hour: (((clock.now() - wrongByMs) / HOUR) % 24) + 1 });
    },
  });
  const stop = new AbortController();
  const over = service.run(stop.signal, () => {});
  await clock.advance(600_000);
  offset = wrongByMs;
  await clock.advance(7 * 24 * HOUR);
  stop.abort(new Error('over'));
  await over;
  expect(hours.filter(({ kind }) => kind === 'quiet')).toHaveLength(14);
  for (const { kind, hour } of hours) {
    expect(hour).toBeGreaterThanOrEqual(kind === 'quiet' ? 1 : 8);
    expect(hour).toBeLessThan(kind === 'quiet' ? 5 : 17);
  }
});
