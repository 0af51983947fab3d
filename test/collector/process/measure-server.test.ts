// The supervisor over real child processes that misbehave in one way each.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Bound } from '#collector/config/addresses.ts';
import { measureServerProcess } from '#collector/process/measure-server.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import type { LogFields } from '#shared/runtime/log.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

/** Tells its port and its pid, as the measure server tells its port; runs until the channel ends. */
const WELL_BEHAVED = `
  const port = Number(process.argv[process.argv.indexOf('--port') + 1]) || 50123;
  process.send({ type: 'listening', host: '127.0.0.1', port });
  process.on('disconnect', () => process.exit(0));
`;

test('a child that listens is ready, and ends when asked to', async () => {
  const run = await start(WELL_BEHAVED);
  await run.ready;
  expect(run.bound).toEqual([{ type: 'listening', host: '127.0.0.1', port: 50123 }]);
  run.stop.abort();
  await run.done;
  expect(run.errors).toEqual([]);
});

test('one that dies is started again, on the port that it had', async () => {
  const run = await start(`
    ${WELL_BEHAVED}
    setTimeout(() => process.exit(port === 50123 && process.argv.includes('0') ? 3 : 0), 50);
  `);
  await run.ready;
  await run.seen(2);
  run.stop.abort();
  await run.done;
  expect(run.errors[0]).toMatchObject({ ended: 'exit code 3' });
  expect(run.listened.map(({ port }) => port)).toEqual(run.listened.map(() => 50123));
  expect(run.bound).toHaveLength(1);
});

test("a failed first start is the group's failure, in the child's words", async () => {
  const run = await start(`
    process.send({ type: 'failed', code: 'address_in_use', message: 'port 81 is taken' });
    process.exit(7);
  `);
  await expect(run.done).rejects.toMatchObject({
    code: 'address_in_use',
    message: 'port 81 is taken',
  });
});

test('one that ends without a word fails the start with its exit code', async () => {
  const run = await start('process.exit(9)');
  await expect(run.done).rejects.toThrow(/could not start \(exit code 9\)/);
});

async function start(script: string) {
  const mainFile = join(folder.path, 'child.cjs');
  await writeFile(mainFile, script);
  const stop = new AbortController();
  const ready = Promise.withResolvers<void>();
  const bound: Bound[] = [];
  const listened: LogFields[] = [];
  const errors: LogFields[] = [];
  let wake = Promise.withResolvers<void>();
  const service = measureServerProcess({
    nodePath: process.execPath,
    mainFile,
    env: process.env,
    host: '127.0.0.1',
    port: 0,
    keyFile: 'unused',
    clock: systemClock,
    random: { next: () => 0, bytes: (count) => new Uint8Array(count) },
    log: {
      ...silentLog,
      info: (_message, fields = {}) => {
        listened.push(fields);
        wake.resolve();
        wake = Promise.withResolvers();
      },
      error: (_message, fields = {}) => void errors.push(fields),
    },
    onListening: (at) => void bound.push(at),
  });
  const done = service.run(stop.signal, ready.resolve);
  const readyOrOver = Promise.race([ready.promise, done]);
  readyOrOver.catch(() => {});
  return {
    ready: readyOrOver,
    done,
    stop,
    bound,
    listened,
    errors,
    seen: async (count: number) => {
      while (listened.length < count) await wake.promise;
    },
  };
}
