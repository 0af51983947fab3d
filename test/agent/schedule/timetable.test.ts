import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { validate } from 'node-cron';
import { expect, test } from 'vitest';
import { type CronSlot, timetable } from '#agent/schedule/timetable.ts';
import { DEFAULT_PLAN, type Plan } from '#shared/model/plan.ts';

const plans = fc
  .record({ quietPerDay: fc.nat(8), schoolPerDay: fc.nat(8) })
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
        .map(secondOfWeek)
        .sort((a, b) => a - b);
      for (let i = 1; i < times.length; i += 1) {
        expect((times[i] ?? 0) - (times[i - 1] ?? 0)).toBeGreaterThanOrEqual(20 * 60);
      }
    }),
  );
});

const windows = fc
  .tuple(fc.integer({ min: 0, max: 24 }), fc.integer({ min: 0, max: 24 }))
  .map(([fromHour, toHour]) => ({ fromHour, toHour }));

test('whatever hours the norm has, also narrow, overlapping or turned round, no rule is broken', () => {
  fc.assert(
    fc.property(plans, windows, windows, fc.uuid(), (plan, quietHours, schoolHours, deviceId) => {
      const hours = { quietHours, schoolHours };
      const slots = timetable({ ...plan, norm: { ...plan.norm, ...hours } }, deviceId);
      for (const { kind, expression, minuteOfDay } of slots) {
        const { fromHour, toHour } = kind === 'quiet' ? quietHours : schoolHours;
        expect(validate(expression)).toBe(true);
        expect(minuteOfDay).toBeGreaterThanOrEqual(fromHour * 60);
        expect(minuteOfDay).toBeLessThan(toHour * 60);
        expect(Math.min(minuteOfDay % 60, 60 - (minuteOfDay % 60))).toBeGreaterThan(2);
      }
      const times = slots.map(secondOfWeek).sort((a, b) => a - b);
      const around = [...times, (times[0] ?? 0) + 7 * 86_400];
      for (let i = 1; i < around.length; i += 1) {
        expect((around[i] ?? 0) - (around[i - 1] ?? 0)).toBeGreaterThanOrEqual(20 * 60);
      }
    }),
  );
});

test('an hour has room for two tests, and gives them', () => {
  const hour = { quietHours: { fromHour: 4, toHour: 5 }, schoolHours: { fromHour: 9, toHour: 9 } };
  const throughput = { mode: 'check', quietPerDay: 8, schoolPerDay: 8 } as const;
  const plan: Plan = { ...DEFAULT_PLAN, throughput, norm: { ...DEFAULT_PLAN.norm, ...hour } };
  const slots = timetable(plan, '11111111-1111-4111-8111-111111111111');
  expect(slots.map(({ kind, weekday }) => `${kind} ${weekday}`)).toEqual(
    [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6].map((day) => `quiet ${day}`),
  );
});

test.each([
  ['quiet', 7 * DEFAULT_PLAN.throughput.quietPerDay, 7 * 180],
  ['school', 5 * DEFAULT_PLAN.throughput.schoolPerDay, 5 * 420],
] as const)(
  '9,000 devices are spread evenly: no minute of the %s hours has more than three times its share',
  (kind, perDevice, leastMinutes) => {
    const perMinute = new Map<number, number>();
    const devices = 9000;
    for (let i = 0; i < devices; i += 1) {
      for (const slot of timetable(DEFAULT_PLAN, randomUUID())) {
        if (slot.kind !== kind) continue;
        perMinute.set(minuteOfWeek(slot), (perMinute.get(minuteOfWeek(slot)) ?? 0) + 1);
      }
    }
    const share = (perDevice * devices) / perMinute.size;
    expect(perMinute.size).toBeGreaterThan(leastMinutes);
    expect(Math.max(...perMinute.values())).toBeLessThan(3 * share);
    expect(Math.min(...perMinute.values())).toBeGreaterThan(share / 3);
  },
);

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

function secondOfWeek(slot: CronSlot): number {
  return minuteOfWeek(slot) * 60 + Number(slot.expression.split(' ')[0]);
}
