// The configurations that the collector gave, kept over restarts, in two copies: without them the
// agent no longer knows where its collector has moved to.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { writeAtomically } from '../files/write-atomically.ts';
import { AS_INSTALLED, type ConfigurationState, configurationStateSchema } from './trial.ts';

const FILE = 'configuration.json';
/** As it was before the last change. */
const FILE_BEFORE = 'configuration.before.json';
const OWNER_ONLY = 0o600;

/** As installed where there is none; where it is spoilt, the one before. Never rejects. Without `log`: says nothing. */
export async function loadConfiguration(
  directory: string,
  log?: Pick<Logger, 'warn' | 'error'>,
): Promise<ConfigurationState> {
  const path = join(directory, FILE);
  try {
    return (await read(path)) ?? AS_INSTALLED;
  } catch (cause) {
    const error = messageOf(cause);
    try {
      const before = await read(join(directory, FILE_BEFORE));
      if (before === undefined) throw new Error(`there is no ${FILE_BEFORE}`);
      log?.warn('the configuration cannot be read; the one before is used', { path, error });
      return before;
    } catch (second) {
      const why = { path, error, second: messageOf(second) };
      log?.error('neither configuration can be read; the agent runs as installed', why);
      return AS_INSTALLED;
    }
  }
}

/** Durable when it resolves; the one before is kept first. */
export async function saveConfiguration(
  directory: string,
  state: ConfigurationState,
): Promise<void> {
  const path = join(directory, FILE);
  // What is spoilt does not take the place of a copy that is not.
  const before = await read(path).catch(() => undefined);
  if (before !== undefined) await write(join(directory, FILE_BEFORE), before);
  await write(path, state);
}

/** Undefined: there is none. Throws for what cannot be read, or is no configuration. */
async function read(path: string): Promise<ConfigurationState | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return configurationStateSchema.parse(JSON.parse(text));
}

function write(path: string, state: ConfigurationState): Promise<void> {
  return writeAtomically(path, `${JSON.stringify(state)}\n`, OWNER_ONLY);
}
