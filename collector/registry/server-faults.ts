// When measure servers fell short: the interface and its queries. What is withdrawn stays as a row,
// so that a verdict can be made again from what was known at its time.
import type { Kysely, Transaction } from 'kysely';
import type { ServerFault } from '#shared/model/server-fault.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { ServerFaultTable, Tables } from './tables.ts';

export interface KeptServerFault extends ServerFault {
  readonly id: string;
  readonly foundAt: EpochMs;
  /** Absent: it stands. */
  readonly withdrawnAt?: EpochMs;
}

export interface ServerFaultQuery {
  /** Overlapping [from, to], both ends included. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly server?: string;
  /** As they stood at this time; default now. */
  readonly asOf?: EpochMs;
}

export interface ServerFaults {
  /** Those that stand, oldest first. */
  find(query: ServerFaultQuery): Promise<KeptServerFault[]>;
  /** Found or withdrawn at `since` or later, whether they stand or not. */
  changedSince(since: EpochMs): Promise<KeptServerFault[]>;
  /** One transaction. */
  revise(
    add: readonly ServerFault[],
    withdraw: readonly Pick<KeptServerFault, 'id'>[],
  ): Promise<void>;
}

export async function findServerFaults(
  db: Kysely<Tables>,
  { from, to, server, asOf }: ServerFaultQuery,
): Promise<KeptServerFault[]> {
  let query = db
    .selectFrom('server_fault')
    .selectAll()
    .where('to_at', '>=', from)
    .where('from_at', '<=', to);
  if (server !== undefined) query = query.where('server', '=', server);
  query =
    asOf === undefined
      ? query.where('withdrawn_at', 'is', null)
      : query
          .where('found_at', '<=', asOf)
          .where(({ eb, or }) =>
            or([eb('withdrawn_at', 'is', null), eb('withdrawn_at', '>', asOf)]),
          );
  return (await query.orderBy('from_at').orderBy('id').execute()).map(faultOf);
}

export async function findChangedFaults(
  db: Kysely<Tables>,
  since: EpochMs,
): Promise<KeptServerFault[]> {
  const rows = await db
    .selectFrom('server_fault')
    .selectAll()
    .where(({ eb, or }) => or([eb('found_at', '>=', since), eb('withdrawn_at', '>=', since)]))
    .orderBy('from_at')
    .orderBy('id')
    .execute();
  return rows.map(faultOf);
}

export async function reviseServerFaults(
  db: Transaction<Tables>,
  add: readonly ServerFault[],
  withdraw: readonly Pick<KeptServerFault, 'id'>[],
  now: EpochMs,
  newId: () => string,
): Promise<void> {
  for (const { id } of withdraw) {
    await db
      .updateTable('server_fault')
      .set({ withdrawn_at: now })
      .where('id', '=', id)
      .where('withdrawn_at', 'is', null)
      .execute();
  }
  for (const fault of add) {
    const { server, direction, lines, fallen } = fault;
    await db
      .insertInto('server_fault')
      .values({
        ...{ id: newId(), server, direction, lines, fallen },
        from_at: fault.from,
        to_at: fault.to,
        usual_rate: fault.usualRate,
        found_at: now,
        withdrawn_at: null,
      })
      .execute();
  }
}

function faultOf(row: ServerFaultTable): KeptServerFault {
  const { id, server, direction, lines, fallen } = row;
  return {
    ...{ id, server, direction, lines, fallen },
    from: row.from_at,
    to: row.to_at,
    usualRate: row.usual_rate,
    foundAt: row.found_at,
    ...(row.withdrawn_at === null ? {} : { withdrawnAt: row.withdrawn_at }),
  };
}
