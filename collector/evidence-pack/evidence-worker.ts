// The thread that writes a pack: it is given the pack and the key, answers with the file and ends.
import { createPrivateKey } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { writePack } from './files.ts';
import type { ThreadTask } from './write-on-thread.ts';

const { pack, privateKey, ...options } = workerData as ThreadTask;
parentPort?.postMessage(await writePack(pack, { ...options, key: createPrivateKey(privateKey) }));
