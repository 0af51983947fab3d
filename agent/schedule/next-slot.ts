// When the next slot of a timetable comes: pure, in the plan's time zone, over changes of its clock.
import type { EpochMs, Ms } from '#shared/model/units.ts';
import type { CronSlot } from './timetable.ts';

const SECOND_MS: Ms = 1_000;
const MINUTE_MS: Ms = 60_000;
const DAY_MS: Ms = 86_400_000;
/** Today's slots may be over: the same weekday comes again. */
const DAYS_AHEAD = 8;

export interface LocalTime {
  /** What a clock on the wall shows, as if it were UTC. */
  localMs(at: EpochMs): EpochMs;
  /** When a clock on the wall shows it; where it never does, as long after the change; twice: the first time. */
  instantOf(localMs: EpochMs): EpochMs;
}

/** One formatter for the process's life: each costs the kernel's memory, not only V8's. */
export function createLocalTime(timeZone: string): LocalTime {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  const localMs = (at: EpochMs): EpochMs => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    const date = [of('year'), of('month') - 1, of('day')] as const;
    return Date.UTC(...date, of('hour'), of('minute'), of('second'));
  };
  const offsetAt = (at: EpochMs): Ms => localMs(at) - Math.floor(at / SECOND_MS) * SECOND_MS;
  return {
    localMs,
    instantOf: (local) => {
      // The clock changes once in a day at most: the offsets of before and after are all there are.
      const before = local - offsetAt(local - DAY_MS);
      const after = local - offsetAt(local + DAY_MS);
      const found = [before, after].filter((at) => localMs(at) === local);
      return found.length > 0 ? Math.min(...found) : Math.max(before, after);
    },
  };
}

export interface NextSlot {
  readonly slot: CronSlot;
  readonly at: EpochMs;
}

/** The first `count` slots after `now`, soonest first; fewer where the timetable has none. */
export function nextSlots(
  slots: readonly CronSlot[],
  time: LocalTime,
  now: EpochMs,
  count: number,
): NextSlot[] {
  const today = Math.floor(time.localMs(now) / DAY_MS);
  const found: NextSlot[] = [];
  for (let day = today; found.length < count && slots.length > 0; day += 1) {
    if (day > today + DAYS_AHEAD * Math.ceil(count / slots.length)) break;
    const weekday = new Date(day * DAY_MS).getUTCDay();
    const coming = slots
      .filter((slot) => slot.weekday === weekday)
      .map((slot) => ({ slot, at: time.instantOf(day * DAY_MS + timeOfDay(slot)) }))
      .filter(({ at }) => at > now);
    found.push(...coming.sort((one, other) => one.at - other.at));
  }
  return found.slice(0, count);
}

function timeOfDay({ minuteOfDay, second }: CronSlot): Ms {
  return minuteOfDay * MINUTE_MS + second * SECOND_MS;
}
