// A time as people read it in a message, in the schools' own time zone. Pure.
import type { EpochMs } from '#shared/model/units.ts';
import type { Language } from '../assessment/explain/formats.ts';

const TIMES: Readonly<Record<Language, Intl.DateTimeFormat>> = {
  nl: timesOf('nl-NL'),
  en: timesOf('en-GB'),
};

/** `2 maart 2026 om 09:00`. */
export function timeText(at: EpochMs, language: Language): string {
  return TIMES[language].format(at);
}

function timesOf(locale: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, {
    ...{ dateStyle: 'long', timeStyle: 'short', timeZone: 'Europe/Amsterdam' },
  });
}
