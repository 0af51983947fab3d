// The one place where it is decided what a person may see or do. Pure; every route asks here.
import type { Location } from '#shared/model/location.ts';
import type { Person } from '#shared/wire/api.ts';
import type { BoardScope } from '../registry/registry.ts';

/** Whoever looks, an account or not: the boards that are his, null for all. */
export type Viewer = Pick<Person, 'boardIds'>;

/** The boards whose locations the person sees; narrows every query. */
export function boardScope(person: Person): BoardScope {
  return person.boardIds ?? undefined;
}

export function maySeeLocation(viewer: Viewer, location: Pick<Location, 'boardId'>): boolean {
  return viewer.boardIds === null || viewer.boardIds.includes(location.boardId);
}

/** Enrol devices, add people; within the boards that the person sees. */
export function mayOperate(person: Person): boolean {
  return person.role === 'operator';
}

/** Move a dossier on: ask, add offers and documents, order, set aside. */
export function mayActOnDossier(person: Person, location: Pick<Location, 'boardId'>): boolean {
  return mayOperate(person) && maySeeLocation(person, location);
}

/** Add a note. A board's people are heard on their own locations. */
export function mayComment(person: Person, location: Pick<Location, 'boardId'>): boolean {
  return maySeeLocation(person, location);
}

/** Change what all agents run by. */
export function mayOperateAll(person: Person): boolean {
  return mayOperate(person) && person.boardIds === null;
}

/** An import is about every board. */
export function mayImport(person: Person): boolean {
  return mayOperate(person) && person.boardIds === null;
}

/** Incidents on measure servers, which are of no board. */
export function maySeeServers(viewer: Viewer): boolean {
  return viewer.boardIds === null;
}

/** An operator of some boards tells people of those alone. */
export function mayManageRecipient(
  operator: Person,
  recipient: { readonly boardIds: readonly string[] | null },
): boolean {
  if (!mayOperate(operator)) return false;
  const own = operator.boardIds;
  return own === null || (recipient.boardIds?.every((id) => own.includes(id)) ?? false);
}

/** What was sent to schools and others, with their addresses. */
export function maySeeDeliveries(person: Person): boolean {
  return mayOperate(person) && person.boardIds === null;
}

/** Saved scenarios are of the whole country, so they are for whoever sees all of it. */
export function maySeeScenarios(person: Person): boolean {
  return person.boardIds === null;
}

export function maySaveScenarios(person: Person): boolean {
  return mayOperate(person) && maySeeScenarios(person);
}

/** An operator sees the people whose boards are all among his own. */
export function maySeePerson(viewer: Viewer, other: Pick<Person, 'boardIds'>): boolean {
  if (viewer.boardIds === null) return true;
  const own = viewer.boardIds;
  return other.boardIds?.every((id) => own.includes(id)) ?? false;
}

/** Nobody can give another more than he has himself. */
export function mayAddPerson(operator: Person, newcomer: Pick<Person, 'boardIds'>): boolean {
  return mayOperate(operator) && maySeePerson(operator, newcomer);
}
