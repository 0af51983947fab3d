// A disk that is full, read-only or both for a while: the spool goes on in memory, says so, and is
// whole again afterwards.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DiskSpoolOptions, openDiskSpool } from '#agent/spool/disk.ts';
import { createFlushService } from '#agent/spool/flush-service.ts';
import type { Spool } from '#agent/spool/spool.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { numbered, ofSize } from '#test/contract/spool.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { type FakeDisk, fakeDisk } from '#test/support/fake-disk.ts';
import { silentLog } from '#test/support/silent-log.ts';

const MAX_BYTES = 1_000_000;
const DAY_MS = 24 * 3_600_000;

const open = (disk: FakeDisk, change: Partial<DiskSpoolOptions> = {}): Promise<Spool> =>
  openDiskSpool({
    ...{ directory: '/spool', maxBytes: MAX_BYTES, log: silentLog, disk },
    lock: async () => ({ [Symbol.dispose]: () => {} }),
    ...change,
  });
const positionsIn = async (spool: Spool) =>
  (await spool.read(10_000)).map(({ position }) => position);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

const TROUBLES = [
  [
    'ENOSPC',
    (disk: FakeDisk) => {
      disk.capacityBytes = 0;
    },
  ],
  [
    'EROFS',
    (disk: FakeDisk) => {
      disk.isReadOnly = true;
    },
  ],
] as const;
const mend = (disk: FakeDisk) => {
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  disk.isReadOnly = false;
};

test.each(TROUBLES)(
  '%s: held in memory, said, sent all the same; on disk when it can be',
  async (code, begin) => {
    const disk = fakeDisk();
    const said: string[] = [];
    const note = (message: string) => void said.push(message);
    const spool = await open(disk, { log: { ...silentLog, error: note, info: note } });
    await spool.append(numbered(0));
    begin(disk);
    for (const number of [1, 2, 3]) expect(await spool.append(numbered(number))).toBe(number);
    expect(spool.stats()).toMatchObject({ records: 4, diskTrouble: code, memoryRecords: 3 });
    expect(await positionsIn(spool)).toEqual(upTo(4));
    await spool.ack(1);
    await spool.flush();
    expect(await positionsIn(spool)).toEqual([2, 3]);
    expect(said).toHaveLength(1);
    mend(disk);
    await spool.flush();
    expect(spool.stats()).toEqual({ ...spool.stats(), records: 2 });
    expect(spool.stats().diskTrouble).toBeUndefined();
    expect(said).toHaveLength(2);
    // Not closed: the power goes.
    await using again = await open(fakeDisk(disk.files()));
    expect(await positionsIn(again)).toEqual([2, 3]);
    expect(again.stats()).toMatchObject({ droppedRecords: 0, corruptRecords: 0 });
  },
);

test.each(TROUBLES)(
  '%s from the start: what is there is sent, what comes is held',
  async (code, begin) => {
    const before = fakeDisk();
    {
      await using spool = await open(before);
      for (const number of [0, 1]) await spool.append(numbered(number));
    }
    const disk = fakeDisk(before.files());
    begin(disk);
    // The kernel's lock is a file too.
    const lock = async () => {
      if (disk.isReadOnly) throw new AppError('data_directory', 'cannot be locked');
      return { [Symbol.dispose]: () => {} };
    };
    await using spool = await open(disk, { lock });
    await spool.append(numbered(2));
    expect(spool.stats()).toMatchObject({ records: 3, diskTrouble: code, memoryRecords: 1 });
    expect(await positionsIn(spool)).toEqual(upTo(3));
    mend(disk);
    await spool.flush();
    expect(spool.stats()).not.toHaveProperty('diskTrouble');
    expect(await spool.append(numbered(3))).toBe(3);
    await using again = await open(fakeDisk(disk.files()));
    expect(await positionsIn(again)).toEqual(upTo(4));
  },
);

test('while it lasts, memory is bounded: the oldest go, counted, and the newest are there', async () => {
  const disk = fakeDisk();
  const spool = await open(disk, { maxBytes: 20_000 });
  disk.isReadOnly = true;
  for (const number of upTo(30)) await spool.append(ofSize(number, 800));
  const left = await positionsIn(spool);
  expect(left).toEqual(upTo(30).slice(-left.length));
  expect(left.length).toBeGreaterThan(8);
  const stats = spool.stats();
  expect(stats.bytes).toBeLessThanOrEqual(20_000);
  expect(stats.droppedRecords).toBe(30 - left.length);
  mend(disk);
  await spool.flush();
  await using again = await open(fakeDisk(disk.files()), { maxBytes: 20_000 });
  // The file's bound is a quarter coarser than memory's.
  expect((await positionsIn(again)).at(-1)).toBe(29);
  expect(again.stats().droppedRecords + again.stats().records).toBe(30);
});

test('a disk that stays full gives its oldest for the newest, once memory is full too', async () => {
  const disk = fakeDisk();
  const spool = await open(disk, { maxBytes: 40_000 });
  for (const number of upTo(20)) await spool.append(ofSize(number, 800));
  disk.capacityBytes =
    [...disk.files().values()].reduce((sum, { length }) => sum + length, 0) + 200;
  for (const number of upTo(80)) await spool.append(ofSize(20 + number, 800));
  const left = await positionsIn(spool);
  expect(left).toEqual(upTo(100).slice(-left.length));
  expect(left.length).toBeGreaterThan(20);
  expect(spool.stats().droppedRecords).toBe(100 - left.length);
});

test('whatever comes and goes, every record is there, done with, or counted as dropped, in order', async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.constant('append' as const) },
    { weight: 2, arbitrary: fc.constant('ack' as const) },
    { weight: 2, arbitrary: fc.constant('flush' as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('full' as const, 'read-only' as const, 'well' as const),
    },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 80 }), async (steps) => {
      const disk = fakeDisk();
      let spool = await open(disk, { maxBytes: 12_000 });
      let [next, done] = [0, -1];
      for (const what of steps) {
        if (what === 'append') expect(await spool.append(ofSize(next, 500))).toBe(next++);
        else if (what === 'flush') await spool.flush();
        else if (what === 'full') disk.capacityBytes = 3_000;
        else if (what === 'read-only') disk.isReadOnly = true;
        else if (what === 'well') mend(disk);
        else if (what === 'ack') {
          const [first] = await positionsIn(spool);
          if (first === undefined) continue;
          done = first;
          await spool.ack(done);
        } else {
          mend(disk);
          await spool[Symbol.asyncDispose]();
          spool = await open(disk, { maxBytes: 12_000 });
        }
        const left = await positionsIn(spool);
        const { records, droppedRecords, corruptRecords } = spool.stats();
        expect(left).toEqual(upTo(next).slice(next - left.length));
        expect(records).toBe(left.length);
        expect(corruptRecords).toBe(0);
        expect(droppedRecords).toBeLessThanOrEqual(next - left.length);
        if (done < 0) expect(droppedRecords).toBe(next - left.length);
      }
    }),
    { numRuns: 150 },
  );
});

test('a record of which nobody knows whether it is on the disk is there once', async () => {
  const disk = fakeDisk();
  const spool = await open(disk);
  await spool.append(numbered(0));
  disk.failsAtSync = true;
  await spool.append(numbered(1));
  expect(spool.stats()).toMatchObject({ diskTrouble: 'EIO', memoryRecords: 1 });
  mend(disk);
  await spool.append(numbered(2));
  expect(await positionsIn(spool)).toEqual(upTo(3));
  // In two files by now.
  expect([...disk.files().keys()].filter((path) => path.endsWith('.log'))).toHaveLength(2);
  await using again = await open(fakeDisk(disk.files()));
  expect(await positionsIn(again)).toEqual(upTo(3));
  expect(again.stats()).toMatchObject({ records: 3, corruptRecords: 0 });
});

test('what a person must mend is still refused at the start', async () => {
  const disk = fakeDisk();
  const lock = async () => {
    throw new AppError('data_directory', 'another agent is using the spool');
  };
  await expect(open(disk, { lock })).rejects.toThrow('another agent');
});

test('months offline: all is kept with its own time; over the age the oldest go and are counted', async () => {
  const clock = new FakeClock(Date.parse('2026-03-01T00:00:00.000Z'));
  const disk = fakeDisk();
  const age = { maxMs: 100 * DAY_MS, now: () => clock.now() };
  const options = { maxBytes: 400_000, age };
  let spool = await open(disk, options);
  const times: string[] = [];
  const aDay = async () => {
    for (let hour = 0; hour < 24; hour += 6) {
      const startedAt = new Date(clock.now()).toISOString();
      times.push(startedAt);
      await spool.append({ ...numbered(times.length), startedAt });
      clock.step(DAY_MS / 4);
    }
    await spool.flush();
  };
  for (let day = 0; day < 90; day += 1) await aDay();
  const kept = (await spool.read(10_000)).map(({ measurement }) => measurement.startedAt);
  expect(kept).toEqual(times);
  for (let day = 0; day < 120; day += 1) await aDay();
  const { records, droppedRecords } = spool.stats();
  expect(droppedRecords).toBe(times.length - records);
  // Whole files go: a quarter of the bound.
  expect(records / 4).toBeGreaterThanOrEqual(100);
  expect(records / 4).toBeLessThan(180);
  await spool[Symbol.asyncDispose]();
  spool = await open(disk, options);
  expect((await spool.read(10_000)).map(({ measurement }) => measurement.startedAt)).toEqual(
    times.slice(-records),
  );
});

test.each([
  ['a board that woke up in 1970 and learns the year', 0, Date.parse('2026-03-01T00:00:00.000Z')],
  [
    'a clock that was years ahead and is set back',
    Date.parse('2050-01-01T00:00:00.000Z'),
    Date.parse('2026-03-01T00:00:00.000Z'),
  ],
  [
    'a device that lay in a cupboard for three years',
    Date.parse('2023-01-01T00:00:00.000Z'),
    Date.parse('2026-03-01T00:00:00.000Z'),
  ],
])('%s loses nothing by its age', async (_what, first, then) => {
  let now = first;
  const spool = await open(fakeDisk(), {
    maxBytes: 20_000,
    age: { maxMs: 3 * DAY_MS, now: () => now },
  });
  const append = (number: number) =>
    spool.append({ ...ofSize(number, 800), startedAt: new Date(now).toISOString() });
  for (const number of upTo(8)) await append(number);
  now = then;
  await append(8);
  await spool.flush();
  expect(spool.stats()).toMatchObject({ records: 9, droppedRecords: 0 });
});

test('the disk is looked at each minute, and no more after the end', async () => {
  const clock = new FakeClock();
  let looks = 0;
  const flush = async () => {
    looks += 1;
  };
  const stop = new AbortController();
  const over = createFlushService({ flush }, clock).run(stop.signal, () => {});
  await clock.advance(5 * 60_000);
  expect(looks).toBe(5);
  stop.abort(new Error('stopping'));
  await over;
  expect(clock.sleepers).toBe(0);
});
