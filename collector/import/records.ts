// Text of a CSV file to its records, each with the line that it begins on. What cannot be read is a
// fault of its own line and hides no other: after a quote that nobody closes, reading goes on with
// the next line. Pure.
import { CsvError, parse } from 'csv-parse/sync';

export interface CsvRecord {
  /** 1 is the first of the file. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface BadRecord {
  readonly line: number;
  /** From 0; absent where it is the whole row that is at fault. */
  readonly cell?: number;
  readonly message: string;
}

/** The first record is the header: those of another width are bad. */
export interface Records {
  readonly records: readonly CsvRecord[];
  readonly bad: readonly BadRecord[];
}

/** Of one record; an address has a few. */
const MOST_LINES = 20;

export function readRecords(text: string): Records {
  const lines = text.split(/\r\n|\r|\n/);
  const delimiter = delimiterOf(lines.find((line) => line.trim() !== '') ?? '');
  const records: CsvRecord[] = [];
  const bad: BadRecord[] = [];
  let width: number | undefined;
  for (let at = 0; at < lines.length; ) {
    const read = recordAt(lines, at, delimiter, width);
    const line = at + 1;
    at += read.lines;
    if ('message' in read) {
      bad.push({ line, cell: read.cell, message: read.message });
      // Without a header nothing that follows can be told.
      if (width === undefined) break;
    } else if (read.cells.every((cell) => cell.trim() === '')) {
    } else if (width === undefined || read.cells.length === width) {
      width = read.cells.length;
      records.push({ line, cells: read.cells });
    } else {
      const message = `has ${read.cells.length} cells where the header has ${width}; look for a stray separator or quote`;
      bad.push({ line, message });
    }
  }
  return { records, bad };
}

/** DUO's two kinds: semicolons, or commas with quotes. The header never has either in a name. */
function delimiterOf(header: string): ';' | ',' {
  return header.split(';').length > header.split(',').length ? ';' : ',';
}

interface Read {
  /** That it took. */
  readonly lines: number;
  readonly cells: readonly string[];
}

interface Refused {
  readonly lines: 1;
  readonly cell: number;
  readonly message: string;
}

function recordAt(
  lines: readonly string[],
  at: number,
  delimiter: string,
  width: number | undefined,
): Read | Refused {
  const first = lines[at] ?? '';
  const plain = plainCells(first, delimiter);
  if (plain !== undefined) return { lines: 1, cells: plain };
  const open = (cell: number): Refused => ({
    ...{ lines: 1, cell },
    message: 'opens a quote that is not closed; remove it, or write it twice ("")',
  });
  let cell = 0;
  const most = width === undefined ? 1 : Math.min(MOST_LINES, lines.length - at);
  for (let n = 1; n <= most; n++) {
    const text = n === 1 ? first : lines.slice(at, at + n).join('\n');
    // Enough separators for two rows: a row was swallowed by the quote.
    if (n > 1 && text.split(delimiter).length > 2 * ((width ?? 1) - 1)) break;
    const read = parseRecord(text, delimiter);
    if ('cells' in read) {
      return n === 1 || read.cells.length === width ? { ...read, lines: n } : open(cell);
    }
    if (read.reason !== 'open') return n === 1 ? refused(read.cell) : open(cell);
    if (n === 1) cell = read.cell;
  }
  return open(cell);
}

function refused(cell: number): Refused {
  const message = 'has a quote in the midst of its text; write it twice, in a cell within quotes';
  return { lines: 1, cell, message };
}

/** Of a line without quotes, or with nothing but quoted cells without a quote in them: most lines. */
function plainCells(line: string, delimiter: string): readonly string[] | undefined {
  if (!line.includes('"')) return line.split(delimiter);
  if (line.length < 2 || !line.startsWith('"') || !line.endsWith('"')) return undefined;
  const cells = line.slice(1, -1).split(`"${delimiter}"`);
  return cells.some((cell) => cell.includes('"')) ? undefined : cells;
}

/** DUO's files with semicolons have quotes in names that are not written twice: they are text. */
function parseRecord(
  text: string,
  delimiter: string,
):
  | { readonly cells: readonly string[] }
  | { readonly reason: 'open' | 'stray'; readonly cell: number } {
  try {
    const records: string[][] = parse(text, {
      ...{ delimiter, record_delimiter: '\n' },
      relax_column_count: true,
      relax_quotes: delimiter === ';',
    });
    return { cells: records[0] ?? [] };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const cell = typeof error.column === 'number' ? error.column : 0;
    return { reason: error.code === 'CSV_QUOTE_NOT_CLOSED' ? 'open' : 'stray', cell };
  }
}
