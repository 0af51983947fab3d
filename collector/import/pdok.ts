// PDOK's Locatieserver (https://github.com/PDOK/locatieserver, version 3.1): where an address is,
// else the middle of its postcode. Owns the request and the reading of its answer.
import { request } from 'undici';
import { z } from 'zod';
import { type Clock, withDeadline } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { AskGeocoder } from './locate.ts';

const DEADLINE_MS = 10_000;
/** Two places of a few hundred bytes. */
const MAX_REPLY_BYTES = 65_536;

/** Longitude first, as in WKT. */
const pointSchema = z
  .string()
  .regex(/^POINT\(-?[0-9.]+ -?[0-9.]+\)$/)
  .transform((text) => text.slice('POINT('.length, -1).split(' ').map(Number));
const replySchema = z.object({
  response: z.object({
    docs: z.array(z.object({ type: z.string(), centroide_ll: pointSchema })),
  }),
});

export interface PdokOptions {
  /** Up to the version: `https://api.pdok.nl/bzk/locatieserver/search/v3_1`. */
  readonly url: string;
  readonly clock: Clock;
}

export function askPdok({ url, clock }: PdokOptions): AskGeocoder {
  return async (postalCode, houseNumber) => {
    if (houseNumber !== undefined) {
      const address = await ask(url, clock, [
        'type:adres',
        `postcode:${postalCode}`,
        `huisnummer:${houseNumber}`,
      ]);
      if (address !== null) return address;
    }
    return ask(url, clock, ['type:postcode', `postcode:${postalCode}`]);
  };
}

async function ask(
  base: string,
  clock: Clock,
  filters: readonly string[],
): Promise<{ latitude: number; longitude: number } | null> {
  const url = new URL(`${base.replace(/\/+$/, '')}/free`);
  for (const filter of filters) url.searchParams.append('fq', filter);
  url.searchParams.set('fl', 'type,centroide_ll');
  url.searchParams.set('rows', '1');
  const unreachable = (why: string, cause?: unknown) =>
    new AppError(
      'unreachable',
      `the Locatieserver at ${base} ${why}; what was found until now is kept, try again later`,
      { cause },
    );
  const text = await withDeadline(
    clock,
    DEADLINE_MS,
    () => unreachable(`gave no answer within ${DEADLINE_MS / 1000} s`),
    (signal) => get(url, signal),
  ).catch((cause: unknown) => {
    throw cause instanceof AppError ? cause : unreachable(messageOf(cause), cause);
  });
  const parsed = replySchema.safeParse(parse(text));
  if (!parsed.success)
    throw unreachable('answered otherwise than PDOK does; look at MEETNET_PDOK_URL');
  const [longitude, latitude] = parsed.data.response.docs[0]?.centroide_ll ?? [];
  return latitude === undefined || longitude === undefined ? null : { latitude, longitude };
}

async function get(url: URL, signal: AbortSignal): Promise<string> {
  const { statusCode, body } = await request(url, {
    signal,
    headers: { accept: 'application/json', 'user-agent': 'meetnet-collector' },
  });
  let text = '';
  for await (const chunk of body) {
    text += Buffer.from(chunk).toString();
    if (text.length > MAX_REPLY_BYTES) throw new Error('sent more than it should');
  }
  if (statusCode !== 200) throw new Error(`answered with status ${statusCode}`);
  return text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
