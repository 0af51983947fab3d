// The location that a request is about, as far as the person may see it.
import type { Location } from '#shared/model/location.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Person } from '#shared/wire/api.ts';
import { maySeeLocation } from './access.ts';
import type { ApiDeps } from './deps.ts';

/** Throws `not_found`, also for a location of another board. */
export async function visibleLocation(
  deps: Pick<ApiDeps, 'registry'>,
  person: Person,
  id: string,
): Promise<Location> {
  const location = await deps.registry.location(id);
  if (location !== undefined && maySeeLocation(person, location)) return location;
  throw new AppError('not_found', `there is no location ${id} that you may see`);
}
