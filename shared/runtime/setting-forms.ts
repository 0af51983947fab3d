// Forms that settings come in: an environment variable is always text, a YAML value may be a
// number or a list. Owns the coercion and its messages; which setting takes which form is settings.ts.
import { z } from 'zod';

const PLAIN_NUMBER = /^-?\d+(\.\d+)?$/;

function numeric(message: string) {
  return z.union([z.number(), z.string().trim().regex(PLAIN_NUMBER).transform(Number)], {
    error: message,
  });
}

export function wholeNumber(min: number, max: number): z.ZodType<number> {
  const message = `must be a whole number from ${min} to ${max}`;
  return numeric(message).pipe(z.int(message).min(min, message).max(max, message));
}

export function decimal(min: number, max: number): z.ZodType<number> {
  const message = `must be a number from ${min} to ${max}`;
  return numeric(message).pipe(z.number(message).min(min, message).max(max, message));
}

export function oneOf<const T extends readonly [string, ...string[]]>(
  choices: T,
): z.ZodType<T[number]> {
  return z.enum(choices, { error: `must be one of ${choices.join(', ')}` });
}

export function text(meaning: string): z.ZodType<string> {
  return z.string(`must be ${meaning}`).trim().min(1, `must be ${meaning}`);
}

/** An origin: no path, no query, and no trailing slash in the result. */
export function origin(protocols: readonly string[]): z.ZodType<string> {
  const example = `${protocols[0]}://meet.example:8080`;
  const message = `must be an address such as ${example}, without a path`;
  return z
    .string(message)
    .trim()
    .refine((value) => plainUrl(value, protocols)?.pathname === '/', message)
    .transform((value) => new URL(value).origin);
}

/** With a path; no query, no credentials, and no trailing slash in the result. */
export function webAddress(): z.ZodType<string> {
  const message = 'must be an address such as https://api.example/search/v3';
  return z
    .string(message)
    .trim()
    .refine((value) => plainUrl(value, ['http', 'https']) !== undefined, message)
    .transform((value) => value.replace(/\/+$/, ''));
}

/** Without query, fragment and credentials. */
function plainUrl(value: string, protocols: readonly string[]): URL | undefined {
  const url = URL.parse(value);
  if (url === null || !protocols.includes(url.protocol.slice(0, -1))) return undefined;
  return url.search === '' && url.hash === '' && url.username === '' ? url : undefined;
}

export interface HourRange {
  readonly fromHour: number;
  readonly toHour: number;
}

/** `1-5`: from 1 o'clock to 5 o'clock, local time of the norm. */
export function hourRange(): z.ZodType<HourRange> {
  const message = 'must be two hours such as 1-5, the first before the second, 0 to 24';
  return z
    .string(message)
    .trim()
    .regex(/^\d{1,2}\s*-\s*\d{1,2}$/, message)
    .transform((value) => {
      const [fromHour = 0, toHour = 0] = value.split('-').map(Number);
      return { fromHour, toHour };
    })
    .refine(({ fromHour, toHour }) => fromHour < toHour && toHour <= 24, message);
}
