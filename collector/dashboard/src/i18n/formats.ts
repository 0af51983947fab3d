// Figures, dates and times as the chosen language writes them, in Dutch local time whatever the
// browser's zone. Pure: the present is handed in.
import type { Language } from './messages.ts';

export const TIME_ZONE = 'Europe/Amsterdam';

const LOCALES: Record<Language, string> = { nl: 'nl-NL', en: 'en-GB' };

export interface Formats {
  readonly locale: string;
  readonly integer: (value: number) => string;
  /** One decimal: 489,6 must not read as 490. */
  readonly mbps: (value: number) => string;
  /** As the norm is written: no decimals unless it has them. */
  readonly norm: (value: number) => string;
  readonly bytes: (value: number) => string;
  readonly ms: (value: number) => string;
  /** A share as a percentage with two decimals. */
  readonly percent: (share: number) => string;
  /** Rounded down to three decimals: what is not whole must not read as 100%. */
  readonly availability: (share: number) => string;
  /** The two largest units: `2 uur, 5 min`. */
  readonly duration: (ms: number) => string;
  /** `2026-03` → `maart 2026`. */
  readonly month: (month: string) => string;
  readonly date: (iso: string) => string;
  readonly dateTime: (iso: string) => string;
  /** `3 uur geleden`; in whole units, rounded down. */
  readonly relative: (iso: string, nowMs: number) => string;
}

export function createFormats(language: Language): Formats {
  const locale = LOCALES[language];
  const integer = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const oneDecimal = new Intl.NumberFormat(locale, {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const upToOne = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 });
  const availability = new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumFractionDigits: 3,
    roundingMode: 'floor',
  });
  const duration = createDuration(locale);
  const month = new Intl.DateTimeFormat(locale, {
    timeZone: 'UTC',
    month: 'long',
    year: 'numeric',
  });
  const date = new Intl.DateTimeFormat(locale, {
    timeZone: TIME_ZONE,
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  });
  const dateTime = new Intl.DateTimeFormat(locale, {
    timeZone: TIME_ZONE,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  return {
    locale,
    integer: (value) => integer.format(value),
    mbps: (value) => oneDecimal.format(value),
    norm: (value) => upToOne.format(value),
    bytes: (value) => {
      const [size, unit] = inUnit(value, BYTE_UNITS);
      return `${upToOne.format(size)} ${unit}`;
    },
    ms: (value) => `${upToOne.format(value)} ms`,
    percent: (share) => percent.format(share),
    availability: (share) => availability.format(share),
    duration,
    month: (text) => month.format(new Date(`${text}-01T00:00:00Z`)),
    date: (iso) => date.format(new Date(iso)),
    dateTime: (iso) => dateTime.format(new Date(iso)),
    relative: (iso, nowMs) => {
      const [amount, unit] = ago(nowMs - Date.parse(iso));
      return relative.format(amount, unit);
    },
  };
}

const DURATION_UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const;

/** Rounded down, so that no part ever becomes sixty. */
function createDuration(locale: string): (ms: number) => string {
  const list = new Intl.ListFormat(locale, { style: 'narrow', type: 'unit' });
  const forms = DURATION_UNITS.map(([size, unit]) => {
    const form = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' });
    return { size, text: (count: number) => form.format(count) };
  });
  return (ms) => {
    const first = forms.findIndex(({ size }) => ms >= size);
    const used = forms.slice(first, first < 0 ? undefined : first + 2);
    let left = ms;
    const parts = used.flatMap(({ size, text }, position) => {
      const count = Math.floor(left / size);
      left -= count * size;
      return count > 0 || (first < 0 && position === 0) ? [text(count)] : [];
    });
    return list.format(parts);
  };
}

/** Decimal units: 1 kB = 1000 bytes. */
const BYTE_UNITS = [
  [1e9, 'GB'],
  [1e6, 'MB'],
  [1e3, 'kB'],
  [1, 'B'],
] as const;

function inUnit<U extends string>(
  value: number,
  units: readonly (readonly [number, U])[],
): [number, U] {
  const smallest = units[units.length - 1] as readonly [number, U];
  const [size, unit] = units.find(([size]) => Math.abs(value) >= size) ?? smallest;
  return [value / size, unit];
}

const TIME_UNITS = [
  [365 * 86_400_000, 'year'],
  [30 * 86_400_000, 'month'],
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const;

/** Under a minute is "now": seconds would change with every look. */
function ago(elapsedMs: number): [number, Intl.RelativeTimeFormatUnit] {
  if (Math.abs(elapsedMs) < 60_000) return [0, 'second'];
  const [amount, unit] = inUnit(elapsedMs, TIME_UNITS);
  return [-Math.trunc(amount), unit];
}
