// What is wrong with a row, said so that a person finds the cell and knows what to do.
import { AppError } from '#shared/runtime/errors.ts';

export interface Fault {
  /** 1 is the header. */
  readonly line: number;
  readonly column?: string;
  /** What is wrong and what to do. */
  readonly message: string;
}

/** Of one file; a column that is wrong throughout needs no 9,000 lines. */
const SHOWN = 1000;

/** The error of a file with faults: `bad_import`. */
export function badImport(file: string, faults: readonly Fault[]): AppError {
  const lines = faults
    .slice(0, SHOWN)
    .map(
      ({ line, column, message }) =>
        `- line ${line}${column === undefined ? '' : `, column ${column}`}: ${message}`,
    );
  const rest = faults.length - lines.length;
  if (rest > 0) lines.push(`- and ${rest} more: ${columnsOf(faults.slice(SHOWN))}`);
  return new AppError(
    'bad_import',
    `${file} has ${faults.length} fault(s); nothing was imported:\n${lines.join('\n')}`,
  );
}

/** Throws `bad_import` with these and the rows that could not be read, line by line. */
export function refuseFaults(
  table: { readonly file: string; readonly faults: readonly Fault[] },
  faults: readonly Fault[],
): void {
  const all = [...table.faults, ...faults].sort((a, b) => a.line - b.line);
  if (all.length > 0) throw badImport(table.file, all);
}

function columnsOf(faults: readonly Fault[]): string {
  return [...Map.groupBy(faults, ({ column }) => column)]
    .map(([column, each]) =>
      column === undefined ? `${each.length} of whole rows` : `${each.length} in column ${column}`,
    )
    .join(', ');
}
