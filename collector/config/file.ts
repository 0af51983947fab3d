// Reads the YAML file of settings. What may be in it is settings.ts's affair.
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import {
  COLLECTOR_SETTINGS,
  type CollectorSettings,
  readCollectorSettings,
  type SettingsFile,
} from './settings.ts';

/**
 * Settings of the environment and of the file that MEETNET_CONFIG names. Throws `bad_settings`
 * listing every problem at once.
 */
export async function loadCollectorSettings(
  env: Readonly<Record<string, string | undefined>>,
): Promise<CollectorSettings> {
  const path = env[COLLECTOR_SETTINGS.config.env] ?? '';
  return readCollectorSettings(env, path === '' ? undefined : await readSettingsFile(path));
}

/** Throws `bad_settings` for a file that is missing or no YAML. */
async function readSettingsFile(path: string): Promise<SettingsFile> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AppError(
      'bad_settings',
      `the settings file ${path} cannot be read (${messageOf(cause)}); mend MEETNET_CONFIG or the file`,
      { cause },
    );
  });
  let content: unknown;
  try {
    content = parse(text);
  } catch (cause) {
    throw new AppError('bad_settings', `${path} is not valid YAML: ${messageOf(cause)}`, { cause });
  }
  if (content !== null && (typeof content !== 'object' || Array.isArray(content))) {
    throw new AppError(
      'bad_settings',
      `${path} holds no settings; write one per line, such as port: 8080`,
    );
  }
  return { path, content: content ?? {} };
}
