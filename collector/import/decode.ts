// Bytes of a DUO file to text: UTF-8 with or without a byte order mark, or Windows-1252, which is
// what DUO's semicolon files are in.
import { AppError } from '#shared/runtime/errors.ts';

/** Throws `bad_import` for what is no text file at all. */
export function decodeFile(name: string, bytes: Uint8Array): string {
  refuseOtherFormats(name, bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // An é in Windows-1252 is one byte above 0x7F before a plain letter: never valid UTF-8.
    return new TextDecoder('windows-1252').decode(bytes);
  }
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
