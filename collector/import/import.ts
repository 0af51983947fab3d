// Brings parsed boards and locations into the registry in one transaction.
import type { Board, Location } from '#shared/model/location.ts';
import type { ImportCounts, Registry } from '../registry/registry.ts';
import { parseBoards } from './boards.ts';
import { parseLocations } from './locations.ts';

export interface ImportFile {
  /** For messages. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface ImportRequest {
  readonly locations: ImportFile;
  readonly boards?: ImportFile;
  readonly mode: 'write' | 'preview';
}

export interface ImportResult {
  readonly counts: ImportCounts;
  /** Boards whose name is in no file and was not known: they are named after their number. */
  readonly unnamedBoards: readonly string[];
}

/** Throws `bad_import`; then nothing was changed. */
export async function importDuo(registry: Registry, request: ImportRequest): Promise<ImportResult> {
  const locations = parseLocations(request.locations.name, request.locations.bytes);
  const named =
    request.boards === undefined ? [] : parseBoards(request.boards.name, request.boards.bytes);
  const known = await registry.boards(undefined);
  const { boards, unnamed } = boardsFor(locations, named, known);
  const counts = await registry.importLocations(boards, locations, request.mode === 'preview');
  return { counts, unnamedBoards: unnamed };
}

/** Only boards that have a location here: DUO's file of boards has every kind of education. */
function boardsFor(
  locations: readonly Location[],
  named: readonly Board[],
  known: readonly Board[],
): { boards: readonly Board[]; unnamed: readonly string[] } {
  const names = new Map([...known, ...named].map(({ id, name }) => [id, name]));
  const ids = [...new Set(locations.map(({ boardId }) => boardId))].sort();
  return {
    boards: ids.map((id) => ({ id, name: names.get(id) ?? `Bevoegd gezag ${id}` })),
    unnamed: ids.filter((id) => !names.has(id)),
  };
}
