// Of which sector the locations of a file are. DUO's file of secondary schools says so in a
// column; those of primary and special schools have the same header, so there the file's name
// decides, and where that says nothing it is unknown. Pure.
import type { Sector } from '#shared/model/location.ts';
import type { Row, Table } from './table.ts';

/** As DUO names its files: "02.-alle-schoolvestigingen-basisonderwijs.csv". */
const NAMES: readonly (readonly [RegExp, Sector])[] = [
  [/speciaal|\bv?so\b|\bsbo\b/, 'so'],
  [/voortgezet|\bvo\b/, 'vo'],
  [/basisonderwijs|\b(po|bo|bao)\b/, 'po'],
];

/** `told`: by whoever gives the file, where neither a column nor its name says it. */
export function sectorOf(table: Table, row: Row, told?: Sector): Sector | undefined {
  const kind = (row.get('SOORT PO') || row.get('SOORT PRIMAIR ONDERWIJS')).toUpperCase();
  if (kind !== '') return /^(BO|BAS)/.test(kind) ? 'po' : 'so';
  const structure = row.get('ONDERWIJSSTRUCTUUR').toUpperCase();
  if (structure !== '')
    return structure === 'BO' ? 'po' : /^V?SO$|^SBO$/.test(structure) ? 'so' : 'vo';
  if (table.columns.includes('ONDERWIJSSTRUCTUUR')) return 'vo';
  const name = (table.file.split(/[\\/]/).at(-1) ?? '').toLowerCase().replaceAll('_', '-');
  return NAMES.find(([pattern]) => pattern.test(name))?.[1] ?? told;
}
