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
  /** `second minute hour * * weekday`, in the plan's time zone. */
  readonly expression: string;
}

const WEEK = [0, 1, 2, 3, 4, 5, 6];
const SCHOOL_DAYS = [1, 2, 3, 4, 5];
/** Everyone else's timers fire on the full hour. */
const HOUR_MARGIN_MINUTES = 2;
/** Half of the least distance between two tests of a device. */
const EDGE_MINUTES = 10;

export function timetable(plan: Plan, deviceId: string): CronSlot[] {
  const { quietPerDay, schoolPerDay } = plan.throughput;
  return [
    ...WEEK.flatMap((day) => slotsOf(deviceId, 'quiet', day, quietPerDay, plan.norm.quietHours)),
    ...SCHOOL_DAYS.flatMap((day) =>
      slotsOf(deviceId, 'school', day, schoolPerDay, plan.norm.schoolHours),
    ),
  ];
}

/** The window is cut into as many parts as there are tests, and each has its test within it. */
function slotsOf(
  deviceId: string,
  kind: SlotKind,
  weekday: number,
  count: number,
  { fromHour, toHour }: { readonly fromHour: number; readonly toHour: number },
): CronSlot[] {
  const width = ((toHour - fromHour) * 60) / count;
  return Array.from({ length: count }, (_, index) => {
    const from = fromHour * 60 + index * width;
    const minutes = allowedMinutes(from + EDGE_MINUTES, from + width - EDGE_MINUTES);
    const [choice, second] = hashOf(`${deviceId}|${weekday}|${kind}|${index}`);
    const minuteOfDay =
      minutes[Math.floor(choice * minutes.length)] ?? Math.floor(from + width / 2);
    const [hour, minute] = [Math.floor(minuteOfDay / 60), minuteOfDay % 60];
    return {
      kind,
      weekday,
      minuteOfDay,
      expression: `${Math.floor(second * 60)} ${minute} ${hour} * * ${weekday}`,
    };
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
