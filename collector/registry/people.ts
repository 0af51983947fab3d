// Queries on people, their passwords and their sessions. Who may see what is api/access.ts.
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { EpochMs } from '#shared/model/units.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Person } from '#shared/wire/api.ts';
import type { PersonTable, Tables } from './tables.ts';

export async function insertPerson(
  db: Transaction<Tables>,
  person: Person,
  passwordHash: string,
  now: EpochMs,
): Promise<void> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('person')
    .values({
      id: person.id,
      email: person.email,
      email_key: keyOf(person.email),
      name: person.name,
      role: person.role,
      all_boards: person.boardIds === null ? 1 : 0,
      password_hash: passwordHash,
      created_at: now,
    })
    .onConflict((conflict) => conflict.column('email_key').doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows === 0n) {
    throw new AppError('conflict', `there is an account for ${person.email} already`);
  }
  const boardIds = [...new Set(person.boardIds ?? [])];
  if (boardIds.length === 0) return;
  await db
    .insertInto('person_board')
    .values(boardIds.map((boardId) => ({ person_id: person.id, board_id: boardId })))
    .execute();
}

export async function findPeople(db: Kysely<Tables>): Promise<Person[]> {
  const rows = await db.selectFrom('person').selectAll().orderBy('email_key').execute();
  return withBoards(db, rows);
}

export async function findPerson(db: Kysely<Tables>, id: string): Promise<Person | undefined> {
  const rows = await db.selectFrom('person').selectAll().where('id', '=', id).execute();
  return (await withBoards(db, rows))[0];
}

export async function findCredentials(
  db: Kysely<Tables>,
  email: string,
): Promise<{ person: Person; passwordHash: string } | undefined> {
  const rows = await db
    .selectFrom('person')
    .selectAll()
    .where('email_key', '=', keyOf(email))
    .execute();
  const [person] = await withBoards(db, rows);
  const [row] = rows;
  if (person === undefined || row === undefined) return undefined;
  return { person, passwordHash: row.password_hash };
}

/** Also clears away those that have ended, so that the table does not grow without end. */
export async function insertSession(
  db: Transaction<Tables>,
  secretHash: string,
  personId: string,
  now: EpochMs,
  expiresAt: EpochMs,
): Promise<void> {
  await db.deleteFrom('session').where('expires_at', '<=', now).execute();
  await db
    .insertInto('session')
    .values({
      secret_hash: secretHash,
      person_id: personId,
      created_at: now,
      expires_at: expiresAt,
    })
    .execute();
}

export async function findSessionPerson(
  db: Kysely<Tables>,
  secretHash: string,
  now: EpochMs,
): Promise<Person | undefined> {
  const rows = await db
    .selectFrom('session')
    .innerJoin('person', 'person.id', 'session.person_id')
    .selectAll('person')
    .where('session.secret_hash', '=', secretHash)
    .where('session.expires_at', '>', now)
    .execute();
  return (await withBoards(db, rows))[0];
}

export async function deleteSession(db: Kysely<Tables>, secretHash: string): Promise<void> {
  await db.deleteFrom('session').where('secret_hash', '=', secretHash).execute();
}

export async function deleteSessionsOf(db: Kysely<Tables>, personId: string): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('session')
    .where('person_id', '=', personId)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

async function withBoards(
  db: Kysely<Tables>,
  rows: readonly Selectable<PersonTable>[],
): Promise<Person[]> {
  const limited = rows.filter((row) => row.all_boards === 0).map((row) => row.id);
  const boards =
    limited.length === 0
      ? []
      : await db
          .selectFrom('person_board')
          .selectAll()
          .where('person_id', 'in', limited)
          .orderBy('board_id')
          .execute();
  return rows.map((row) => ({
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.role,
    boardIds:
      row.all_boards === 1
        ? null
        : boards.filter((each) => each.person_id === row.id).map((each) => each.board_id),
  }));
}

function keyOf(email: string): string {
  return email.trim().toLowerCase();
}
