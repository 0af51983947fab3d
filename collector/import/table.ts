// Text of a CSV file to rows by column name, each with its line number. Owns: header, cells. Does
// not own: separators and quotes, nor what the columns mean.
import { AppError } from '#shared/runtime/errors.ts';
import { badImport, type Fault } from './fault.ts';
import { type BadRecord, readRecords } from './records.ts';

export interface Row {
  readonly line: number;
  /** Text of a column on one line, trimmed; `''` where the cell is empty or the file has no such column. */
  readonly get: (column: string) => string;
}

export interface Table {
  /** For messages. */
  readonly file: string;
  /** Upper case, single blanks, as DUO mostly writes them: some of its files have underscores. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** Of rows that could not be read and are not in `rows`. */
  readonly faults: readonly Fault[];
}

/** Throws `bad_import` for text that is no table. */
export function readTable(file: string, text: string): Table {
  const { records, bad } = readRecords(text.replace(/^\uFEFF/, ''));
  const [header, ...body] = records;
  if (header === undefined) {
    if (bad.length > 0) throw badImport(file, bad);
    throw new AppError('bad_import', `${file} is empty; give a CSV file with a header line`);
  }
  const columns = header.cells.map((name) =>
    name
      .replace(/[\s_]+/g, ' ')
      .trim()
      .toUpperCase(),
  );
  refuseDoubleColumns(file, columns);
  const index = new Map(columns.map((name, position) => [name, position]));
  return {
    file,
    columns,
    rows: body.map(({ line, cells }) => ({
      line,
      get: (column) => textOf(cells[index.get(column) ?? -1] ?? ''),
    })),
    faults: bad.map((record) => faultOf(record, columns)),
  };
}

function textOf(cell: string): string {
  return cell.includes('\n') ? cell.trim().replace(/\s*\n\s*/g, ' ') : cell.trim();
}

function faultOf({ line, cell, message }: BadRecord, columns: readonly string[]): Fault {
  const column = cell === undefined ? undefined : columns[cell];
  return { line, message, ...(column === undefined ? {} : { column }) };
}

function refuseDoubleColumns(file: string, columns: readonly string[]): void {
  const double = columns.find((name, at) => name !== '' && columns.indexOf(name) !== at);
  if (double === undefined) return;
  throw badImport(file, [
    { line: 1, column: double, message: 'is there twice; remove or rename one of them' },
  ]);
}
