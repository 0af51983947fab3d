// Local days, hours and school days. Pure in what it answers; it remembers the offsets that it
// looked up, because Intl takes microseconds and a country has a million tests in a window.
import type { EpochMs } from '#shared/model/units.ts';

export interface HourRange {
  readonly fromHour: number;
  /** Exclusive; under `fromHour` the range passes midnight. */
  readonly toHour: number;
}

/** Days without lessons, both ends included, `YYYY-MM-DD`. Data, because it differs by region. */
export interface Holiday {
  readonly from: string;
  readonly to: string;
}

export interface Calendar {
  readonly timeZone: string;
  /** Local calendar day, as days since 1970-01-01. */
  dayOf(at: EpochMs): number;
  /** The inverse: when that day begins. */
  startOfDay(day: number): EpochMs;
  isWithin(at: EpochMs, hours: HourRange): boolean;
  /** Monday to Friday and no holiday. */
  isSchoolDay(day: number): boolean;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Every zone's clock changes on a quarter of an hour of UTC, so within one the offset is one. */
const QUARTER_MS = 900_000;
/** 85 days of quarters: more than any window, and an end to the memory that it takes. */
const MAX_REMEMBERED = 8192;
/** 1970-01-01 was a Thursday; Sunday is 0. */
const FIRST_WEEKDAY = 4;

/** Throws `RangeError` for an unknown time zone or a date that is none. */
export function createCalendar(timeZone: string, holidays: readonly Holiday[] = []): Calendar {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const free = holidays.map(({ from, to }) => [dayNumber(from), dayNumber(to)] as const);
  const offsets = new Map<number, number>();
  const days = new Map<number, number>();
  const localMs = (at: EpochMs): number => {
    const day = Math.floor(at / DAY_MS);
    let offset = days.get(day);
    if (offset === undefined) {
      offset = offsetOfDay(format, day);
      if (days.size >= MAX_REMEMBERED) days.clear();
      days.set(day, offset);
    }
    return Number.isNaN(offset) ? localMsAt(at) : at + offset;
  };
  /** On a day on which the clock changes. */
  const localMsAt = (at: EpochMs): number => {
    const quarter = Math.floor(at / QUARTER_MS);
    let offset = offsets.get(quarter);
    if (offset === undefined) {
      offset = offsetAt(format, quarter * QUARTER_MS);
      if (offsets.size >= MAX_REMEMBERED) offsets.clear();
      offsets.set(quarter, offset);
    }
    return at + offset;
  };
  return {
    timeZone,
    dayOf: (at) => Math.floor(localMs(at) / DAY_MS),
    startOfDay: (day) => {
      const local = day * DAY_MS;
      // By the offset of a day before, then by that of the moment found: no clock changes twice a day.
      const near = local - (localMs(local - DAY_MS) - (local - DAY_MS));
      return local - (localMs(near) - near);
    },
    isWithin: (at, { fromHour, toHour }) => {
      const local = localMs(at);
      const hour = (local - Math.floor(local / DAY_MS) * DAY_MS) / HOUR_MS;
      return fromHour <= toHour
        ? hour >= fromHour && hour < toHour
        : hour >= fromHour || hour < toHour;
    },
    isSchoolDay: (day) => {
      const weekday = (((day + FIRST_WEEKDAY) % 7) + 7) % 7;
      return weekday !== 0 && weekday !== 6 && !free.some(([from, to]) => day >= from && day <= to);
    },
  };
}

/** Of a day of UTC, the same all day through; NaN where the clock changes on it. */
function offsetOfDay(format: Intl.DateTimeFormat, day: number): number {
  const [first, last] = [day * DAY_MS, (day + 1) * DAY_MS].map((at) => offsetAt(format, at));
  return first !== undefined && first === last ? first : Number.NaN;
}

/** Local time minus UTC, ms. */
function offsetAt(format: Intl.DateTimeFormat, at: EpochMs): number {
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const local = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return local - Math.floor(at / 1000) * 1000;
}

function dayNumber(date: string): number {
  const at = Date.parse(`${date}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || Number.isNaN(at))
    throw new RangeError(`'${date}' is no date; write it as 2026-05-04`);
  return at / DAY_MS;
}
