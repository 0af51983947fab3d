// The setting that names planned maintenance, which a service level leaves out. Pure.
import { z } from 'zod';
import { locationIdSchema } from '#shared/model/location.ts';
import type { Maintenance } from '../availability/availability.ts';

const FORM =
  'must be a list of {from, to, locations}, or FROM/TO,FROM/TO, with times such as 2026-03-01T02:00:00+01:00';

/** `FROM/TO,FROM/TO` for all locations, or a list of `{from, to, locations}`. */
export function maintenanceWindows(): z.ZodType<readonly Maintenance[]> {
  const time = z.iso.datetime({ offset: true, error: FORM }).transform((text) => Date.parse(text));
  const one = z
    .strictObject(
      { from: time, to: time, locations: z.array(locationIdSchema).min(1).optional() },
      { error: FORM },
    )
    .refine(({ from, to }) => from < to, 'must end after it begins')
    .transform(({ from, to, locations }) => ({
      ...{ from, to },
      ...(locations === undefined ? {} : { locationIds: locations }),
    }));
  return z
    .union([z.string().transform(partsOf), z.array(z.unknown())], { error: FORM })
    .pipe(z.array(one));
}

/** As ISO 8601 writes an interval. */
function partsOf(text: string): { from: string; to: string }[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [from = '', to = ''] = part.split('/').map((time) => time.trim());
      return { from, to };
    });
}
