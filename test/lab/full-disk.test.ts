// The spool on a real file system that is full, then read-only, then neither: a tmpfs in a mount
// namespace of its own, gone with the process.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '#test/support/process.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const run = promisify(execFile);

/** Prints, for each step, what the spool says of itself and which records it gives. */
const PROGRAM = `
  import { execFileSync } from 'node:child_process';
  import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
  import { openDiskSpool } from '#agent/spool/disk.ts';
  import { measurementAt } from '#test/support/measurements.ts';
  import { silentLog } from '#test/support/silent-log.ts';
  const [mount] = process.argv.slice(1);
  const open = () => openDiskSpool({ directory: mount + '/spool', maxBytes: 1e6, log: silentLog });
  const remount = (how) => execFileSync('mount', ['-o', 'remount,' + how, mount]);
  const fill = () => {
    const file = openSync(mount + '/filler', 'w');
    try { for (;;) writeSync(file, Buffer.alloc(4096)); } catch (error) { if (error.code !== 'ENOSPC') throw error; }
    closeSync(file);
  };
  const numbered = (number) => measurementAt('6f1c2a34-9b1d-4c55-8a43-0c7a5ad1a001', 1e12 + number);
  const steps = {};
  let spool = await open();
  const step = async (name) => {
    const positions = (await spool.read(100)).map(({ position }) => position);
    steps[name] = { trouble: spool.stats().diskTrouble ?? 'none', held: spool.stats().memoryRecords ?? 0, positions };
  };
  await spool.append(numbered(0));
  await step('well');
  fill();
  for (let number = 1; number < 8; number += 1) await spool.append(numbered(number));
  await step('full');
  rmSync(mount + '/filler');
  await spool.flush();
  await step('room again');
  await spool[Symbol.asyncDispose]();
  remount('ro');
  spool = await open();
  await spool.append(numbered(8));
  await spool.ack(2);
  await step('started read-only');
  remount('rw');
  await spool.flush();
  await step('writable again');
  await spool[Symbol.asyncDispose]();
  spool = await open();
  await step('after a restart');
  console.log(JSON.stringify(steps));`;

test('a full and a read-only file system: nothing is lost, and the spool comes back by itself', async () => {
  if (process.getuid?.() !== 0) {
    throw new Error('this needs root for a mount namespace: run the tests as root');
  }
  await using folder = await temporaryFolder();
  const { stdout } = await run(
    'unshare',
    [
      ...['--mount', 'sh', '-c'],
      'mount -t tmpfs -o size=256k tmpfs "$1" && exec "$2" --input-type=module-typescript -e "$3" "$1"',
      ...['sh', folder.path, process.execPath, PROGRAM],
    ],
    { cwd: ROOT },
  );
  const upTo = (count: number, first = 0) =>
    Array.from({ length: count - first }, (_, index) => first + index);
  const steps = JSON.parse(stdout);
  // What is left of the file's last page takes a record or two yet.
  expect(steps.full.held).toBeGreaterThanOrEqual(1);
  expect(steps).toEqual({
    well: { trouble: 'none', held: 0, positions: [0] },
    full: { trouble: 'ENOSPC', held: steps.full.held, positions: upTo(8) },
    'room again': { trouble: 'none', held: 0, positions: upTo(8) },
    'started read-only': { trouble: 'EROFS', held: 1, positions: upTo(9, 3) },
    'writable again': { trouble: 'none', held: 0, positions: upTo(9, 3) },
    'after a restart': { trouble: 'none', held: 0, positions: upTo(9, 3) },
  });
});
