// The form of the texts that every language has. A language that misses a text, or has one too
// many, does not compile.
import type { nl } from './nl.ts';

export type Messages = typeof nl;

export const LANGUAGES = ['nl', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

export function isLanguage(value: unknown): value is Language {
  return LANGUAGES.some((language) => language === value);
}
