// DUO's files of school locations, in the layout of today (INSTELLINGSCODE, VESTIGINGSCODE) and
// the older one (BRIN NUMMER, VESTIGINGSNUMMER). Pure.
import { type Location, locationSchema, type Sector } from '#shared/model/location.ts';
import {
  type Cell,
  type ColumnNames,
  missingColumns,
  nameIn,
  pick,
  problemsOf,
} from './columns.ts';
import { badImport, type Fault, refuseFaults } from './fault.ts';
import { BRANCH, locationCode, SCHOOL } from './school-code.ts';
import { sectorOf } from './sector.ts';
import type { Row, Table } from './table.ts';

const COLUMNS = {
  boardId: ['BEVOEGD GEZAG NUMMER', 'BEVOEGD GEZAGNUMMER'],
  name: ['VESTIGINGSNAAM', 'INSTELLINGSNAAM', 'INSTELLINGSNAAM VESTIGING'],
  street: ['STRAATNAAM'],
  houseNumber: ['HUISNUMMER-TOEVOEGING'],
  postalCode: ['POSTCODE'],
  city: ['PLAATSNAAM'],
  municipality: ['GEMEENTENAAM'],
  province: ['PROVINCIE'],
} as const satisfies Record<string, ColumnNames>;
const OPTIONAL = [
  'street',
  'houseNumber',
  'postalCode',
  'city',
  'municipality',
  'province',
] as const;

/** Throws `bad_import` listing every fault of the file. `sector`: of rows of which the file says none. */
export function parseLocations(table: Table, sector?: Sector): readonly Location[] {
  const { file } = table;
  const missing = missingColumns(table, [SCHOOL, BRANCH, COLUMNS.boardId, COLUMNS.name]);
  if (missing.length > 0) throw badImport(file, missing);
  const faults: Fault[] = [];
  const seen = new Map<string, { line: number; location: Location }>();
  const locations: Location[] = [];
  for (const row of table.rows) {
    const result = readRow(table, row, sector);
    if ('faults' in result) {
      faults.push(...result.faults);
      continue;
    }
    const { location, codeColumn } = result;
    const earlier = seen.get(location.id);
    if (earlier === undefined) {
      seen.set(location.id, { line: row.line, location });
      locations.push(location);
    } else {
      faults.push({
        line: row.line,
        column: codeColumn,
        message: `location ${location.id} is on line ${earlier.line} too, ${differenceOf(table, earlier.location, location)}; remove one of them`,
      });
    }
  }
  refuseFaults(table, faults);
  return locations;
}

function differenceOf(table: Table, one: Location, other: Location): string {
  const fields = (['boardId', 'name', ...OPTIONAL] as const).filter(
    (field) => one[field] !== other[field],
  );
  const columns = fields.map((field) => nameIn(table, COLUMNS[field]) ?? field);
  return columns.length === 0 ? 'and the same' : `with another ${columns.join(', ')}`;
}

/** Columns that DUO's files have and this one has not: maybe a name that was mistyped. */
export function absentColumns(table: Table): readonly string[] {
  return OPTIONAL.filter((field) => nameIn(table, COLUMNS[field]) === undefined).map(
    (field) => COLUMNS[field][0],
  );
}

type RowResult =
  | { readonly location: Location; readonly codeColumn: string }
  | { readonly faults: readonly Fault[] };

function readRow(table: Table, row: Row, sector: Sector | undefined): RowResult {
  const school = pick(table, row, SCHOOL);
  const branch = pick(table, row, BRANCH);
  const code = locationCode(row.line, school, branch);
  const cells: Record<string, Cell> = Object.fromEntries(
    Object.entries(COLUMNS).map(([field, names]) => [field, pick(table, row, names)]),
  );
  const candidate: Record<string, string> = {
    // A code at fault is reported once, by its own cell; the rest of the row is still checked.
    id: typeof code === 'string' ? code : '00AA00',
    boardId: cells.boardId?.value ?? '',
    name: cells.name?.value ?? '',
  };
  for (const field of OPTIONAL) {
    const value = cells[field]?.value ?? '';
    if (value !== '') candidate[field] = field === 'postalCode' ? compactPostalCode(value) : value;
  }
  const known = sectorOf(table, row, sector);
  if (known !== undefined) candidate.sector = known;
  const parsed = locationSchema.safeParse(candidate);
  const faults = [
    ...(typeof code === 'string' ? [] : [code]),
    ...(parsed.success ? [] : problemsOf(row.line, parsed.error, cells)),
  ];
  if (!parsed.success || faults.length > 0) return { faults };
  return { location: parsed.data, codeColumn: branch.column };
}

/** `5831 CR` and `5831cr` are `5831CR`. */
function compactPostalCode(value: string): string {
  return value.replace(/\s+/g, '').toUpperCase();
}
