// The spool on a disk that loses power, rots and fills: what was acknowledged to the caller is
// there afterwards, and what is lost is counted.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openDiskSpool } from '#agent/spool/disk.ts';
import type { Spool } from '#agent/spool/spool.ts';
import { numbered } from '#test/contract/spool.ts';
import { ROOT } from '#test/support/process.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const MAX_BYTES = 10_000_000;
const open = (directory: string, maxBytes = MAX_BYTES): Promise<Spool> =>
  openDiskSpool({ directory, maxBytes, log: silentLog });

async function filled(directory: string, count: number, maxBytes = MAX_BYTES): Promise<void> {
  await using spool = await open(directory, maxBytes);
  for (let number = 0; number < count; number += 1) await spool.append(numbered(number));
}

async function segmentsOf(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => name.startsWith('records-')).sort();
  return names.map((name) => join(directory, name));
}

/** The time of the test tells which one it was. */
const numbersIn = async (spool: Spool) =>
  (await spool.read(10_000)).map(
    ({ measurement }) =>
      (Date.parse(measurement.startedAt) - Date.parse('2026-03-02T08:00:00.000Z')) / 1000,
  );
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

test('what was appended is there after a restart, in place and in order', async () => {
  await using folder = await temporaryFolder();
  await filled(folder.path, 5);
  await using spool = await open(folder.path);
  expect(await numbersIn(spool)).toEqual(upTo(5));
  expect((await spool.read(9)).map(({ position }) => position)).toEqual(upTo(5));
  expect(await spool.append(numbered(5))).toBe(5);
});

test('what was acknowledged stays away after a restart, and positions are never used again', async () => {
  await using folder = await temporaryFolder();
  for (let round = 0; round < 4; round += 1) {
    await using spool = await open(folder.path);
    expect(spool.stats().records).toBe(0);
    expect(await spool.append(numbered(round))).toBe(round);
    await spool.ack(round);
  }
  for (const path of await segmentsOf(folder.path)) await rm(path);
  await using spool = await open(folder.path);
  expect(await spool.append(numbered(9))).toBe(4);
});

test('acknowledged segments are removed', async () => {
  await using folder = await temporaryFolder();
  await using spool = await open(folder.path, 20_000);
  for (let number = 0; number < 25; number += 1) await spool.append(numbered(number));
  const before = (await segmentsOf(folder.path)).length;
  expect(before).toBeGreaterThan(2);
  await spool.ack(24);
  expect((await segmentsOf(folder.path)).length).toBe(1);
});

test('segments stay under the bound, and the count of what was dropped survives', async () => {
  await using folder = await temporaryFolder();
  await filled(folder.path, 200, 50_000);
  const sizes = await Promise.all((await segmentsOf(folder.path)).map((path) => stat(path)));
  expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(50_000);
  await using spool = await open(folder.path, 50_000);
  const left = await numbersIn(spool);
  expect(left.at(-1)).toBe(199);
  expect(spool.stats().droppedRecords).toBe(200 - left.length);
});

test('a file that is cut anywhere: all before the cut are there, none is invented', async () => {
  await using folder = await temporaryFolder();
  const whole = join(folder.path, 'whole');
  await filled(whole, 2);
  const [path = ''] = await segmentsOf(whole);
  const bytes = await readFile(path);
  const ends = frameEnds(bytes);
  expect(ends.length).toBe(2);
  for (let cut = bytes.length; cut >= 0; cut -= 13) {
    const directory = join(folder.path, 'cut');
    await mkdir(directory);
    await writeFile(join(directory, path.slice(whole.length + 1)), bytes.subarray(0, cut));
    {
      await using spool = await open(directory);
      const survived = ends.filter((end) => end <= cut).length;
      expect(await numbersIn(spool)).toEqual(upTo(survived));
      expect(spool.stats().corruptRecords).toBe(0);
      expect(await spool.append(numbered(7))).toBe(survived);
      expect((await numbersIn(spool)).at(-1)).toBe(7);
    }
    await rm(directory, { recursive: true });
  }
});

test('damage anywhere: it opens, gives only whole records in order, counts the rest, once', async () => {
  const damage = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    with: fc.uint8Array({ minLength: 1, maxLength: 3_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (damages) => {
      await using folder = await temporaryFolder();
      await filled(folder.path, 12, 60_000);
      const paths = await segmentsOf(folder.path);
      for (const { at, with: rubbish } of damages) {
        const path = paths[Math.floor(at * paths.length * 0.999)] ?? '';
        const bytes = await readFile(path);
        const start = Math.floor(((((at * 7919) % 1) + 1) % 1) * bytes.length);
        bytes.set(rubbish.subarray(0, bytes.length - start), start);
        await writeFile(path, bytes);
      }
      let left: number[];
      let lost: number;
      {
        await using spool = await open(folder.path, 60_000);
        left = await numbersIn(spool);
        lost = spool.stats().corruptRecords;
        expect(left).toEqual([...new Set(left)].sort((one, other) => one - other));
        expect(left.every((number) => upTo(12).includes(number))).toBe(true);
        // What is torn from the very end was perhaps never there; all else is counted.
        expect(left.length + lost).toBeLessThanOrEqual(12);
        expect(lost).toBeGreaterThanOrEqual((left.at(-1) ?? -1) + 1 - left.length);
        const position = await spool.append(numbered(50));
        const before = (await spool.read(100)).slice(0, -1);
        expect(before.every((record) => record.position < position)).toBe(true);
      }
      await using again = await open(folder.path, 60_000);
      expect(await numbersIn(again)).toEqual([...left, 50]);
      expect(again.stats().corruptRecords).toBe(lost);
    }),
    { numRuns: 60 },
  );
});

test('a record in the middle that has rotted is passed over and counted; the rest is sent', async () => {
  await using folder = await temporaryFolder();
  await filled(folder.path, 6);
  const [path = ''] = await segmentsOf(folder.path);
  const bytes = await readFile(path);
  const ends = frameEnds(bytes);
  bytes.fill(0x20, (ends[1] ?? 0) + 5, (ends[3] ?? 0) - 5);
  await writeFile(path, bytes);
  await using spool = await open(folder.path);
  expect(await numbersIn(spool)).toEqual([0, 1, 4, 5]);
  expect(spool.stats().corruptRecords).toBe(2);
});

test('a record that rots while the spool is open is passed over too', async () => {
  await using folder = await temporaryFolder();
  await filled(folder.path, 4);
  await using spool = await open(folder.path);
  const [path = ''] = await segmentsOf(folder.path);
  const bytes = await readFile(path);
  bytes.fill(0, 30, 60);
  await writeFile(path, bytes);
  expect((await spool.read(2)).map(({ position }) => position)).toEqual([1, 2]);
  expect(spool.stats()).toMatchObject({ records: 3, corruptRecords: 1 });
});

test('a file that is gone while the spool is open holds nothing up', async () => {
  await using folder = await temporaryFolder();
  await using spool = await open(folder.path, 20_000);
  for (let number = 0; number < 12; number += 1) await spool.append(numbered(number));
  const before = spool.stats().records;
  const [path = ''] = await segmentsOf(folder.path);
  await rm(path);
  const left = await numbersIn(spool);
  expect(left.at(-1)).toBe(11);
  expect(spool.stats().corruptRecords).toBe(before - left.length);
  expect(left.length).toBeLessThan(before);
});

test.each(['', 'nonsense', '{"done":3,"droppedRecords":0,"corruptRecords":0}\ndeadbeef\n'])(
  'an unreadable cursor (%j) loses nothing: what waits is sent once more',
  async (text) => {
    await using folder = await temporaryFolder();
    await filled(folder.path, 5);
    await writeFile(join(folder.path, 'cursor.json'), text);
    await using spool = await open(folder.path);
    expect(await numbersIn(spool)).toEqual(upTo(5));
  },
);

test('a segment cut off between restarts does not disturb those behind it', async () => {
  await using folder = await temporaryFolder();
  await filled(folder.path, 12, 20_000);
  const [path = ''] = await segmentsOf(folder.path);
  await truncate(path, 900);
  await using spool = await open(folder.path, 20_000);
  expect((await numbersIn(spool)).at(-1)).toBe(11);
  expect(spool.stats().corruptRecords).toBe(12 - spool.stats().records);
});

test('two at the same time: the second is told who is there; afterwards it may', async () => {
  await using folder = await temporaryFolder();
  {
    await using _first = await open(folder.path);
    await expect(open(folder.path)).rejects.toMatchObject({
      code: 'data_directory',
      message: expect.stringContaining('another agent'),
    });
  }
  await using second = await open(folder.path);
  expect(second.stats().records).toBe(0);
});

test('a place that cannot be a spool is said to be none', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'file');
  await writeFile(path, '');
  await expect(open(path)).rejects.toMatchObject({
    code: 'data_directory',
    message: expect.stringContaining(path),
  });
});

test('killed in the midst of writing: every append that had resolved is there', async () => {
  await using folder = await temporaryFolder();
  const program = `
    import { openDiskSpool } from '#agent/spool/disk.ts';
    import { measurementAt } from '#test/support/measurements.ts';
    import { silentLog } from '#test/support/silent-log.ts';
    const directory = ${JSON.stringify(folder.path)};
    const spool = await openDiskSpool({ directory, maxBytes: 1e8, log: silentLog });
    for (;;) {
      const id = '6f1c2a34-9b1d-4c55-8a43-0c7a5ad1a001';
      const position = await spool.append(measurementAt(id, Date.now()));
      process.stdout.write(position + '\\n');
      if (position % 7 === 3) await spool.ack(position - 2);
    }`;
  let last = -1;
  for (let round = 0; round < 4; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      expect(Number(line)).toBeGreaterThan(last);
      last = Number(line);
      if (last > 40 * (round + 1)) break;
    }
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    await using spool = await open(folder.path);
    const positions = (await spool.read(10_000)).map(({ position }) => position);
    const first = positions[0] ?? 0;
    expect(first).toBeLessThanOrEqual(last);
    // At most the append that was under way is there besides, and its acknowledgement is not.
    expect(positions).toEqual(positions.map((_, index) => first + index));
    expect(positions.at(-1)).toBeGreaterThanOrEqual(last);
    expect(spool.stats().corruptRecords).toBe(0);
    last = positions.at(-1) ?? last;
  }
});

/** Where each record of a sound file ends. */
function frameEnds(bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    at += 20 + bytes.readUInt32LE(at + 4);
    ends.push(at);
  }
  return ends;
}
