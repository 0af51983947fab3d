// Queries on boards and locations.
import type { Insertable, Kysely, Selectable, Transaction } from 'kysely';
import type { Board, Location } from '#shared/model/location.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { insertDefaultLines } from './lines.ts';
import type { BoardScope, ImportCounts } from './registry.ts';
import type { LocationTable, Tables } from './tables.ts';

/** Rows in one statement; 17 columns times this stays under SQLite's 32,766 parameters. */
const ROWS_PER_STATEMENT = 500;

type Counts = { added: number; changed: number; unchanged: number };

export async function findBoards(db: Kysely<Tables>, scope: BoardScope): Promise<Board[]> {
  if (scope?.length === 0) return [];
  return db
    .selectFrom('board')
    .select(['id', 'name'])
    .$if(scope !== undefined, (query) => query.where('id', 'in', scope ?? []))
    .orderBy('id')
    .execute();
}

export async function findLocations(
  db: Kysely<Tables>,
  scope: BoardScope,
  which: 'open' | 'all',
): Promise<Location[]> {
  if (scope?.length === 0) return [];
  const rows = await db
    .selectFrom('location')
    .selectAll()
    .$if(scope !== undefined, (query) => query.where('board_id', 'in', scope ?? []))
    .$if(which === 'open', (query) => query.where('status', '=', 'open'))
    .orderBy('id')
    .execute();
  return rows.map(locationOf);
}

export async function findLocation(db: Kysely<Tables>, id: string): Promise<Location | undefined> {
  const row = await db.selectFrom('location').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : locationOf(row);
}

/** Nearest first. No circle comes of a merge: a closed location is nobody's successor. */
export async function findPredecessors(db: Kysely<Tables>, id: string): Promise<string[]> {
  const found: string[] = [];
  for (let next = [id]; next.length > 0; ) {
    const rows = await db
      .selectFrom('location')
      .select('id')
      .where('successor_id', 'in', next)
      .orderBy('id')
      .execute();
    next = rows.map((row) => row.id).filter((each) => each !== id && !found.includes(each));
    found.push(...next);
  }
  return found;
}

/**
 * What a file does not say of a known location is kept: DUO spreads it over several files. Throws
 * `bad_import` for a location of an unknown board. Nothing is ever removed.
 */
export async function importAll(
  db: Transaction<Tables>,
  boards: readonly Board[],
  locations: readonly Location[],
  now: EpochMs,
  preview: boolean,
): Promise<ImportCounts> {
  const knownBoards = new Map((await findBoards(db, undefined)).map((b) => [b.id, b]));
  const newBoards = new Map(boards.map((board) => [board.id, board]));
  const boardChanges = changesOf(newBoards, knownBoards, (board) => board);

  const stranger = locations.find(
    ({ boardId }) => !newBoards.has(boardId) && !knownBoards.has(boardId),
  );
  if (stranger !== undefined) {
    throw new AppError(
      'bad_import',
      `location ${stranger.id} belongs to board ${stranger.boardId}, which is neither in the import nor known; import that board too`,
    );
  }
  const knownLocations = new Map((await findLocations(db, undefined, 'all')).map((l) => [l.id, l]));
  const newLocations = new Map(locations.map((location) => [location.id, location]));
  const locationChanges = changesOf(newLocations, knownLocations, (location, known) => ({
    ...known,
    ...location,
  }));
  if (!preview) {
    await writeBoards(db, boardChanges.rows, now);
    await writeLocations(db, locationChanges.rows, now);
    const added = locationChanges.rows.filter(({ id }) => !knownLocations.has(id));
    await insertDefaultLines(
      db,
      added.map(({ id }) => id),
      now,
    );
  }
  return { boards: boardChanges.counts, locations: locationChanges.counts };
}

function changesOf<T extends object>(
  given: ReadonlyMap<string, T>,
  known: ReadonlyMap<string, T>,
  merge: (given: T, known: T | undefined) => T,
): { counts: Counts; rows: T[] } {
  const counts = { added: 0, changed: 0, unchanged: 0 };
  const rows: T[] = [];
  for (const [id, item] of given) {
    const before = known.get(id);
    const after = merge(item, before);
    if (before !== undefined && isSame(before, after)) {
      counts.unchanged += 1;
      continue;
    }
    counts[before === undefined ? 'added' : 'changed'] += 1;
    rows.push(after);
  }
  return { counts, rows };
}

function isSame<T extends object>(one: T, other: T): boolean {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof T>;
  return [...keys].every((key) => one[key] === other[key]);
}

export async function writeBoards(
  db: Transaction<Tables>,
  boards: readonly Board[],
  now: EpochMs,
): Promise<void> {
  for (const some of chunks(boards)) {
    await db
      .insertInto('board')
      .values(some.map(({ id, name }) => ({ id, name, created_at: now, updated_at: now })))
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet(({ ref }) => ({
          name: ref('excluded.name'),
          updated_at: ref('excluded.updated_at'),
        })),
      )
      .execute();
  }
}

/** Whether they are open is left as it is. */
export async function writeLocations(
  db: Transaction<Tables>,
  locations: readonly Location[],
  now: EpochMs,
): Promise<void> {
  for (const some of chunks(locations)) {
    await db
      .insertInto('location')
      .values(some.map((location) => rowOf(location, now)))
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet(({ ref }) => ({
          board_id: ref('excluded.board_id'),
          name: ref('excluded.name'),
          street: ref('excluded.street'),
          house_number: ref('excluded.house_number'),
          postal_code: ref('excluded.postal_code'),
          city: ref('excluded.city'),
          municipality: ref('excluded.municipality'),
          province: ref('excluded.province'),
          pupils: ref('excluded.pupils'),
          pupils_margin: ref('excluded.pupils_margin'),
          sector: ref('excluded.sector'),
          latitude: ref('excluded.latitude'),
          longitude: ref('excluded.longitude'),
          coordinates_source: ref('excluded.coordinates_source'),
          updated_at: ref('excluded.updated_at'),
        })),
      )
      .execute();
  }
}

function chunks<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / ROWS_PER_STATEMENT) }, (_, index) =>
    items.slice(index * ROWS_PER_STATEMENT, (index + 1) * ROWS_PER_STATEMENT),
  );
}

function rowOf(location: Location, now: EpochMs): Insertable<LocationTable> {
  return {
    id: location.id,
    board_id: location.boardId,
    name: location.name,
    street: location.street ?? null,
    house_number: location.houseNumber ?? null,
    postal_code: location.postalCode ?? null,
    city: location.city ?? null,
    municipality: location.municipality ?? null,
    province: location.province ?? null,
    pupils: location.pupils ?? null,
    pupils_margin: location.pupilsMargin ?? null,
    sector: location.sector ?? null,
    latitude: location.coordinates?.latitude ?? null,
    longitude: location.coordinates?.longitude ?? null,
    coordinates_source: location.coordinates?.source ?? null,
    created_at: now,
    updated_at: now,
  };
}

export function locationOf(row: Selectable<LocationTable>): Location {
  return {
    id: row.id,
    boardId: row.board_id,
    name: row.name,
    ...(row.street === null ? {} : { street: row.street }),
    ...(row.house_number === null ? {} : { houseNumber: row.house_number }),
    ...(row.postal_code === null ? {} : { postalCode: row.postal_code }),
    ...(row.city === null ? {} : { city: row.city }),
    ...(row.municipality === null ? {} : { municipality: row.municipality }),
    ...(row.province === null ? {} : { province: row.province }),
    ...(row.pupils === null ? {} : { pupils: row.pupils }),
    ...(row.pupils_margin === null ? {} : { pupilsMargin: row.pupils_margin }),
    ...(row.sector === null ? {} : { sector: row.sector }),
    ...closureOf(row),
    ...coordinatesOf(row),
  };
}

function closureOf(row: Selectable<LocationTable>): Pick<Location, 'closed'> {
  if (row.status === 'open') return {};
  const successor = row.successor_id === null ? {} : { successorId: row.successor_id };
  return { closed: { at: new Date(row.closed_at ?? 0).toISOString(), ...successor } };
}

function coordinatesOf(row: Selectable<LocationTable>): Pick<Location, 'coordinates'> {
  const { latitude, longitude, coordinates_source: source } = row;
  if (latitude === null || longitude === null || source === null) return {};
  return { coordinates: { latitude, longitude, source } };
}
