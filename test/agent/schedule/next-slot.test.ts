// When a slot comes: as node-cron says of the same expression, and over the nights when the clock changes.
import * as fc from 'fast-check';
import { schedule } from 'node-cron';
import { afterEach, expect, test, vi } from 'vitest';
import { createLocalTime, nextSlots } from '#agent/schedule/next-slot.ts';
import { type CronSlot, timetable } from '#agent/schedule/timetable.ts';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';

const DAY_MS = 86_400_000;
const AMSTERDAM = createLocalTime('Europe/Amsterdam');

function slotAt(weekday: number, hour: number, minute: number, second = 0): CronSlot {
  const expression = `${second} ${minute} ${hour} * * ${weekday}`;
  return { kind: 'quiet', weekday, minuteOfDay: 60 * hour + minute, second, expression };
}

const text = (at: number | undefined) => (at === undefined ? '' : new Date(at).toISOString());

afterEach(() => {
  vi.useRealTimers();
});

test('as node-cron says, whatever the slot and the moment, in winter and in summer', () => {
  const slots = fc
    .tuple(fc.nat(6), fc.nat(23), fc.nat(59), fc.nat(59))
    .map(([weekday, hour, minute, second]) => slotAt(weekday, hour, minute, second));
  const zones = fc.constantFrom('Europe/Amsterdam', 'America/Kralendijk', 'UTC');
  const moments = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) });
  vi.useFakeTimers();
  fc.assert(
    fc.property(slots, zones, moments, (slot, timezone, now) => {
      const time = createLocalTime(timezone);
      const offset = (at: number) => time.localMs(at) - Math.floor(at / 1000) * 1000;
      // Of the nights when the clock changes, each has its own idea.
      fc.pre(offset(now) === offset(now + 8 * DAY_MS));
      vi.setSystemTime(now);
      const task = schedule(slot.expression, () => {}, { timezone });
      const theirs = task.getNextRun()?.getTime() ?? 0;
      void task.destroy();
      const [ours] = nextSlots([slot], time, now, 1);
      expect(text(ours?.at)).toBe(text(Math.floor(theirs / 1000) * 1000));
    }),
    { numRuns: 100 },
  );
});

test('a wall clock read and set is the same, and slots come in their order', () => {
  const moments = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) });
  fc.assert(
    fc.property(moments, fc.uuid(), (now, deviceId) => {
      const slots = timetable(DEFAULT_PLAN, deviceId);
      const found = nextSlots(slots, AMSTERDAM, now, 30);
      expect(found).toHaveLength(30);
      let before = now;
      for (const { at, slot } of found) {
        expect(at).toBeGreaterThan(before);
        before = at;
        const local = AMSTERDAM.localMs(at);
        const shown = (local % DAY_MS) / 60_000;
        const should = slot.minuteOfDay + slot.second / 60;
        // In the one hour of the year that does not exist, an hour later.
        expect([0, 60]).toContain(Math.round(shown - should));
        expect(new Date(local).getUTCDay()).toBe(slot.weekday);
      }
      // 24 a week.
      expect(found.at(-1)?.at).toBeLessThanOrEqual(now + 11 * DAY_MS);
    }),
    { numRuns: 60 },
  );
});

test.each([
  [
    'an hour that does not exist: as long after the change',
    slotAt(0, 2, 30),
    '2026-03-28T12:00Z',
    '2026-03-29T01:30:00.000Z',
  ],
  [
    'the day of the change, after it',
    slotAt(0, 9, 0),
    '2026-03-28T12:00Z',
    '2026-03-29T07:00:00.000Z',
  ],
  [
    'an hour that comes twice: the first time',
    slotAt(0, 2, 30),
    '2026-10-24T12:00Z',
    '2026-10-25T00:30:00.000Z',
  ],
  [
    'and not again an hour later',
    slotAt(0, 2, 30),
    '2026-10-25T00:45Z',
    '2026-11-01T01:30:00.000Z',
  ],
])('%s', (_what, slot, now, at) => {
  const [found] = nextSlots([slot], AMSTERDAM, Date.parse(now), 1);
  expect(text(found?.at)).toBe(at);
});

test('no slots, no times', () => {
  expect(nextSlots([], AMSTERDAM, Date.UTC(2026, 0, 1), 3)).toEqual([]);
});
