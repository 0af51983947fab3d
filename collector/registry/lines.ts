// Queries on lines: added, changed and ended; removed only when nothing was ever known of it. Owns that an open location keeps a
// running main line, and that its running lines have different names.
import { randomUUID } from 'node:crypto';
import type { Kysely, Selectable, Transaction } from 'kysely';
import { DEFAULT_LINE, type Line, type LineChange, type LineFacts } from '#shared/model/line.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { LineTable, Tables } from './tables.ts';

/** Rows in one statement; 10 columns times this stay under SQLite's 32,766 parameters. */
const ROWS_PER_STATEMENT = 1000;

/** Oldest first; of one location, or of all. */
export async function findLines(
  db: Kysely<Tables>,
  locationId: string | undefined,
): Promise<Line[]> {
  const rows = await db
    .selectFrom('line')
    .selectAll()
    .$if(locationId !== undefined, (query) => query.where('location_id', '=', locationId ?? ''))
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(lineOf);
}

export async function insertDefaultLines(
  db: Transaction<Tables>,
  locationIds: readonly string[],
  now: EpochMs,
): Promise<void> {
  const rows = locationIds.map((id) => rowOf(randomUUID(), id, DEFAULT_LINE, now));
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT) {
    await db
      .insertInto('line')
      .values(rows.slice(at, at + ROWS_PER_STATEMENT))
      .execute();
  }
}

/** As every location gets one: nobody said a thing of it, no device and no code is for it. */
export async function isUntouched(db: Kysely<Tables>, line: Line): Promise<boolean> {
  const { id: _, locationId: __, createdAt: ___, endedAt, ...facts } = line;
  const isDefault =
    endedAt === null &&
    Object.keys(facts).length === Object.keys(DEFAULT_LINE).length &&
    facts.name === DEFAULT_LINE.name &&
    facts.role === DEFAULT_LINE.role &&
    facts.kind === DEFAULT_LINE.kind;
  if (!isDefault) return false;
  for (const table of ['device', 'enrolment_code'] as const) {
    const used = await db
      .selectFrom(table)
      .select('line_id')
      .where('line_id', '=', line.id)
      .limit(1)
      .executeTakeFirst();
    if (used !== undefined) return false;
  }
  return true;
}

export async function removeLine(db: Transaction<Tables>, id: string): Promise<void> {
  await db.deleteFrom('line_verdict').where('line_id', '=', id).execute();
  await db.deleteFrom('line').where('id', '=', id).execute();
}

/** Throws `not_found`, or `conflict` for a closed location or a name that a running line has. */
export async function insertLine(
  db: Transaction<Tables>,
  locationId: string,
  facts: LineFacts,
  now: EpochMs,
): Promise<Line> {
  const location = await db
    .selectFrom('location')
    .select('status')
    .where('id', '=', locationId)
    .executeTakeFirst();
  if (location === undefined) {
    throw new AppError('not_found', `there is no location ${locationId} to add a line to`);
  }
  if (location.status === 'closed') {
    throw new AppError('conflict', `location ${locationId} is closed and gets no new lines`);
  }
  await refuseTakenName(db, locationId, facts.name);
  const row = rowOf(randomUUID(), locationId, facts, now);
  await db.insertInto('line').values(row).execute();
  return lineOf(row);
}

/** Throws `not_found`, or `conflict` for a name that is taken or the last main line's other role. */
export async function updateLine(
  db: Transaction<Tables>,
  id: string,
  change: LineChange,
): Promise<Line> {
  const line = await runningLine(db, id);
  if (change.name !== undefined) await refuseTakenName(db, line.locationId, change.name, id);
  if (change.role === 'backup') await keepMainLine(db, line);
  const set = {
    ...(change.name === undefined ? {} : { name: change.name }),
    ...(change.role === undefined ? {} : { role: change.role }),
    ...(change.kind === undefined ? {} : { kind: change.kind }),
    ...(change.provider === undefined ? {} : { provider: change.provider }),
    ...(change.contractedDownMbps === undefined
      ? {}
      : { contracted_down_mbps: change.contractedDownMbps }),
    ...(change.contractedUpMbps === undefined
      ? {}
      : { contracted_up_mbps: change.contractedUpMbps }),
  };
  if (Object.keys(set).length === 0) return line;
  return written(db, id, set);
}

/** Throws `not_found`, or `conflict` when it ended before, or is the last main line. */
export async function endLine(
  db: Transaction<Tables>,
  id: string,
  endedAt: EpochMs,
): Promise<Line> {
  const line = await runningLine(db, id);
  if (endedAt < line.createdAt) {
    throw new AppError(
      'conflict',
      `line ${line.name} of ${line.locationId} began on ${iso(line.createdAt)}; it cannot have ended on ${iso(endedAt)}`,
    );
  }
  await keepMainLine(db, line);
  return written(db, id, { ended_at: endedAt });
}

/**
 * The running line that a new device is for: the one that is asked for, or the only one. Throws
 * `not_found` for an unknown location or line, `conflict` when there are several to choose from.
 */
export async function lineFor(
  db: Kysely<Tables>,
  locationId: string,
  lineId: string | undefined,
): Promise<Line> {
  const running = (await findLines(db, locationId)).filter(({ endedAt }) => endedAt === null);
  const [first, ...others] = running;
  if (lineId !== undefined) {
    const asked = running.find(({ id }) => id === lineId);
    if (asked !== undefined) return asked;
    throw new AppError(
      'not_found',
      `location ${locationId} has no running line ${lineId}; it has ${namesOf(running)}`,
    );
  }
  if (first !== undefined && others.length === 0) return first;
  if (first !== undefined) {
    throw new AppError(
      'conflict',
      `location ${locationId} has several lines (${namesOf(running)}); say for which one the code is`,
    );
  }
  throw await withoutLines(db, locationId);
}

async function withoutLines(db: Kysely<Tables>, locationId: string): Promise<AppError> {
  const location = await db
    .selectFrom('location')
    .select('successor_id')
    .where('id', '=', locationId)
    .executeTakeFirst();
  if (location === undefined) {
    return new AppError(
      'not_found',
      `there is no location ${locationId}; import the locations first, and give its vestigingscode, such as 16SW03`,
    );
  }
  const successor = location.successor_id;
  const goOn = successor === null ? '' : `; its lines went on to ${successor}`;
  return new AppError('conflict', `location ${locationId} is closed and has no lines${goOn}`);
}

async function runningLine(db: Kysely<Tables>, id: string): Promise<Line> {
  const row = await db.selectFrom('line').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new AppError('not_found', `there is no line ${id}`);
  if (row.ended_at !== null) {
    throw new AppError(
      'conflict',
      `line ${row.name} of ${row.location_id} ended on ${iso(row.ended_at)}; add a new line instead`,
    );
  }
  return lineOf(row);
}

async function refuseTakenName(
  db: Kysely<Tables>,
  locationId: string,
  name: string,
  ownId?: string,
): Promise<void> {
  const lines = await findLines(db, locationId);
  const taken = lines.some(
    (line) =>
      line.endedAt === null && line.id !== ownId && line.name.toLowerCase() === name.toLowerCase(),
  );
  if (!taken) return;
  throw new AppError(
    'conflict',
    `location ${locationId} has a line ${name} already; choose another name`,
  );
}

async function keepMainLine(db: Kysely<Tables>, line: Line): Promise<void> {
  if (line.role !== 'main') return;
  const lines = await findLines(db, line.locationId);
  const others = lines.filter(
    ({ id, role, endedAt }) => id !== line.id && role === 'main' && endedAt === null,
  );
  if (others.length > 0) return;
  throw new AppError(
    'conflict',
    `${line.name} is the only main line of ${line.locationId}, which is judged by it; add its successor first`,
  );
}

async function written(
  db: Transaction<Tables>,
  id: string,
  set: Partial<LineTable>,
): Promise<Line> {
  return lineOf(
    await db
      .updateTable('line')
      .set(set)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow(),
  );
}

function namesOf(lines: readonly Line[]): string {
  return lines.map(({ name }) => name).join(', ') || 'none';
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}

function rowOf(id: string, locationId: string, facts: LineFacts, now: EpochMs): LineTable {
  return {
    id,
    location_id: locationId,
    name: facts.name,
    role: facts.role,
    kind: facts.kind,
    provider: facts.provider ?? null,
    contracted_down_mbps: facts.contractedDownMbps ?? null,
    contracted_up_mbps: facts.contractedUpMbps ?? null,
    created_at: now,
    ended_at: null,
  };
}

function lineOf(row: Selectable<LineTable>): Line {
  return {
    id: row.id,
    locationId: row.location_id,
    name: row.name,
    role: row.role,
    kind: row.kind,
    ...(row.provider === null ? {} : { provider: row.provider }),
    ...(row.contracted_down_mbps === null ? {} : { contractedDownMbps: row.contracted_down_mbps }),
    ...(row.contracted_up_mbps === null ? {} : { contractedUpMbps: row.contracted_up_mbps }),
    createdAt: row.created_at,
    endedAt: row.ended_at,
  };
}
