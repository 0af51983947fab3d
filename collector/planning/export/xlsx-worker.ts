// The thread that writes a workbook: it is given the sheets, answers with the bytes and ends.
import { parentPort, workerData } from 'node:worker_threads';
import type { FlatSheet } from './sheet.ts';
import { workbookOf } from './workbook.ts';

const bytes = await workbookOf(workerData as readonly FlatSheet[]);
parentPort?.postMessage(bytes);
