// What is wrong with a row, said so that a person finds the cell and knows what to do.
import { AppError } from '#shared/runtime/errors.ts';

export interface Fault {
  /** 1 is the header. */
  readonly line: number;
  readonly column?: string;
  /** What is wrong and what to do. */
  readonly message: string;
}

/** Listing more than a screen of faults helps nobody. */
const SHOWN = 50;

/** The error of a file with faults: `bad_import`. */
export function badImport(file: string, faults: readonly Fault[]): AppError {
  const lines = faults
    .slice(0, SHOWN)
    .map(
      ({ line, column, message }) =>
        `- line ${line}${column === undefined ? '' : `, column ${column}`}: ${message}`,
    );
  const rest = faults.length - lines.length;
  if (rest > 0) lines.push(`- and ${rest} more`);
  return new AppError(
    'bad_import',
    `${file} has ${faults.length} fault(s); nothing was imported:\n${lines.join('\n')}`,
  );
}
