import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { validate } from 'node-cron';
import { expect, test } from 'vitest';
import { type CronSlot, timetable } from '#agent/schedule/timetable.ts';
import { DEFAULT_PLAN, type Plan } from '#shared/model/plan.ts';

const plans = fc
  .record({ quietPerDay: fc.nat(4), schoolPerDay: fc.nat(4) })
  .map(
    (counts): Plan => ({ ...DEFAULT_PLAN, throughput: { ...DEFAULT_PLAN.throughput, ...counts } }),
  );

test('every slot is a valid cron expression in its window, clear of the full hour', () => {
  fc.assert(
    fc.property(plans, fc.uuid(), (plan, deviceId) => {
      const slots = timetable(plan, deviceId);
      const { quietPerDay, schoolPerDay } = plan.throughput;
      expect(slots.length).toBe(7 * quietPerDay + 5 * schoolPerDay);
      for (const slot of slots) {
        const window = slot.kind === 'quiet' ? plan.norm.quietHours : plan.norm.schoolHours;
        expect(validate(slot.expression)).toBe(true);
        expect(slot.minuteOfDay).toBeGreaterThanOrEqual(window.fromHour * 60);
        expect(slot.minuteOfDay).toBeLessThan(window.toHour * 60);
        expect(Math.min(slot.minuteOfDay % 60, 60 - (slot.minuteOfDay % 60))).toBeGreaterThan(2);
        if (slot.kind === 'school') expect([1, 2, 3, 4, 5]).toContain(slot.weekday);
      }
    }),
  );
});

test('two tests of one device are at least 20 minutes apart', () => {
  fc.assert(
    fc.property(plans, fc.uuid(), (plan, deviceId) => {
      const times = timetable(plan, deviceId)
        .map(minuteOfWeek)
        .sort((a, b) => a - b);
      for (let i = 1; i < times.length; i += 1) {
        expect((times[i] ?? 0) - (times[i - 1] ?? 0)).toBeGreaterThanOrEqual(20);
      }
    }),
  );
});

test('9,000 devices are spread evenly: no minute of a night has more than three times its share', () => {
  const perMinute = new Map<number, number>();
  const devices = 9000;
  for (let i = 0; i < devices; i += 1) {
    for (const slot of timetable(DEFAULT_PLAN, randomUUID())) {
      if (slot.kind === 'quiet')
        perMinute.set(minuteOfWeek(slot), (perMinute.get(minuteOfWeek(slot)) ?? 0) + 1);
    }
  }
  const share = (7 * DEFAULT_PLAN.throughput.quietPerDay * devices) / perMinute.size;
  expect(perMinute.size).toBeGreaterThan(7 * 180);
  expect(Math.max(...perMinute.values())).toBeLessThan(3 * share);
  expect(Math.min(...perMinute.values())).toBeGreaterThan(share / 3);
});

test('a device keeps its times, and they differ from day to day and from its neighbour', () => {
  const device = '11111111-1111-4111-8111-111111111111';
  expect(timetable(DEFAULT_PLAN, device)).toEqual(timetable(DEFAULT_PLAN, device));
  const nights = timetable(DEFAULT_PLAN, device).filter(({ kind }) => kind === 'quiet');
  expect(new Set(nights.map(({ minuteOfDay }) => minuteOfDay)).size).toBeGreaterThan(4);
  expect(timetable(DEFAULT_PLAN, device)).not.toEqual(timetable(DEFAULT_PLAN, randomUUID()));
});

function minuteOfWeek({ weekday, minuteOfDay }: CronSlot): number {
  return weekday * 1440 + minuteOfDay;
}
