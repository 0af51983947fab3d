// When a device tests: pure, from the plan and the device's id. Spread by hash over all devices and
// over the days of the week, so that neither the hour nor a nightly backup meets the same tests.
import { createHash } from 'node:crypto';
import type { Plan } from '#shared/model/plan.ts';

export type SlotKind = 'quiet' | 'school';

export interface CronSlot {
  readonly kind: SlotKind;
  /** 0 is Sunday, as in cron. */
  readonly weekday: number;
  readonly minuteOfDay: number;
  readonly second: number;
  /** `second minute hour * * weekday`, in the plan's time zone. */
  readonly expression: string;
}

const WEEK = [0, 1, 2, 3, 4, 5, 6];
const SCHOOL_DAYS = [1, 2, 3, 4, 5];
/** Everyone else's timers fire on the full hour. */
const HOUR_MARGIN_MINUTES = 2;
/** Of a part's ends, so that tests in neighbouring parts are far enough from each other. */
const EDGE_MINUTES = 10;
/** Whole minutes between two tests of a device: their seconds may bring them one nearer than that. */
const LEAST_GAP_MINUTES = 21;
/** A part that is never all edges and full hour: 10 + 10, the 5 minutes of the hour, and one. */
const LEAST_PART_MINUTES = 26;
const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;

interface Window {
  readonly fromHour: number;
  readonly toHour: number;
}

/** Fewer than the plan asks for where its hours have no room for them; quiet hours come first. */
export function timetable(plan: Plan, deviceId: string): CronSlot[] {
  const { norm, throughput } = plan;
  const slots: CronSlot[] = [];
  const add = (kind: SlotKind, weekday: number, count: number, window: Window) => {
    const isFree = (minute: number) => isClearOf(slots, weekday * DAY_MINUTES + minute);
    for (const [index, minutes] of partsOf(window, count).entries()) {
      const pick = picker(`${deviceId}|${weekday}|${kind}|${index}`);
      const first = pick.minuteOf(minutes);
      if (first === undefined) continue;
      // Only where quiet and school hours overlap is the first choice ever taken.
      const minuteOfDay = isFree(first) ? first : pick.minuteOf(minutes.filter(isFree));
      if (minuteOfDay === undefined) continue;
      slots.push({
        kind,
        weekday,
        minuteOfDay,
        second: pick.second,
        expression: cron(pick.second, minuteOfDay, weekday),
      });
    }
  };
  for (const day of WEEK) add('quiet', day, throughput.quietPerDay, norm.quietHours);
  for (const day of SCHOOL_DAYS) add('school', day, throughput.schoolPerDay, norm.schoolHours);
  return slots;
}

/** The window cut into as many parts as there are tests; of each part the minutes that may be had. */
function partsOf({ fromHour, toHour }: Window, wanted: number): number[][] {
  const minutes = (toHour - fromHour) * 60;
  const count = Math.min(wanted, Math.max(0, Math.floor(minutes / LEAST_PART_MINUTES)));
  const width = minutes / count;
  return Array.from({ length: count }, (_, index) => {
    const from = fromHour * 60 + index * width;
    return allowedMinutes(from + EDGE_MINUTES, from + width - EDGE_MINUTES);
  });
}

interface Picker {
  readonly second: number;
  minuteOf(minutes: readonly number[]): number | undefined;
}

function picker(key: string): Picker {
  const [choice, second] = hashOf(key);
  return {
    second: Math.floor(second * 60),
    minuteOf: (minutes) => minutes[Math.floor(choice * minutes.length)],
  };
}

function cron(second: number, minuteOfDay: number, weekday: number): string {
  return `${second} ${minuteOfDay % 60} ${Math.floor(minuteOfDay / 60)} * * ${weekday}`;
}

/** Quiet and school hours may overlap: both are settings. The week is a ring. */
function isClearOf(slots: readonly CronSlot[], minuteOfWeek: number): boolean {
  return slots.every((slot) => {
    const apart = Math.abs(minuteOfWeek - slot.weekday * DAY_MINUTES - slot.minuteOfDay);
    return Math.min(apart, WEEK_MINUTES - apart) >= LEAST_GAP_MINUTES;
  });
}

function allowedMinutes(from: number, to: number): number[] {
  const minutes: number[] = [];
  for (let minute = Math.ceil(from); minute < to; minute += 1) {
    const ofHour = minute % 60;
    if (ofHour > HOUR_MARGIN_MINUTES && ofHour < 60 - HOUR_MARGIN_MINUTES) minutes.push(minute);
  }
  return minutes;
}

/** Two independent numbers in [0, 1), even over all texts. */
function hashOf(text: string): [number, number] {
  const digest = createHash('sha256').update(text).digest();
  return [digest.readUInt32BE(0) / 2 ** 32, digest.readUInt32BE(4) / 2 ** 32];
}
