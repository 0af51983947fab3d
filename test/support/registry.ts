// A real registry in a folder of its own, with two boards and three locations.
import { join } from 'node:path';
import type { Registry, RegistryChanges } from '#collector/registry/registry.ts';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import type { Board, Location } from '#shared/model/location.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { silentLog } from './silent-log.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const BOARDS: readonly Board[] = [
  { id: '41234', name: 'Stichting De Peel' },
  { id: '40001', name: 'Stichting Noord' },
];
export const LOCATIONS: readonly Location[] = [
  {
    id: '16SW03',
    boardId: '41234',
    name: 'De Peelschool',
    street: 'Dorpsstraat',
    houseNumber: '12',
    postalCode: '5831CR',
    city: 'Boxmeer',
    municipality: 'Land van Cuijk',
    province: 'Noord-Brabant',
  },
  { id: '16SW04', boardId: '41234', name: 'De Peelschool, bijgebouw', pupils: 41 },
  { id: '00AA00', boardId: '40001', name: "'t Noorden" },
];

export interface OpenRegistry extends AsyncDisposable {
  readonly registry: Registry;
  readonly folder: string;
  readonly path: string;
  /** Another connection to the same file, as a command's process has. */
  open(): Promise<Registry>;
}

/** As an import closes, reopens and merges locations. */
export function changed(registry: Registry, changes: Partial<RegistryChanges>): Promise<void> {
  const none = { boards: [], locations: [], reopened: [], closed: [], merged: [] };
  return registry.changeLocations(() => ({ result: undefined, changes: { ...none, ...changes } }));
}

export async function openTestRegistry(clock: Pick<Clock, 'now'>): Promise<OpenRegistry> {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'registry.db');
  const opened: Registry[] = [];
  const open = async () => {
    const registry = await openSqliteRegistry({ path, clock, log: silentLog });
    opened.push(registry);
    return registry;
  };
  const registry = await open();
  await registry.importLocations(BOARDS, LOCATIONS);
  return {
    registry,
    folder: folder.path,
    path,
    open,
    [Symbol.asyncDispose]: async () => {
      for (const each of opened) await each[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
