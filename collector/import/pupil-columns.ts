// Which columns of a file count pupils. Pure. DUO's layouts, newest first:
// - vo "per vestiging en bestuur (vavo apart)": AANTAL LEERLINGEN; those sent out to vavo are in a
//   column of their own and not in the building;
// - po "soort po, cluster, leeftijd": LEEFTIJD_4 and so on, TOTAAL in some years;
// - vo "naar onderwijstype", "naar postcode": LEER- OF VERBLIJFSJAAR 1 - MAN and so on.
import { nameIn } from './columns.ts';
import type { Table } from './table.ts';

const TOTALS = ['AANTAL LEERLINGEN', 'TOTAAL', 'TOTAAL AANTAL LEERLINGEN'] as const;
const GROUP =
  /^(LEEFTIJD [0-9].*|[0-9]{1,2} JAAR.*|(LEER- OF VERBLIJFSJAAR|LEERJAAR|VERBLIJFSJAAR) [0-9]+( - (MAN|VROUW|JONGEN|MEISJE))?)$/;

export interface CountColumns {
  /** One column with the whole count of a row. */
  readonly total?: string;
  /** Columns that together make the count of a row. */
  readonly groups: readonly string[];
}

export function countColumns(table: Table): CountColumns | undefined {
  const total = nameIn(table, TOTALS);
  const groups = table.columns.filter((name) => GROUP.test(name));
  if (total === undefined && groups.length === 0) return undefined;
  return { ...(total === undefined ? {} : { total }), groups };
}
