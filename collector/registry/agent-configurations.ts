// Queries on configurations for agents.
import type { Kysely, Transaction } from 'kysely';
import { configurationSchema } from '#shared/model/configuration.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type {
  ConfigurationAnswer,
  NewConfiguration,
  StoredConfiguration,
} from '../gateway/configuration-store.ts';
import type { Tables } from './tables.ts';

export async function insertConfiguration(
  db: Transaction<Tables>,
  { deviceId, configuration, authorId }: NewConfiguration,
  now: EpochMs,
): Promise<number> {
  const last = await db
    .selectFrom('agent_configuration')
    .select((each) => each.fn.max('version').as('version'))
    .executeTakeFirst();
  const version = Number(last?.version ?? 0) + 1;
  await db
    .insertInto('agent_configuration')
    .values({
      version,
      device_id: deviceId ?? null,
      document: JSON.stringify(configuration),
      author_id: authorId,
      created_at: now,
    })
    .execute();
  return version;
}

export async function findConfiguration(
  db: Kysely<Tables>,
  deviceId: string,
): Promise<StoredConfiguration | undefined> {
  const row = await db
    .selectFrom('agent_configuration as given')
    .leftJoin('agent_configuration_answer as answer', (join) =>
      join.onRef('answer.version', '=', 'given.version').on('answer.device_id', '=', deviceId),
    )
    .select(['given.version', 'document', 'created_at', 'outcome', 'reason'])
    .where((each) =>
      each.or([each('given.device_id', '=', deviceId), each('given.device_id', 'is', null)]),
    )
    .orderBy('given.version', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { version, document, created_at, outcome, reason } = row;
  return {
    version,
    configuration: configurationSchema.parse(JSON.parse(document)),
    createdAt: created_at,
    ...(outcome === null ? {} : { answer: { outcome, ...(reason === null ? {} : { reason }) } }),
  };
}

export async function findAnswer(
  db: Kysely<Tables>,
  deviceId: string,
  version: number,
): Promise<ConfigurationAnswer | undefined> {
  const row = await db
    .selectFrom('agent_configuration_answer')
    .select(['outcome', 'reason'])
    .where('device_id', '=', deviceId)
    .where('version', '=', version)
    .executeTakeFirst();
  return row && { outcome: row.outcome, reason: row.reason ?? undefined };
}

export async function writeAnswer(
  db: Transaction<Tables>,
  deviceId: string,
  version: number,
  { outcome, reason = undefined }: ConfigurationAnswer,
  now: EpochMs,
): Promise<void> {
  const said = { outcome, reason: reason ?? null, answered_at: now };
  await db
    .insertInto('agent_configuration_answer')
    .values({ device_id: deviceId, version, ...said })
    .onConflict((conflict) => conflict.columns(['device_id', 'version']).doUpdateSet(said))
    .execute();
}
