// DUO's file of school boards: BEVOEGD GEZAG NUMMER, BEVOEGD GEZAG NAAM. Pure.
import { type Board, boardSchema } from '#shared/model/location.ts';
import { missingColumns, pick, problemsOf } from './columns.ts';
import { badImport, type Fault, refuseFaults } from './fault.ts';
import type { Table } from './table.ts';

const COLUMNS = {
  id: ['BEVOEGD GEZAG NUMMER', 'BEVOEGD GEZAGNUMMER'],
  name: ['BEVOEGD GEZAG NAAM', 'BEVOEGD GEZAGNAAM'],
} as const;

/** Throws `bad_import` listing every fault of the file. */
export function parseBoards(table: Table): readonly Board[] {
  const { file } = table;
  const missing = missingColumns(table, [COLUMNS.id, COLUMNS.name]);
  if (missing.length > 0) throw badImport(file, missing);
  const faults: Fault[] = [];
  const boards = new Map<string, { board: Board; line: number }>();
  for (const row of table.rows) {
    const id = pick(table, row, COLUMNS.id);
    const name = pick(table, row, COLUMNS.name);
    const parsed = boardSchema.safeParse({ id: id.value, name: name.value });
    if (!parsed.success) {
      faults.push(...problemsOf(row.line, parsed.error, { id, name }));
      continue;
    }
    const earlier = boards.get(parsed.data.id);
    if (earlier !== undefined && earlier.board.name !== parsed.data.name) {
      faults.push({
        line: row.line,
        column: id.column,
        message: `${parsed.data.id} is on line ${earlier.line} too, with another name; remove one of them`,
      });
      continue;
    }
    boards.set(parsed.data.id, { board: parsed.data, line: row.line });
  }
  refuseFaults(table, faults);
  return [...boards.values()].map(({ board }) => board);
}
