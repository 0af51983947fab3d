// When a simulated device tests: the agent's own timetable, on the days of a window.
import { timetable } from '#agent/schedule/timetable.ts';
import type { Norm } from '#shared/model/norm.ts';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import type { EpochMs } from '#shared/model/units.ts';

const DAY_MS = 86_400_000;

export interface LocalDay {
  /** Epoch ms of its first minute; a day on which the clock changes is off by that hour after it. */
  readonly midnight: EpochMs;
  /** 0 is Sunday. */
  readonly weekday: number;
}

/** The `days` local days up to and with that of `now`, oldest first. */
export function localDays(now: EpochMs, days: number, timeZone: string): readonly LocalDay[] {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  return Array.from({ length: days }, (_, index) => {
    const at = now - (days - 1 - index) * DAY_MS;
    const zone = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign = '+', hours = '0', minutes = '0'] = /([+-])(\d+):(\d+)/.exec(zone) ?? [];
    const offsetMs = Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000;
    const day = Math.floor((at + offsetMs) / DAY_MS);
    return { midnight: day * DAY_MS - offsetMs, weekday: (day + 4) % 7 };
  });
}

/** Times at which the device starts its tests by its own clock, oldest first. */
export function slotTimes(
  deviceId: string,
  days: readonly LocalDay[],
  norm: Norm,
): readonly EpochMs[] {
  const slots = timetable({ ...DEFAULT_PLAN, norm }, deviceId);
  return days.flatMap(({ midnight, weekday }) =>
    slots
      .filter((slot) => slot.weekday === weekday)
      .map(({ minuteOfDay }) => midnight + minuteOfDay * 60_000)
      .sort((a, b) => a - b),
  );
}
