// M-Lab's ndt7 client, which we did not write, run by Node instead of a browser, for lines that
// Chromium's use of the processor does not fill: `node ndt7-in-node.ts ORIGIN` writes a PeerResult as
// JSON. What a page and its workers have and Node has not is lent to them here; the measuring is theirs.
// (Cloudflare's reads a browser's own timings of each request, which Node does not make.)
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker as Thread } from 'node:worker_threads';
import { ndt7InPage } from '#test/support/peer-clients.ts';
import { ROOT } from '#test/support/process.ts';

/** Named by its code, as a page names it by the address of a Blob. */
class PageWorker {
  onmessage: ((event: { data: unknown }) => void) | undefined;
  onerror: ((error: unknown) => void) | undefined;
  readonly #thread: Thread;

  constructor(code: string) {
    const inWorker = `const { parentPort } = require('node:worker_threads');
      globalThis.self = globalThis;
      globalThis.postMessage = (data) => parentPort.postMessage(data);
      parentPort.on('message', (data) => self.onmessage({ data }));
      ${code}`;
    this.#thread = new Thread(inWorker, { eval: true });
    this.#thread.on('message', (data) => this.onmessage?.({ data }));
    this.#thread.on('error', (error) => this.onerror?.(error));
  }

  postMessage(data: unknown): void {
    this.#thread.postMessage(data);
  }

  terminate(): void {
    void this.#thread.terminate();
  }
}

class CodeBlob {
  readonly code: string;

  constructor(parts: readonly string[]) {
    this.code = parts.join('');
  }
}

// It comes without types.
const { default: ndt7 } = await import('@m-lab/ndt7' as string);
Object.assign(globalThis, { ndt7, Worker: PageWorker, Blob: CodeBlob });
Object.assign(URL, { createObjectURL: (blob: CodeBlob) => blob.code });
const code = (name: string) =>
  readFile(join(ROOT, `node_modules/@m-lab/ndt7/src/ndt7-${name}-worker.js`), 'utf8');
const result = await ndt7InPage({
  origin: process.argv[2] ?? '',
  download: await code('download'),
  upload: await code('upload'),
});
process.stdout.write(JSON.stringify(result), () => process.exit(0));
