// Is this ZIP as a collector signed it? Nothing of it is written anywhere, and no more is unpacked than
// a pack can hold. Pure.
import { type UnzipFileInfo, unzipSync } from 'fflate';
import { messageOf } from '#shared/runtime/errors.ts';
import {
  EVIDENCE_FILES,
  type EvidenceKey,
  type Manifest,
  manifestSchema,
} from '#shared/wire/evidence-pack.ts';
import { MANIFEST_FILE, SIGNATURE_FILE, sha256 } from './files.ts';
import { jwsFault } from './jws.ts';

/** A pack of 1,500 tests takes 0.8 MB, and 4 unpacked. */
export const MAX_ZIP_BYTES = 16_000_000;
const MAX_FILE_BYTES = 64_000_000;
const MAX_MANIFEST_BYTES = 10_000;
const NAMES: readonly string[] = [...EVIDENCE_FILES, MANIFEST_FILE, SIGNATURE_FILE];

export interface Checked {
  /** Absent where it cannot be read. */
  readonly manifest?: Manifest;
  /** Each says what is wrong and where; none: it is as it was signed. */
  readonly faults: readonly string[];
}

export function checkPack(zip: Uint8Array, key: EvidenceKey): Checked {
  const listed = list(zip);
  if (listed.faults.length > 0) return listed;
  const files = unpack(zip);
  if (typeof files === 'string') return { faults: [files] };
  const manifestBytes = files[MANIFEST_FILE] ?? new Uint8Array();
  const jws = new TextDecoder().decode(files[SIGNATURE_FILE]);
  const fault = jwsFault(jws, manifestBytes, key);
  // Of a list that nobody vouches for, nothing more is to be said.
  if (fault !== undefined) return { faults: [`${MANIFEST_FILE}: ${fault}`] };
  const manifest = manifestOf(manifestBytes);
  if (manifest === undefined) return { faults: [`${MANIFEST_FILE} is not of this version's form`] };
  return { manifest, faults: faultsOf(manifest, files) };
}

/** By the central directory, which whoever unpacks the ZIP goes by too. */
function list(zip: Uint8Array): Checked {
  if (zip.byteLength > MAX_ZIP_BYTES) {
    return {
      faults: [`the file has ${zip.byteLength} bytes; a pack has at most ${MAX_ZIP_BYTES}`],
    };
  }
  const found: UnzipFileInfo[] = [];
  try {
    unzipSync(zip, {
      filter: (file) => {
        found.push(file);
        return false;
      },
    });
  } catch (cause) {
    return { faults: [`this is no ZIP that can be read: ${messageOf(cause)}`] };
  }
  const names = found.map(({ name }) => name);
  const faults = [
    ...NAMES.filter((name) => !names.includes(name)).map((name) => `${name} is missing`),
    ...names
      .filter((name, index) => !NAMES.includes(name) || names.indexOf(name) !== index)
      .map((name) => `${JSON.stringify(name.slice(0, 100))} does not belong in a pack`),
    ...found
      .filter(({ name, originalSize }) => originalSize > mostBytes(name))
      .map(
        ({ name, originalSize }) =>
          `${name} would take ${originalSize} bytes, more than a pack holds`,
      ),
  ];
  return { faults };
}

function mostBytes(name: string): number {
  return name === MANIFEST_FILE || name === SIGNATURE_FILE ? MAX_MANIFEST_BYTES : MAX_FILE_BYTES;
}

function unpack(zip: Uint8Array): Readonly<Record<string, Uint8Array>> | string {
  try {
    return unzipSync(zip);
  } catch (cause) {
    return `a file in the ZIP cannot be unpacked: ${messageOf(cause)}`;
  }
}

function manifestOf(bytes: Uint8Array): Manifest | undefined {
  try {
    return manifestSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}

function faultsOf(manifest: Manifest, files: Readonly<Record<string, Uint8Array>>): string[] {
  return EVIDENCE_FILES.flatMap((name) => {
    const signed = manifest.files.find((file) => file.name === name);
    if (signed === undefined) return [`${name} is not among the files that were signed`];
    const bytes = files[name] ?? new Uint8Array();
    return bytes.byteLength === signed.bytes && sha256(bytes) === signed.sha256
      ? []
      : [`${name} was changed after it was signed`];
  });
}
