// Columns that DUO has called by more than one name, and faults in terms of the cells.
import type { z } from 'zod';
import type { Fault } from './fault.ts';
import type { Row, Table } from './table.ts';

/** Names of one column, today's first. */
export type ColumnNames = readonly [string, ...string[]];

export interface Cell {
  /** The name that this file uses. */
  readonly column: string;
  readonly value: string;
}

export function nameIn(table: Table, names: ColumnNames): string | undefined {
  return names.find((name) => table.columns.includes(name));
}

export function pick(table: Table, row: Row, names: ColumnNames): Cell {
  const column = nameIn(table, names) ?? names[0];
  return { column, value: row.get(column) };
}

export function missingColumns(table: Table, needed: readonly ColumnNames[]): readonly Fault[] {
  return needed
    .filter((names) => nameIn(table, names) === undefined)
    .map((names) => ({
      line: 1,
      column: names[0],
      message: `is missing${names.length > 1 ? ` (older files call it ${names.slice(1).join(' or ')})` : ''}; the header has ${table.columns.join(', ') || 'nothing'}`,
    }));
}

/** One fault per cell that the model's schema refuses. */
export function problemsOf(
  line: number,
  error: z.ZodError,
  cells: Readonly<Record<string, Cell>>,
): readonly Fault[] {
  return error.issues.map((issue) => {
    const cell = cells[String(issue.path[0])];
    if (cell === undefined) return { line, message: issue.message };
    const message =
      cell.value === ''
        ? 'is empty; fill it in or remove the row'
        : `${JSON.stringify(cell.value)} cannot be used: ${issue.message}`;
    return { line, column: cell.column, message };
  });
}
