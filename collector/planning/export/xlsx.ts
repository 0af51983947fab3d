// An Excel workbook of flat sheets. Written on a thread of its own: 9,000 locations take more than
// a second, in which no agent would get its acknowledgement.
import { Worker } from 'node:worker_threads';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { FlatSheet } from './sheet.ts';

export const XLSX_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

const WORKER = new URL('./xlsx-worker.ts', import.meta.url);

/** The file's bytes. Rejects with `internal_error` when the thread fails. */
export function writeXlsx(sheets: readonly FlatSheet[]): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, { workerData: sheets });
    const fail = (reason: string, cause?: unknown) =>
      reject(
        new AppError('internal_error', `the workbook could not be written: ${reason}`, { cause }),
      );
    worker.once('message', resolve);
    worker.once('error', (error) => fail(messageOf(error), error));
    worker.once('exit', (code) => fail(`its thread ended with ${code}`));
  });
}
