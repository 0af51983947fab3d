// The configurations that the collector gave, kept over restarts. Spoilt, it is as installed: the
// collector sends what it wants again.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../files/write-atomically.ts';
import { AS_INSTALLED, type ConfigurationState, configurationStateSchema } from './trial.ts';

const FILE = 'configuration.json';
const OWNER_ONLY = 0o600;

export async function loadConfiguration(directory: string): Promise<ConfigurationState> {
  try {
    const text = await readFile(join(directory, FILE), 'utf8');
    return configurationStateSchema.parse(JSON.parse(text));
  } catch {
    return AS_INSTALLED;
  }
}

export function saveConfiguration(directory: string, state: ConfigurationState): Promise<void> {
  return writeAtomically(join(directory, FILE), `${JSON.stringify(state)}\n`, OWNER_ONLY);
}
