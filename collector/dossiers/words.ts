// Amounts, dates and lists as people write them, in both languages. Pure.
import type { Cents } from '#shared/model/subsidy.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Text } from '#shared/wire/api.ts';

export type Language = keyof Text;

const LOCALES: Readonly<Record<Language, string>> = { nl: 'nl-NL', en: 'en-GB' };
/** Dates are said in the schools' own time. */
const TIME_ZONE = 'Europe/Amsterdam';

export interface Words {
  /** `€ 2.500` or `€ 2.500,50`; in English `€2,500`. */
  money(cents: Cents): string;
  number(value: number): string;
  /** ISO date or time → `3 april 2026`. */
  date(iso: string): string;
  /** The last day before `end`, written likewise: of a time up to midnight, the day that it ends. */
  lastDay(end: EpochMs): string;
  /** `kabel of glasvezel`. */
  either(items: readonly string[]): string;
}

export const WORDS: Readonly<Record<Language, Words>> = { nl: wordsOf('nl'), en: wordsOf('en') };

function wordsOf(language: Language): Words {
  const locale = LOCALES[language];
  const currency = { style: 'currency', currency: 'EUR' } as const;
  const whole = new Intl.NumberFormat(locale, { ...currency, maximumFractionDigits: 0 });
  const exact = new Intl.NumberFormat(locale, currency);
  const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const dates = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: TIME_ZONE });
  const lists = new Intl.ListFormat(locale, { type: 'disjunction' });
  return {
    money: (cents) => (cents % 100 === 0 ? whole : exact).format(cents / 100),
    number: (value) => decimal.format(value),
    date: (iso) => dates.format(Date.parse(iso)),
    lastDay: (end) => dates.format(end - 1),
    either: (items) => lists.format(items),
  };
}
