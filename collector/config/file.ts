// Where the collector's settings come from: the environment and the YAML file that it names.
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { readSettingsFile } from '#shared/runtime/settings-file.ts';
import { COLLECTOR_SETTINGS, type CollectorSettings, readCollectorSettings } from './settings.ts';

/**
 * Settings of the environment and of the file that MEETNET_CONFIG names. Throws `bad_settings`
 * listing every problem at once.
 */
export async function loadCollectorSettings(
  env: Readonly<Record<string, string | undefined>>,
): Promise<CollectorSettings> {
  const path = env[COLLECTOR_SETTINGS.config.env] ?? '';
  if (path === '') return readCollectorSettings(env, undefined);
  const read = (name: string) => readFile(name, 'utf8');
  return readCollectorSettings(env, await readSettingsFile(path, read, parse));
}
