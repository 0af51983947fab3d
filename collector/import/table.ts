// Text of a CSV file to rows by column name, each with its line number. Owns: separator, quotes,
// header, ragged rows. Does not own: what the columns mean.
import { CsvError, parse } from 'csv-parse/sync';
import { AppError } from '#shared/runtime/errors.ts';
import { badImport, type Fault } from './fault.ts';

export interface Row {
  readonly line: number;
  /** Trimmed text of a column, `''` where the cell is empty or the file has no such column. */
  readonly get: (column: string) => string;
}

export interface Table {
  /** For messages. */
  readonly file: string;
  /** Upper case, single blanks, as DUO mostly writes them: some of its files have underscores. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Throws `bad_import` for text that is no table, or whose rows do not fit its header. */
export function readTable(file: string, text: string): Table {
  const parsed = parseText(file, text.replace(/^\uFEFF/, ''));
  const [header, ...body] = parsed;
  if (header === undefined) {
    throw new AppError('bad_import', `${file} is empty; give a CSV file with a header line`);
  }
  const columns = header.record.map((name) =>
    name
      .replace(/[\s_]+/g, ' ')
      .trim()
      .toUpperCase(),
  );
  refuseDoubleColumns(file, columns);
  const ragged: Fault[] = body
    .filter(({ record }) => record.length !== columns.length)
    .map(({ record, info }) => ({
      line: info.lines,
      message: `has ${record.length} cells where the header has ${columns.length}; look for a stray separator or quote`,
    }));
  if (ragged.length > 0) throw badImport(file, ragged);
  const index = new Map(columns.map((name, position) => [name, position]));
  return {
    file,
    columns,
    rows: body.map(({ record, info }) => ({
      line: info.lines,
      get: (column) => record[index.get(column) ?? -1]?.trim() ?? '',
    })),
  };
}

function refuseDoubleColumns(file: string, columns: readonly string[]): void {
  const double = columns.find((name, at) => name !== '' && columns.indexOf(name) !== at);
  if (double === undefined) return;
  throw badImport(file, [
    { line: 1, column: double, message: 'is there twice; remove or rename one of them' },
  ]);
}

function parseText(file: string, text: string): readonly Parsed[] {
  try {
    return parse(text, {
      delimiter: delimiterOf(text),
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
    }) as unknown as readonly Parsed[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === 'number' ? error.lines : 1;
    throw badImport(file, [{ line, message: `${error.message}; mend the quotes of this row` }]);
  }
}

/** DUO's two kinds: semicolons, or commas with quotes. The header never has either in a name. */
function delimiterOf(text: string): string {
  const header = text.slice(0, text.search(/[\r\n]|$/));
  return header.split(';').length > header.split(',').length ? ';' : ',';
}
