// Any number of files, each told by its header, into what they say together. Pure. Every fault of
// every file is found before anything is given back.
import type { Board, Location, Sector } from '#shared/model/location.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { parseBoards } from './boards.ts';
import { decodeFile } from './decode.ts';
import { badImport, type Fault } from './fault.ts';
import { kindOf } from './file-kind.ts';
import { absentColumns, parseLocations } from './locations.ts';
import { type PostcodePoints, parsePostcodes } from './postcodes.ts';
import { chooseCounts } from './pupil-years.ts';
import { type FilePupils, type PupilCount, parsePupils } from './pupils.ts';
import { readTable, type Table } from './table.ts';
import { parseTransitions, type Transition } from './transitions.ts';

export interface ImportFile {
  /** For messages, and for the sector where the file itself does not say it. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What the files say; nothing of what is known already. */
export interface ImportedFacts {
  readonly locations: readonly Location[];
  readonly boards: readonly Board[];
  /** Only what is known, if within a margin. */
  readonly pupils: ReadonlyMap<string, PupilCount>;
  readonly transitions: readonly Transition[];
  /** In the order of the files: the first that knows an address decides. */
  readonly postcodes: readonly PostcodePoints[];
  readonly notes: readonly string[];
}

/** Throws `bad_import` with every fault of every file. */
export function readFiles(files: readonly ImportFile[], sector?: Sector): ImportedFacts {
  const parts = files.map((file) => attempt(() => readFile(file, sector)));
  const errors = parts.flatMap((part) => ('error' in part ? [part.error] : []));
  const facts = parts.flatMap((part) => ('facts' in part ? [part.facts] : []));
  const locations = facts.flatMap((each) => each.locations ?? []);
  const boards = facts.flatMap((each) => each.boards ?? []);
  const pupils = chooseCounts(
    facts.flatMap(({ file, counted }) => (counted === undefined ? [] : [{ file, ...counted }])),
  );
  errors.push(...doubles(facts), ...pupils.errors);
  const [first, ...others] = errors;
  if (first !== undefined && others.length === 0) throw first;
  if (first !== undefined) {
    throw new AppError('bad_import', errors.map(({ message }) => message).join('\n'));
  }
  return {
    locations,
    boards,
    pupils: pupils.counts,
    transitions: facts.flatMap((each) => each.transitions ?? []),
    postcodes: facts.flatMap((each) => each.postcodes ?? []),
    notes: [...facts.flatMap((each) => each.notes ?? []), ...pupils.notes],
  };
}

interface FileFacts extends Partial<Omit<ImportedFacts, 'pupils'>> {
  readonly file: string;
  readonly counted?: FilePupils;
}

function readFile({ name, bytes }: ImportFile, sector: Sector | undefined): FileFacts {
  const table = readTable(name, decodeFile(name, bytes));
  const kind = kindOf(table);
  if (table.rows.length === 0 && table.faults.length === 0) {
    throw badImport(name, [
      { line: 2, message: 'no rows follow the header; give a file with rows' },
    ]);
  }
  switch (kind) {
    case 'locations':
      return readLocations(table, sector);
    case 'locations_and_pupils':
      return { ...readLocations(table, sector), counted: parsePupils(table) };
    case 'pupils':
      return { file: name, counted: parsePupils(table) };
    case 'boards':
      return { file: name, boards: parseBoards(table) };
    case 'transitions':
      return { file: name, transitions: parseTransitions(table) };
    case 'postcodes':
      return { file: name, postcodes: [parsePostcodes(table)] };
  }
}

function readLocations(table: Table, sector: Sector | undefined): FileFacts {
  const locations = parseLocations(table, sector);
  const unknown = locations.filter((location) => location.sector === undefined).length;
  const absent = absentColumns(table);
  const notes = [
    unknown > 0 &&
      `${table.file}: neither its columns nor its name say of which sector ${unknown} of its locations are, so nothing is closed by it; give --sector po, vo or so`,
    absent.length > 0 &&
      `${table.file} has no column ${absent.join(', ')}; what is known of them stays`,
  ].filter((note) => note !== false);
  return { file: table.file, locations, notes };
}

function attempt(read: () => FileFacts): { facts: FileFacts } | { error: AppError } {
  try {
    return { facts: read() };
  } catch (error) {
    if (error instanceof AppError) return { error };
    throw error;
  }
}

/** Across files; within one file the rows were told with their lines. */
function doubles(facts: readonly FileFacts[]): AppError[] {
  const seen = new Map<string, string>();
  const named = new Map<string, { file: string; name: string }>();
  return facts.flatMap(({ file, locations = [], boards = [] }) => {
    const twice = locations.filter(({ id }) => seen.has(id));
    const renamed = boards.filter(({ id, name }) => (named.get(id)?.name ?? name) !== name);
    const faults = [
      doubleFault(twice, 'location(s) are also', (id) => seen.get(id)),
      doubleFault(renamed, 'board(s) have another name', (id) => named.get(id)?.file),
    ].filter((fault) => fault !== undefined);
    for (const { id } of locations) seen.set(id, file);
    for (const { id, name } of boards) named.set(id, { file, name });
    return faults.length === 0 ? [] : [badImport(file, faults)];
  });
}

function doubleFault(
  these: readonly { readonly id: string }[],
  what: string,
  fileOf: (id: string) => string | undefined,
): Fault | undefined {
  const [first] = these;
  if (first === undefined) return undefined;
  const message = `${these.length} ${what} in ${fileOf(first.id)}, the first ${first.id}; import one file or the other`;
  return { line: 1, message };
}
