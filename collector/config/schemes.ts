// The subsidy schemes of the settings' file.
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { loadSchemes, type Schemes } from '../dossiers/subsidy/schemes.ts';
import type { CollectorSettings } from './settings.ts';

/** Throws `bad_settings` listing every fault of the file. */
export function readSchemes(settings: CollectorSettings): Promise<Schemes> {
  return loadSchemes(settings, (path) => readFile(path, 'utf8'), parse);
}
