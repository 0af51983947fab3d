// What every command begins with: the settings, the agent's own directory, a log on stderr.
import { join, resolve } from 'node:path';
import { systemClock } from '#shared/runtime/clock.ts';
import { createLogger, type Logger } from '#shared/runtime/log.ts';
import { type AgentSettings, loadAgentSettings } from './config/settings.ts';
import type { AgentEdge } from './edge.ts';
import type { Identity } from './identity/identity.ts';

export interface Prepared {
  readonly settings: AgentSettings;
  /** The agent's own directory. */
  readonly directory: string;
  readonly log: Logger;
}

export async function prepare(edge: AgentEdge): Promise<Prepared> {
  const settings = await loadAgentSettings(edge.env);
  const log = createLogger({
    level: settings.logLevel,
    format: settings.logFormat,
    clock: systemClock,
    write: edge.stderr,
  });
  return { settings, directory: join(resolve(settings.data), 'agent'), log };
}

/** Where the running agent would go, too. `log`: told of a configuration that cannot be read. */
export async function collectorOf(
  directory: string,
  settings: AgentSettings,
  { collector }: Pick<Identity, 'collector'>,
  log?: Logger,
): Promise<string> {
  const { loadConfiguration } = await import('./config/configuration-file.ts');
  const { collectorUnder } = await import('./config/trial.ts');
  const installed = { collector, fixedCollector: settings.collector };
  return collectorUnder(await loadConfiguration(directory, log), installed);
}
