// An Excel workbook of flat sheets. Written on a thread of its own: 9,000 locations take more than
// a second, in which no agent would get its acknowledgement.
import { onThread } from '../../on-thread.ts';
import type { FlatSheet } from './sheet.ts';

export const XLSX_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

const WORKER = new URL('./xlsx-worker.ts', import.meta.url);

/** The file's bytes. Rejects with `internal_error` when the thread fails. */
export function writeXlsx(sheets: readonly FlatSheet[]): Promise<Uint8Array> {
  return onThread(WORKER, sheets, 'the workbook');
}
