// Where a location is found now that a dossier named some time ago: it may have gone on as another.
import type { Location } from '#shared/model/location.ts';

/** The location itself, the one that it went on as, or undefined: closed for good. */
export type Whereabouts = (locationId: string) => string | undefined;

/** Of these locations; of any other it is taken that it is there. */
export async function whereaboutsOf(
  ids: Iterable<string>,
  find: (id: string) => Promise<Pick<Location, 'id' | 'closed'> | undefined>,
): Promise<Whereabouts> {
  const places = new Map<string, string | undefined>();
  for (const id of new Set(ids)) {
    let location = await find(id);
    // No circle comes of a merge: a closed location is nobody's successor.
    while (location?.closed?.successorId !== undefined) {
      location = await find(location.closed.successorId);
    }
    places.set(id, location?.closed === undefined ? location?.id : undefined);
  }
  return (id) => (places.has(id) ? places.get(id) : id);
}
