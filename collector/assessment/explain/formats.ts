// Numbers and dates as people write them, in both languages of the pages.
import type { Text } from '#shared/wire/api.ts';

export type Language = keyof Text;

/** Dates are said in the schools' own time. */
const TIME_ZONE = 'Europe/Amsterdam';
const LOCALES: Readonly<Record<Language, string>> = { nl: 'nl-NL', en: 'en-GB' };

const UNKNOWN_DATE: Readonly<Record<Language, string>> = {
  nl: 'onbekende datum',
  en: 'an unknown date',
};

export interface Formats {
  count(value: number): string;
  /** 0.8316 → `83,2%`. */
  percent(share: number): string;
  mbps(value: number): string;
  /** ISO → `3 april 2026`; what is no date is said to be unknown. */
  date(iso: string): string;
  /** `3 dagen`, `1 dag`. */
  counted(value: number, one: string, more: string): string;
  /** `a, b en c`. */
  list(items: readonly string[]): string;
}

export const FORMATS: Readonly<Record<Language, Formats>> = {
  nl: formatsOf('nl'),
  en: formatsOf('en'),
};

function formatsOf(language: Language): Formats {
  const locale = LOCALES[language];
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const dates = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: TIME_ZONE });
  const lists = new Intl.ListFormat(locale, { type: 'conjunction' });
  const count = (value: number) => whole.format(value);
  return {
    count,
    percent: (share) => `${decimal.format(share * 100)}%`,
    mbps: (value) => `${(value < 100 ? decimal : whole).format(value)} Mbit/s`,
    date: (iso) => {
      const at = Date.parse(iso);
      return Number.isNaN(at) ? UNKNOWN_DATE[language] : dates.format(at);
    },
    counted: (value, one, more) => `${count(value)} ${value === 1 ? one : more}`,
    list: (items) => lists.format(items),
  };
}
