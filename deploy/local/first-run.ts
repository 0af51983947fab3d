// What an empty installation gets so that one machine measures itself: a board, a location and an
// enrolment code. An installation that has locations is left as it is.
import type { Registry } from '#collector/registry/registry.ts';
import type { Location } from '#shared/model/location.ts';
import type { EpochMs } from '#shared/model/units.ts';

const BOARD = { id: '00000', name: 'Eigen beheer' };
const LOCATION: Location = { id: '00AA00', boardId: BOARD.id, name: 'Deze computer' };
const CODE_LIFE_MS = 3_600_000;

/** Adds the location of this machine when there is none at all. */
export async function addOwnLocation(registry: Registry): Promise<void> {
  if ((await registry.locations(undefined)).length > 0) return;
  await registry.importLocations([BOARD], [LOCATION]);
}

/**
 * A code with which the local agent enrols at the first location; `code` is any fresh code.
 * Resolves with the code.
 */
export async function codeForOwnAgent(
  registry: Registry,
  code: string,
  now: EpochMs,
): Promise<string> {
  const locations = await registry.locations(undefined);
  const location = locations.find(({ id }) => id === LOCATION.id) ?? locations[0];
  if (location === undefined) throw new Error('no location to enrol the local agent at');
  await registry.addEnrolmentCode(code, location.id, now + CODE_LIFE_MS);
  return code;
}
