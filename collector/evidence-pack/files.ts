// A pack as files: canonical JSON, a table, a report, and all of them in a signed ZIP. Pure but for the
// fonts: the same pack, key and language give the same bytes.
import { createHash, type KeyObject } from 'node:crypto';
import { type Zippable, zipSync } from 'fflate';
import {
  type EvidenceFileName,
  type EvidenceFormat,
  type EvidencePack,
  type EvidencePackQuery,
  MANIFEST_FORMAT,
  type Manifest,
} from '#shared/wire/evidence-pack.ts';
import { localDay } from '../dossiers/local-day.ts';
import { CSV_TYPE, csvPieces } from '../planning/export/csv.ts';
import { flatten } from '../planning/export/sheet.ts';
import { canonicalJson } from './canonical-json.ts';
import { detachedJws } from './jws.ts';
import { reportOf } from './pdf/report.ts';
import { testsSheet } from './tests-sheet.ts';

export const MANIFEST_FILE = 'manifest.json';
export const SIGNATURE_FILE = 'manifest.jws';

export interface WriteOptions extends Pick<EvidencePackQuery, 'format' | 'lang'> {
  readonly key: KeyObject;
}

export interface EvidenceFile {
  /** `meetnet-evidence-16SW03-2026-03-20.zip`. */
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
  /** Detached, over `bytes`; of a ZIP it is inside. */
  readonly jws?: string;
}

const TYPES: Readonly<Record<EvidenceFormat, string>> = {
  zip: 'application/zip',
  pdf: 'application/pdf',
  csv: CSV_TYPE,
  json: 'application/json; charset=utf-8',
};
const FILES: Readonly<Record<Exclude<EvidenceFormat, 'zip'>, EvidenceFileName>> = {
  pdf: 'report.pdf',
  csv: 'tests.csv',
  json: 'pack.json',
};

export async function writePack(
  pack: EvidencePack,
  { format, lang, key }: WriteOptions,
): Promise<EvidenceFile> {
  const { id } = pack.location;
  const name = `meetnet-evidence-${id}-${localDay(Date.parse(pack.madeAt))}.${format}`;
  const contentType = TYPES[format];
  if (format === 'zip') return { name, contentType, bytes: await zipOf(pack, lang, key) };
  const bytes = await fileOf(FILES[format], pack, lang);
  return { name, contentType, bytes, jws: detachedJws(bytes, key) };
}

export async function fileOf(
  name: EvidenceFileName,
  pack: EvidencePack,
  lang: EvidencePackQuery['lang'],
): Promise<Uint8Array> {
  switch (name) {
    case 'pack.json':
      return encoded(canonicalJson(pack));
    case 'tests.csv': {
      // What an Excel of that language opens by itself.
      const decimal = lang === 'nl' ? 'comma' : 'point';
      return encoded([...csvPieces(flatten(testsSheet(pack), lang), decimal)].join(''));
    }
    case 'report.pdf':
      return reportOf(pack, lang);
  }
}

async function zipOf(
  pack: EvidencePack,
  lang: EvidencePackQuery['lang'],
  key: KeyObject,
): Promise<Uint8Array> {
  const files = {
    'report.pdf': await fileOf('report.pdf', pack, lang),
    'tests.csv': await fileOf('tests.csv', pack, lang),
    'pack.json': await fileOf('pack.json', pack, lang),
  } satisfies Record<EvidenceFileName, Uint8Array>;
  const manifest: Manifest = {
    format: MANIFEST_FORMAT,
    location: pack.location.id,
    madeAt: pack.madeAt,
    files: Object.entries(files).map(([name, bytes]) => ({
      name: name as EvidenceFileName,
      bytes: bytes.byteLength,
      sha256: sha256(bytes),
    })),
  };
  const manifestBytes = encoded(canonicalJson(manifest));
  const entries: Zippable = {
    ...files,
    [MANIFEST_FILE]: manifestBytes,
    [SIGNATURE_FILE]: encoded(detachedJws(manifestBytes, key)),
  };
  return zipSync(entries, { mtime: dayInZip(pack.madeAt) });
}

/** ZIP keeps a day and an hour without a zone, which the library takes from the machine's. */
function dayInZip(madeAt: string): Date {
  const [year = 1980, month = 1, day = 1] = localDay(Date.parse(madeAt)).split('-').map(Number);
  return new Date(year, month - 1, day, 12);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
