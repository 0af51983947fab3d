// A file of the spool that the disk does not give, for a while or for good: nothing passes over it
// unsaid.
import { expect, test } from 'vitest';
import { openDiskSpool } from '#agent/spool/disk.ts';
import type { Spool } from '#agent/spool/spool.ts';
import { numbered } from '#test/contract/spool.ts';
import { type FakeDisk, fakeDisk } from '#test/support/fake-disk.ts';
import { silentLog } from '#test/support/silent-log.ts';

const open = (disk: FakeDisk): Promise<Spool> =>
  openDiskSpool({
    ...{ directory: '/spool', maxBytes: 20_000, log: silentLog, disk },
    lock: async () => ({ [Symbol.dispose]: () => {} }),
  });
const positionsIn = async (spool: Spool) =>
  (await spool.read(10_000)).map(({ position }) => position);
const segmentsOf = (disk: FakeDisk) =>
  [...disk.files().keys()].filter((path) => path.endsWith('.log')).sort();
const baseOf = (path: string | undefined) => Number(/([0-9]+)\.log$/.exec(path ?? '')?.[1]);
const from = (first: number, end: number) =>
  Array.from({ length: end - first }, (_, index) => first + index);

async function filled(count = 9) {
  const disk = fakeDisk();
  const spool = await open(disk);
  for (let number = 0; number < count; number += 1) await spool.append(numbered(number));
  const [first = '', second = ''] = segmentsOf(disk);
  expect(baseOf(second)).toBeGreaterThan(0);
  expect(spool.stats()).toMatchObject({ records: count, droppedRecords: 0 });
  return { disk, spool, first, second, end: baseOf(second), count };
}

test('an error of the disk that passes: what is before it is sent, nothing behind it, none is lost', async () => {
  const { disk, spool, second, end, count } = await filled();
  disk.unreadable.add(second);
  for (let minute = 0; minute < 20; minute += 1) {
    expect(await positionsIn(spool)).toEqual(from(0, end));
    await spool.flush();
  }
  await spool.ack(end - 1);
  await expect(spool.read(100)).rejects.toMatchObject({ code: 'store_unavailable' });
  // Not what is held in memory either.
  disk.isReadOnly = true;
  await spool.append(numbered(count));
  await expect(spool.read(100)).rejects.toMatchObject({ code: 'store_unavailable' });
  disk.isReadOnly = false;
  disk.unreadable.clear();
  expect(await positionsIn(spool)).toEqual(from(end, count + 1));
  expect(spool.stats()).toMatchObject({ corruptRecords: 0 });
  // Its half hour begins anew.
  disk.unreadable.add(second);
  for (let minute = 0; minute < 20; minute += 1) {
    await expect(spool.read(100)).rejects.toMatchObject({ code: 'store_unavailable' });
    await spool.flush();
  }
  expect(spool.stats()).toMatchObject({ corruptRecords: 0 });
});

test('one that does not pass: after half an hour it is set aside and counted; the rest is sent', async () => {
  const { disk, spool, first, end, count } = await filled();
  disk.unreadable.add(first);
  let minutes = 0;
  for (; spool.stats().corruptRecords === 0; minutes += 1) {
    await spool.read(100).catch(() => {});
    if (spool.stats().corruptRecords === 0) await spool.flush();
  }
  expect(minutes).toBe(31);
  expect(await positionsIn(spool)).toEqual(from(end, count));
  expect(spool.stats()).toMatchObject({ records: count - end, corruptRecords: end });
  await spool.ack(count - 1);
  expect(disk.files().has(`${first}.unreadable`)).toBe(true);
  // Counted once, and left where it is.
  await using again = await open(fakeDisk(disk.files()));
  expect(again.stats()).toMatchObject({ records: 0, corruptRecords: end });
});

test('at the start: set aside and counted, and what lies behind it is sent', async () => {
  const { disk, first, end, count } = await filled();
  const after = fakeDisk(disk.files());
  after.unreadable.add(first);
  {
    await using spool = await open(after);
    expect(await positionsIn(spool)).toEqual(from(end, count));
    expect(spool.stats()).toMatchObject({ corruptRecords: end });
    await spool.ack(count - 1);
  }
  const bytes = disk.files().get(first);
  expect(after.files().get(`${first}.unreadable`)).toEqual(bytes);
  await using again = await open(fakeDisk(after.files()));
  expect(again.stats()).toMatchObject({ records: 0, corruptRecords: end });
  expect(after.files().get(`${first}.unreadable`)).toEqual(bytes);
});

test('at the start, one that is read at the second try is as if nothing were', async () => {
  const { disk, first, count } = await filled();
  const after = fakeDisk(disk.files());
  const { readFile } = after;
  let tries = 0;
  const shaky: FakeDisk = {
    ...after,
    readFile: (path) => {
      if (path !== first || ++tries > 1) return readFile(path);
      return Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
    },
  };
  await using spool = await open(shaky);
  expect(await positionsIn(spool)).toEqual(from(0, count));
  expect(spool.stats()).toMatchObject({ corruptRecords: 0 });
});

test('the last file, of which nobody knows how many: it is told of, and no position comes again', async () => {
  const { disk, count } = await filled();
  const after = fakeDisk(disk.files());
  const last = segmentsOf(disk).at(-1) ?? '';
  after.unreadable.add(last);
  {
    await using spool = await open(after);
    expect(await positionsIn(spool)).toEqual(from(0, baseOf(last)));
    expect(spool.stats()).toMatchObject({ corruptRecords: 1 });
  }
  await using again = await open(fakeDisk(after.files()));
  expect(await again.append(numbered(count))).toBeGreaterThanOrEqual(count);
});
