// Bytes of a DUO file to text: UTF-8 with or without a byte order mark, or Windows-1252, which is
// what DUO's semicolon files are in.
import { AppError } from '#shared/runtime/errors.ts';
import { badImport } from './fault.ts';

/** Throws `bad_import` for what is no text file at all. */
export function decodeFile(name: string, bytes: Uint8Array): string {
  refuseOtherFormats(name, bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // An é in Windows-1252 is one byte above 0x7F before a plain letter: never valid UTF-8.
    refuseBrokenUtf8(name, bytes);
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** Part UTF-8 and part not, as when files were pasted together: read as either, names would be spoilt. */
function refuseBrokenUtf8(name: string, bytes: Uint8Array): void {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  // é, ë, ï, ö, ü and their like in UTF-8; in Windows-1252 it would be Ã and a sign, as no word has.
  const isMixed = bytes.some(
    (byte, at) => byte === 0xc3 && (bytes[at + 1] ?? 0) >= 0x80 && (bytes[at + 1] ?? 0) < 0xc0,
  );
  if (!hasMark && !isMixed) return;
  throw badImport(name, [
    {
      line: brokenLine(bytes),
      message:
        'is not in UTF-8, and other text of the file is; save the whole of it in one encoding, best UTF-8',
    },
  ]);
}

function brokenLine(bytes: Uint8Array): number {
  // A line feed is never part of a longer character.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, from);
    const to = end === -1 ? bytes.length : end + 1;
    try {
      decoder.decode(bytes.subarray(from, to));
    } catch {
      return line;
    }
    from = to;
  }
  return line;
}

function refuseOtherFormats(name: string, bytes: Uint8Array): void {
  const [first, second] = bytes;
  if (first === 0x50 && second === 0x4b) {
    throw new AppError(
      'bad_import',
      `${name} is a ZIP or Excel file; save it as CSV (semicolons or commas) and import that`,
    );
  }
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (isUtf16 || bytes.includes(0)) {
    throw new AppError(
      'bad_import',
      `${name} is not in UTF-8 or Windows-1252; save it as CSV in UTF-8 and import that`,
    );
  }
}
