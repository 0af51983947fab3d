// Which boards an import adds or names anew. Pure.
import type { Board, Location } from '#shared/model/location.ts';
import type { ImportPlan } from '#shared/wire/import.ts';

export interface PlannedBoards {
  readonly plan: ImportPlan['boards'];
  /** To be written. */
  readonly rows: readonly Board[];
}

/** All that a file names, with a location here or not: theirs may come in a later file. */
export function planBoards(
  named: readonly Board[],
  known: readonly Board[],
  given: Iterable<Location>,
): PlannedBoards {
  const knownNames = new Map(known.map(({ id, name }) => [id, name]));
  const names = new Map(named.map(({ id, name }) => [id, name]));
  const ids = new Set([...[...given].map(({ boardId }) => boardId), ...names.keys()]);
  const boards = [...ids].sort().map((id) => ({
    id,
    name: names.get(id) ?? knownNames.get(id) ?? `Bevoegd gezag ${id}`,
  }));
  const added = boards.filter(({ id }) => !knownNames.has(id));
  const renamed = boards.flatMap(({ id, name }) => {
    const from = knownNames.get(id);
    return from === undefined || from === name ? [] : [{ id, from, to: name }];
  });
  return {
    plan: {
      added,
      renamed,
      unchanged: boards.length - added.length - renamed.length,
      unnamed: added.filter(({ id }) => !names.has(id)).map(({ id }) => id),
    },
    rows: [...added, ...renamed.map(({ id, to }) => ({ id, name: to }))],
  };
}
