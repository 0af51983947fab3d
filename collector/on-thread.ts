// Work that would hold up everybody else, on a thread of its own: it is given plain data, answers
// once and ends.
import { Worker } from 'node:worker_threads';
import { AppError, messageOf } from '#shared/runtime/errors.ts';

/**
 * What the thread posts.
 * @param what is made, for the message: `the workbook`.
 * Rejects with `internal_error` when the thread fails.
 */
export function onThread<T>(file: URL, workerData: unknown, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData });
    const fail = (reason: string, cause?: unknown) =>
      reject(new AppError('internal_error', `${what} could not be written: ${reason}`, { cause }));
    worker.once('message', resolve);
    worker.once('error', (error) => fail(messageOf(error), error));
    worker.once('exit', (code) => fail(`its thread ended with ${code}`));
  });
}
