// What a file is, told from its header alone. Pure.
import { type ColumnNames, nameIn } from './columns.ts';
import { badImport } from './fault.ts';
import { POSTCODE_COLUMNS } from './postcodes.ts';
import { countColumns } from './pupil-columns.ts';
import { BRANCH, SCHOOL } from './school-code.ts';
import type { Table } from './table.ts';

export type FileKind =
  | 'locations'
  | 'pupils'
  /** Locations with a column that somebody added: DUO's counts have no streets. */
  | 'locations_and_pupils'
  | 'boards'
  | 'transitions'
  | 'postcodes';

/** Throws `bad_import` for a header that is of no file that can be imported. */
export function kindOf(table: Table): FileKind {
  const has = (names: ColumnNames) => nameIn(table, names) !== undefined;
  if (has(['NR ADMIN VAN']) && has(['NR ADMIN NAAR'])) return 'transitions';
  if (has(SCHOOL) && has(BRANCH)) {
    if (countColumns(table) === undefined) return 'locations';
    return has(['VESTIGINGSNAAM']) && has(['STRAATNAAM']) ? 'locations_and_pupils' : 'pupils';
  }
  if (has(['BEVOEGD GEZAG NAAM', 'BEVOEGD GEZAGNAAM'])) return 'boards';
  const { postcode, latitude, x } = POSTCODE_COLUMNS;
  if (!has(SCHOOL) && has(postcode) && (has(latitude) || has(x))) return 'postcodes';
  throw badImport(table.file, [{ line: 1, message: whyUnknown(table, has(SCHOOL)) }]);
}

function whyUnknown(table: Table, hasSchool: boolean): string {
  const header = table.columns.join(', ') || 'nothing';
  if (hasSchool) {
    return `has schools and no VESTIGINGSCODE or VESTIGINGSNUMMER; give DUO's file of all locations (alle vestigingen), not that of main locations (hoofdvestigingen). The header has ${header}`;
  }
  return `is the header of no file that can be imported: locations (INSTELLINGSCODE, VESTIGINGSCODE, or BRIN NUMMER, VESTIGINGSNUMMER), pupils (the same and counts), boards (BEVOEGD GEZAG NUMMER, BEVOEGD GEZAG NAAM), DUO's overgangen (NR_ADMIN_VAN, NR_ADMIN_NAAR), or coordinates (POSTCODE and latitude and longitude, or x and y). It has ${header}`;
}
