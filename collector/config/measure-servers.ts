// The setting that names measure servers on other machines, and the list of all that slots are for.
// Pure.
import { z } from 'zod';
import { AppError } from '#shared/runtime/errors.ts';
import { origin, wholeNumber } from '#shared/runtime/setting-forms.ts';
import type { MeasureServer } from '../slots/decide-slot.ts';

export interface ElsewhereServer {
  /** Origin that agents are told. */
  readonly url: string;
  /** Tests at the same time; its own MEETNET_MEETPUNT_SLOTS must not be less. */
  readonly slots: number;
}

const FORM =
  'must be a list of {url, slots}, or URL=SLOTS,URL=SLOTS such as http://meet.example:8081=2';

/** `URL=SLOTS,URL=SLOTS`, or a list of `{url, slots}`; each address once. */
export function measureServers(): z.ZodType<readonly ElsewhereServer[]> {
  const one = z.strictObject(
    { url: origin(['http', 'https']), slots: wholeNumber(1, 1000) },
    { error: FORM },
  );
  return z
    .union([z.string().transform(partsOf), z.array(z.unknown())], { error: FORM })
    .pipe(z.array(one))
    .refine(
      (servers) => new Set(servers.map(({ url }) => url)).size === servers.length,
      'must name each address once',
    );
}

/** An address has no `=`; what is before the last one is it. */
function partsOf(text: string): { url: string; slots: string }[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.lastIndexOf('=');
      return { url: part.slice(0, Math.max(0, at)), slots: part.slice(at + 1).trim() };
    });
}

/** The one beside the collector first, where there is one. */
export function allServers(
  own: MeasureServer,
  elsewhere: readonly ElsewhereServer[] = [],
): readonly MeasureServer[] {
  const others = elsewhere.map(({ url, slots }) => ({ url, capacity: slots }));
  // Without one beside the collector `own` has the address of one of the others.
  return own.capacity > 0 ? [own, ...others.filter(({ url }) => url !== own.url)] : others;
}

/** Throws `bad_settings` where nobody could ever be given a slot. */
export function checkMeasureServers(
  slots: number,
  elsewhere: readonly ElsewhereServer[] = [],
): void {
  if (slots > 0 || elsewhere.length > 0) return;
  throw new AppError(
    'bad_settings',
    'MEETNET_MEETPUNT_SLOTS is 0 and MEETNET_MEETPUNTEN names no other measure server, so that no test could ever be made; set one of them',
  );
}
