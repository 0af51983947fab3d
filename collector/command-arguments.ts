// Forms of arguments that several commands take.
import { InvalidArgumentError } from 'commander';

/** Throws commander's own error, which names the option. */
export function wholeDays(text: string): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days >= 1 && days <= 366) return days;
  throw new InvalidArgumentError('It must be a whole number from 1 to 366.');
}

/** DUO writes codes in capitals; people do not always. */
export function locationCode(text: string): string {
  return text.trim().toUpperCase();
}
