// One location, if the person may see it.
import type { Location } from '#shared/model/location.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Person } from '#shared/wire/api.ts';
import type { Registry } from '../registry/registry.ts';
import { maySeeLocation } from './access.ts';

/** Throws `not_found`, also for a location of another board. */
export async function visibleLocation(
  { registry }: { readonly registry: Pick<Registry, 'location'> },
  person: Person,
  id: string,
): Promise<Location> {
  const location = await registry.location(id);
  if (location !== undefined && maySeeLocation(person, location)) return location;
  throw new AppError('not_found', `there is no location ${id} that you may see`);
}
