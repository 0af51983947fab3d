// Files in the layouts and encodings that DUO publishes, with rows made up for the tests.

const CURRENT = [
  'PROVINCIE',
  'BEVOEGD GEZAG NUMMER',
  'INSTELLINGSCODE',
  'VESTIGINGSCODE',
  'VESTIGINGSNAAM',
  'STRAATNAAM',
  'HUISNUMMER-TOEVOEGING',
  'POSTCODE',
  'PLAATSNAAM',
  'GEMEENTENUMMER',
  'GEMEENTENAAM',
  'DENOMINATIE',
  'TELEFOONNUMMER',
  'INTERNETADRES',
  'ONDERWIJSSTRUCTUUR',
];
const OLDER = [
  'PROVINCIE',
  'BEVOEGD GEZAG NUMMER',
  'BRIN NUMMER',
  'VESTIGINGSNUMMER',
  'VESTIGINGSNAAM',
  'STRAATNAAM',
  'HUISNUMMER-TOEVOEGING',
  'POSTCODE',
  'PLAATSNAAM',
  'GEMEENTENUMMER',
  'GEMEENTENAAM',
  'DENOMINATIE',
  'TELEFOONNUMMER',
  'INTERNETADRES',
];

export const ROW_A = [
  'Noord-Brabant',
  '41234',
  '16SW',
  '16SW03',
  'Basisschool De Zoë',
  'Kerkstraat',
  '12-a',
  '5831 CR',
  'Boxmeer',
  '1982',
  'Land van Cuijk',
  'Rooms-Katholiek',
  '0485000000',
  'www.dezoe.example',
  'BO',
];
export const ROW_B = [
  'Fryslân',
  '40505',
  '00AP',
  '00AP00',
  "De Krûme Swynser; 't Hof",
  'Skoalstrjitte',
  '3',
  '9001ZZ',
  'Grou',
  '0080',
  'Leeuwarden',
  'Openbaar',
  '0566000000',
  'www.krume.example',
  'BO',
];

export const EXPECTED_A = {
  id: '16SW03',
  boardId: '41234',
  name: 'Basisschool De Zoë',
  street: 'Kerkstraat',
  houseNumber: '12-a',
  postalCode: '5831CR',
  city: 'Boxmeer',
  municipality: 'Land van Cuijk',
  province: 'Noord-Brabant',
};
export const EXPECTED_B = {
  id: '00AP00',
  boardId: '40505',
  name: "De Krûme Swynser; 't Hof",
  street: 'Skoalstrjitte',
  houseNumber: '3',
  postalCode: '9001ZZ',
  city: 'Grou',
  municipality: 'Leeuwarden',
  province: 'Fryslân',
};

export function currentRows(...rows: readonly (readonly string[])[]): string[][] {
  return [CURRENT, ...rows].map((row) => [...row]);
}

/** The older layout: no structure column, the branch as two digits. */
export function olderRows(...rows: readonly (readonly string[])[]): string[][] {
  return [
    OLDER,
    ...rows.map((row) => row.slice(0, -1).map((cell, at) => (at === 3 ? cell.slice(4) : cell))),
  ].map((row) => [...row]);
}

/** `;`, quotes only where needed, Windows-1252, CRLF. */
export function semicolonCp1252(rows: readonly (readonly string[])[]): Uint8Array {
  const text = rows
    .map((row) => row.map((cell) => (/[;"\n]/.test(cell) ? quoted(cell) : cell)).join(';'))
    .join('\r\n');
  // Latin-1 and Windows-1252 agree on every letter of these rows.
  return Uint8Array.from(Buffer.from(`${text}\r\n`, 'latin1'));
}

/** `,`, every cell quoted, UTF-8 with a byte order mark. */
export function commaUtf8(rows: readonly (readonly string[])[]): Uint8Array {
  const text = rows.map((row) => row.map(quoted).join(',')).join('\n');
  return Uint8Array.from(Buffer.from(`\uFEFF${text}\n`, 'utf8'));
}

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}
