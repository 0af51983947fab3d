// Brings the registry's tables to this version; forward only, all of it or nothing.
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { start } from './0001-start.ts';
import { serverFaults } from './0002-server-faults.ts';
import { lines } from './0003-lines.ts';
import { verdicts } from './0004-verdicts.ts';
import { dossiers } from './0005-dossiers.ts';
import { scenarios } from './0006-scenarios.ts';
import { alerts } from './0007-alerts.ts';
import { agentConfigurations } from './0008-agent-configurations.ts';
import { agentReleases } from './0009-agent-releases.ts';
import { verdictsByOutcome } from './0010-verdicts-by-outcome.ts';

/** In the order of their names; appended to, never changed: each has run on somebody's data. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-start': start,
  '0002-server-faults': serverFaults,
  '0003-lines': lines,
  '0004-verdicts': verdicts,
  '0005-dossiers': dossiers,
  '0006-scenarios': scenarios,
  '0007-alerts': alerts,
  '0008-agent-configurations': agentConfigurations,
  '0009-agent-releases': agentReleases,
  '0010-verdicts-by-outcome': verdictsByOutcome,
};

/** Throws what kysely found, e.g. that the data was migrated by a newer version. */
export async function migrate<T>(db: Kysely<T>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
