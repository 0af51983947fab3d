// Queries on verdicts: the latest of each location and line in place, and a history of the
// location's changes.
import type { Kysely, Transaction } from 'kysely';
import type { Verdict } from '#shared/model/verdict.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Tables } from './tables.ts';

/** Throws `not_found` for an unknown location. */
export async function keepVerdict(
  db: Transaction<Tables>,
  locationId: string,
  verdict: Verdict,
): Promise<void> {
  const before = await db
    .selectFrom('location')
    .leftJoin('verdict', 'verdict.location_id', 'location.id')
    .select(['location.id', 'verdict.outcome', 'verdict.norm_version', 'verdict.since'])
    .where('location.id', '=', locationId)
    .executeTakeFirst();
  if (before === undefined) {
    throw new AppError('not_found', `there is no location ${locationId} to keep a verdict of`);
  }
  const isChange =
    before.outcome !== verdict.outcome || before.norm_version !== verdict.normVersion;
  const judgedAt = Date.parse(verdict.judgedAt);
  const row = {
    location_id: locationId,
    outcome: verdict.outcome,
    norm_version: verdict.normVersion,
    document: JSON.stringify(verdict),
    judged_at: judgedAt,
  };
  await db
    .insertInto('verdict')
    .values({ ...row, since: isChange ? judgedAt : (before.since ?? judgedAt) })
    .onConflict((conflict) =>
      conflict.column('location_id').doUpdateSet(({ ref }) => ({
        outcome: ref('excluded.outcome'),
        norm_version: ref('excluded.norm_version'),
        document: ref('excluded.document'),
        judged_at: ref('excluded.judged_at'),
        since: ref('excluded.since'),
      })),
    )
    .execute();
  if (!isChange) return;
  const { last } = await db
    .selectFrom('verdict_history')
    .select(({ fn }) => fn.max('number').as('last'))
    .where('location_id', '=', locationId)
    .executeTakeFirstOrThrow();
  await db
    .insertInto('verdict_history')
    .values({ ...row, number: (last ?? 0) + 1 })
    .execute();
}

/** The latest alone; what it rested on is in the location's history. */
export async function keepLineVerdicts(
  db: Transaction<Tables>,
  verdicts: ReadonlyMap<string, Verdict>,
): Promise<void> {
  for (const [lineId, verdict] of verdicts) {
    const row = {
      outcome: verdict.outcome,
      norm_version: verdict.normVersion,
      document: JSON.stringify(verdict),
      judged_at: Date.parse(verdict.judgedAt),
    };
    await db
      .insertInto('line_verdict')
      .values({ line_id: lineId, ...row })
      .onConflict((conflict) => conflict.column('line_id').doUpdateSet(row))
      .execute();
  }
}

export async function findLineVerdicts(
  db: Kysely<Tables>,
  locationId: string | undefined,
): Promise<Map<string, Verdict>> {
  const rows = await db
    .selectFrom('line_verdict')
    .innerJoin('line', 'line.id', 'line_verdict.line_id')
    .select(['line_verdict.line_id', 'line_verdict.document'])
    .$if(locationId !== undefined, (query) =>
      query.where('line.location_id', '=', locationId ?? ''),
    )
    .execute();
  return new Map(rows.map((row) => [row.line_id, JSON.parse(row.document)]));
}

export async function findVerdict(
  db: Kysely<Tables>,
  locationId: string,
): Promise<Verdict | undefined> {
  const row = await db
    .selectFrom('verdict')
    .select('document')
    .where('location_id', '=', locationId)
    .executeTakeFirst();
  return row === undefined ? undefined : JSON.parse(row.document);
}

export async function findVerdicts(db: Kysely<Tables>): Promise<Map<string, Verdict>> {
  const rows = await db.selectFrom('verdict').select(['location_id', 'document']).execute();
  return new Map(rows.map((row) => [row.location_id, JSON.parse(row.document)]));
}

/** Oldest first: each verdict with which outcome or norm changed. */
export async function findVerdictHistory(
  db: Kysely<Tables>,
  locationId: string,
): Promise<Verdict[]> {
  const rows = await db
    .selectFrom('verdict_history')
    .select('document')
    .where('location_id', '=', locationId)
    .orderBy('number')
    .execute();
  return rows.map((row) => JSON.parse(row.document));
}
