// Builds the delay line with the system's C compiler on first use; a changed source is built anew.
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '#test/support/process.ts';

const run = promisify(execFile);
const SOURCE = join(ROOT, 'test/lab/line/delay-line.c');

/** Path of the program. Rejects with the compiler's words when there is none or it fails. */
export async function buildDelayLine(): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(SOURCE))
    .digest('hex')
    .slice(0, 16);
  const folder = join(tmpdir(), 'meetnet-lab');
  const program = join(folder, `delay-line-${hash}`);
  if (await stat(program).catch(() => undefined)) return program;
  await mkdir(folder, { recursive: true });
  const fresh = `${program}.${randomUUID()}`;
  await run('cc', ['-O2', '-Wall', '-Wextra', '-pthread', '-o', fresh, SOURCE]).catch((error) => {
    throw new Error(`the delay line needs a C compiler (apt-get install gcc): ${error.message}`);
  });
  // Two runs may build at once; a rename is whole or not at all.
  await rename(fresh, program);
  return program;
}
