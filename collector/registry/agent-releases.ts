// Queries on releases of the agent.
import { sql } from 'kysely';
import { AppError } from '#shared/runtime/errors.ts';
import type { ReleaseStore } from '../releases/release-store.ts';
import type { Access } from './case-stores.ts';

export function releaseStoreOn({ read, write, now }: Access): ReleaseStore {
  const change = (version: string, to: { share: number } | { withdrawn_at: number }) =>
    write('a release', async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable('agent_release')
        .set(to)
        .where('version', '=', version)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) {
        throw new AppError('not_found', `no release ${version} was published; see 'release list'`);
      }
    });
  const answers = (by: 'device_id' | 'version', value: string) =>
    read('answers to releases', (db) =>
      db
        .selectFrom('agent_release_answer')
        .select(['device_id as deviceId', 'version', 'outcome', 'reason'])
        .select('answered_at as answeredAt')
        .where(by, '=', value)
        .orderBy('device_id')
        .execute(),
    );
  return {
    add: ({ version, manifest, signature, share, files }) =>
      write('a release', async (tx) => {
        const known = await tx
          .selectFrom('agent_release')
          .select(['version', 'number'])
          .orderBy('number', 'desc')
          .execute();
        if (known.some((each) => each.version === version)) {
          throw new AppError(
            'conflict',
            `release ${version} was published before; another file is another version`,
          );
        }
        const number = (known[0]?.number ?? 0) + 1;
        await tx
          .insertInto('agent_release')
          .values({
            ...{ version, number, manifest, signature, share },
            ...{ published_at: now(), withdrawn_at: null },
          })
          .execute();
        await tx
          .insertInto('agent_release_file')
          .values(files.map(({ name, bytes }) => ({ version, name, bytes })))
          .execute();
      }),
    all: () =>
      read('releases', (db) =>
        db
          .selectFrom('agent_release')
          .select(['version', 'manifest', 'signature', 'share'])
          .select(['published_at as publishedAt', 'withdrawn_at as withdrawnAt'])
          .orderBy('number', 'desc')
          .execute(),
      ),
    setShare: (version, share) => change(version, { share }),
    withdraw: (version) => change(version, { withdrawn_at: now() }),
    part: (version, name, offset, length) =>
      read('a release', async (db) => {
        const row = await db
          .selectFrom('agent_release_file')
          .select(sql<Uint8Array>`substr(bytes, ${offset + 1}, ${length})`.as('part'))
          .where('version', '=', version)
          .where('name', '=', name)
          .executeTakeFirst();
        return row?.part;
      }),
    answersOf: (deviceId) => answers('device_id', deviceId),
    answersTo: (version) => answers('version', version),
    answered: ({ deviceId, version, outcome, reason }) =>
      write('an answer to a release', async (tx) => {
        const said = { outcome, reason: reason ?? null, answered_at: now() };
        await tx
          .insertInto('agent_release_answer')
          .values({ device_id: deviceId, version, ...said })
          .onConflict((conflict) => conflict.columns(['device_id', 'version']).doUpdateSet(said))
          .execute();
      }),
  };
}
