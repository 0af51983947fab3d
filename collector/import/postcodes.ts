// Where postcodes lie, from a file that an operator gives: latitude and longitude, or x and y of the
// Rijksdriehoek; with house numbers or without. Pure.
import { type ColumnNames, missingColumns, nameIn } from './columns.ts';
import { badImport, type Fault, refuseFaults } from './fault.ts';
import { rdToWgs84 } from './rijksdriehoek.ts';
import type { Row, Table } from './table.ts';

export const POSTCODE_COLUMNS = {
  postcode: ['POSTCODE', 'PC6', 'POSTCODE6', 'PC'],
  houseNumber: ['HUISNUMMER', 'HUISNR'],
  latitude: ['LATITUDE', 'LAT', 'GPS LATITUDE', 'BREEDTEGRAAD'],
  longitude: ['LONGITUDE', 'LON', 'LNG', 'LONG', 'GPS LONGITUDE', 'LENGTEGRAAD'],
  x: ['X', 'RD X', 'X RD', 'X COORDINAAT', 'XCOORD'],
  y: ['Y', 'RD Y', 'Y RD', 'Y COORDINAAT', 'YCOORD'],
} as const satisfies Record<string, ColumnNames>;

/** Degrees in WGS 84. */
export interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

export interface PostcodePoints {
  /** The address's own point, or the middle of its postcode's; undefined where the file has neither. */
  at(postalCode: string, houseNumber: string | undefined): Point | undefined;
}

/** The European Netherlands, with a little around it. */
const NETHERLANDS = { latitude: [50.6, 53.8], longitude: [3.2, 7.4] } as const;
/** Where the Rijksdriehoek's polynomial holds, metres. */
const RIJKSDRIEHOEK = { x: [-7_000, 300_000], y: [289_000, 629_000] } as const;

/** Throws `bad_import` listing every fault of the file. */
export function parsePostcodes(table: Table): PostcodePoints {
  const { postcode, houseNumber, latitude, longitude, x, y } = POSTCODE_COLUMNS;
  const isDegrees = nameIn(table, latitude) !== undefined;
  const missing = missingColumns(table, [postcode, ...(isDegrees ? [longitude] : [x, y])]);
  if (missing.length > 0) throw badImport(table.file, missing);
  const named = (names: ColumnNames) => nameIn(table, names) ?? names[0];
  const columns = { postcode: named(postcode), houseNumber: nameIn(table, houseNumber) };
  const read = isDegrees
    ? degreesIn(named(latitude), named(longitude))
    : metresIn(named(x), named(y));
  const faults: Fault[] = [];
  const byAddress = new Map<string, Mean>();
  const byPostcode = new Map<string, Mean>();
  for (const row of table.rows) {
    const code = row.get(columns.postcode).replace(/\s+/g, '').toUpperCase();
    const point = read(row);
    if (!/^[1-9][0-9]{3}[A-Z]{2}$/.test(code)) {
      const message = `${JSON.stringify(code)} is no postcode of four digits and two letters`;
      faults.push({ line: row.line, column: columns.postcode, message });
    } else if (point === 'absent') {
    } else if ('message' in point) faults.push(point);
    else {
      add(byPostcode, code, point);
      const number = columns.houseNumber === undefined ? '' : row.get(columns.houseNumber);
      if (number !== '') add(byAddress, `${code} ${numberOf(number)}`, point);
    }
  }
  refuseFaults(table, faults);
  return {
    at: (code, number) =>
      meanOf(
        (number === undefined ? undefined : byAddress.get(`${code} ${numberOf(number)}`)) ??
          byPostcode.get(code),
      ),
  };
}

/** `12-a` and `12 A` are number 12: additions are written in too many ways to tell apart. */
export function numberOf(houseNumber: string): string {
  return houseNumber.match(/^\s*0*([0-9]+)/)?.[1] ?? houseNumber.trim().toUpperCase();
}

interface Mean {
  latitude: number;
  longitude: number;
  n: number;
}

function add(to: Map<string, Mean>, key: string, { latitude, longitude }: Point): void {
  const mean = to.get(key);
  if (mean === undefined) {
    to.set(key, { latitude, longitude, n: 1 });
    return;
  }
  mean.latitude += latitude;
  mean.longitude += longitude;
  mean.n += 1;
}

/** Seven decimals are a centimetre. */
function meanOf(mean: Mean | undefined): Point | undefined {
  if (mean === undefined) return undefined;
  const round = (value: number) => Math.round((value / mean.n) * 1e7) / 1e7;
  return { latitude: round(mean.latitude), longitude: round(mean.longitude) };
}

type Reader = (row: Row) => Point | 'absent' | Fault;

function degreesIn(latitude: string, longitude: string): Reader {
  return (row) => {
    const point = numbersOf(row, latitude, longitude, NETHERLANDS.latitude, NETHERLANDS.longitude);
    return Array.isArray(point) ? { latitude: point[0], longitude: point[1] } : point;
  };
}

function metresIn(x: string, y: string): Reader {
  return (row) => {
    const point = numbersOf(row, x, y, RIJKSDRIEHOEK.x, RIJKSDRIEHOEK.y);
    return Array.isArray(point) ? rdToWgs84(point[0], point[1]) : point;
  };
}

function numbersOf(
  row: Row,
  first: string,
  second: string,
  firstRange: readonly [number, number],
  secondRange: readonly [number, number],
): [number, number] | 'absent' | Fault {
  if (row.get(first) === '' && row.get(second) === '') return 'absent';
  const values: number[] = [];
  for (const [column, range] of [
    [first, firstRange],
    [second, secondRange],
  ] as const) {
    const text = row.get(column);
    const value = /^-?[0-9]+([.,][0-9]+)?$/.test(text)
      ? Number(text.replace(',', '.'))
      : Number.NaN;
    if (Number.isNaN(value)) {
      const message = `${JSON.stringify(text)} is no number; it is digits with at most one point or comma`;
      return { line: row.line, column, message };
    }
    if (!(value >= range[0] && value <= range[1])) {
      const message = `${JSON.stringify(text)} lies outside the Netherlands (${range[0]} to ${range[1]}); look whether columns were swapped`;
      return { line: row.line, column, message };
    }
    values.push(value);
  }
  return [values[0] ?? 0, values[1] ?? 0];
}
