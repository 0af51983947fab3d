// Queries on norms: kept in full for as long as verdicts name their versions.
import type { Kysely, Transaction } from 'kysely';
import type { Norm } from '#shared/model/norm.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Tables } from './tables.ts';

const RULES_OF_BEFORE: Partial<Norm> = { passesAtAnyHour: true, newestRunsFirst: true };

/** Throws `conflict` when the version is known with other figures. */
export async function insertNorm(db: Transaction<Tables>, norm: Norm, now: EpochMs): Promise<void> {
  const known = await readNorm(db, norm.version);
  if (known === undefined) {
    await db
      .insertInto('norm')
      .values({ version: norm.version, document: textOf(norm), created_at: now })
      .execute();
    return;
  }
  if (textOf(known) === textOf(norm)) return;
  throw new AppError(
    'conflict',
    `norm ${norm.version} is kept with other figures; verdicts name it, so a changed norm needs a version of its own`,
  );
}

/**
 * One that was kept before the rules of any hour and of newest runs were the norm's to allow was
 * judged by with both.
 */
export async function findNorm(db: Kysely<Tables>, version: string): Promise<Norm | undefined> {
  const norm = await readNorm(db, version);
  return norm === undefined ? undefined : { ...RULES_OF_BEFORE, ...norm };
}

async function readNorm(db: Kysely<Tables>, version: string): Promise<Norm | undefined> {
  const row = await db
    .selectFrom('norm')
    .select('document')
    .where('version', '=', version)
    .executeTakeFirst();
  return row === undefined ? undefined : JSON.parse(row.document);
}

/** One text for a norm, in whatever order its parts were given. */
function textOf(norm: Norm): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(norm).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
}
