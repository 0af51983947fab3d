// The power goes at every call and at every byte of every write, over a session that does all that a
// spool does; and again while it starts up afterwards.
import { expect, test } from 'vitest';
import { openDiskSpool } from '#agent/spool/disk.ts';
import type { Spool } from '#agent/spool/spool.ts';
import { ofSize } from '#test/contract/spool.ts';
import { afterPowerCut, type DiskEvent, type Unsynced } from '#test/support/disk-events.ts';
import { type FakeDisk, fakeDisk } from '#test/support/fake-disk.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { silentLog } from '#test/support/silent-log.ts';

const DIRECTORY = '/spool';
/** Four segments, each of two records or three. */
const MAX_BYTES = 6_000;
const open = (disk: FakeDisk): Promise<Spool> =>
  openDiskSpool({
    directory: DIRECTORY,
    maxBytes: MAX_BYTES,
    log: silentLog,
    disk,
    lock: async () => ({ [Symbol.dispose]: () => {} }),
  });

/** How far the session was, by what the spool had said. */
interface Moment {
  /** Of `disk.events`, by then. */
  readonly events: number;
  readonly begun: number;
  readonly appended: number;
  /** The oldest that was there, and how many had been dropped. */
  readonly first: number;
  readonly dropped: number;
}

/** Records are numbered as their positions are. */
async function session(disk: FakeDisk): Promise<Moment[]> {
  const spool = await open(disk);
  const moments: Moment[] = [];
  let [begun, appended] = [0, 0];
  const note = async () => {
    const first = (await spool.read(1))[0]?.position ?? appended;
    const { droppedRecords: dropped } = spool.stats();
    moments.push({ events: disk.events.length, begun, appended, first, dropped });
  };
  const append = async (count: number) => {
    const numbers = Array.from({ length: count }, (_, index) => begun + index);
    begun += count;
    await note();
    await Promise.all(
      numbers.map((number) => spool.append(ofSize(number, 40 + 60 * (number % 3)))),
    );
    appended = begun;
    await note();
  };
  const ack = async (position: number) => {
    await spool.ack(position);
    await note();
  };
  await note();
  await append(1);
  await append(1);
  await ack(0);
  await append(3);
  await ack(3);
  for (let round = 0; round < 9; round += 1) await append(1);
  await ack(6);
  await append(2);
  // Its oldest are dropped, in parts.
  for (let round = 0; round < 7; round += 1) await append(1 + (round % 2));
  await ack(20);
  await append(1);
  await ack(begun - 1);
  await spool[Symbol.asyncDispose]();
  expect(spool.stats().droppedRecords).toBeGreaterThan(3);
  return moments;
}

const numbersIn = async (spool: Spool) => (await spool.read(1_000)).map(({ position }) => position);

/** Opens what the power cut at `event` left, holds it against what the agent knew, and goes on. */
async function survives(
  files: ReadonlyMap<string, Buffer>,
  moments: readonly Moment[],
  event: number,
  where: string,
) {
  const at = moments.findLastIndex((moment) => moment.events <= event);
  const [before, after] = [moments[at], moments[at + 1] ?? moments[at]];
  if (before === undefined || after === undefined) throw new Error('it was not said yet');
  const spool = await open(fakeDisk(files));
  const left = await numbersIn(spool);
  const { droppedRecords, corruptRecords } = spool.stats();
  // In order and none twice; none that was done with, and none that was never given to it.
  expect(left, where).toEqual([...new Set(left)].sort((one, other) => one - other));
  expect(left[0] ?? before.begun, where).toBeGreaterThanOrEqual(before.first);
  expect(left.at(-1) ?? -1, where).toBeLessThan(before.begun);
  // All that was durable and is not done with or dropped; the dropped are counted, each once.
  for (let number = after.first; number < before.appended; number += 1) {
    expect(left, where).toContain(number);
  }
  expect(droppedRecords, where).toBeGreaterThanOrEqual(before.dropped);
  expect(droppedRecords, where).toBeLessThanOrEqual(after.dropped);
  const position = await spool.append(ofSize(99, 10));
  expect(position, where).toBeGreaterThanOrEqual(before.appended);
  expect((await numbersIn(spool)).at(-1), where).toBe(position);
  await spool[Symbol.asyncDispose]();
  return { left, corruptRecords };
}

test('power cut at every call and every byte: nothing synced is lost, nothing done with comes back', async () => {
  const disk = fakeDisk();
  const moments = await session(disk);
  let cuts = 0;
  for (const [index, event] of disk.events.entries()) {
    const before = disk.events.slice(0, index);
    const bytes = event.type === 'write' ? event.bytes.length : 1;
    for (let cut = 0; cut < bytes; cut += 1) {
      const partly: DiskEvent[] =
        event.type === 'write' && cut > 0
          ? [{ ...event, bytes: event.bytes.subarray(0, cut) }]
          : [];
      const files = afterPowerCut(new Map(), [...before, ...partly], 'kept');
      const { corruptRecords } = await survives(
        files,
        moments,
        index,
        `event ${index}, byte ${cut}`,
      );
      expect(corruptRecords).toBe(0);
      cuts += 1;
    }
  }
  expect(cuts).toBeGreaterThan(5_000);
});

test.each<[string, (index: number) => Unsynced]>([
  ['lost', () => 'lost'],
  ['only zeros', () => 'zeros'],
  ['there by chance', (index) => seededRandom(index)],
  ['there by another chance', (index) => seededRandom(7919 * index + 1)],
])('what was not synced is %s', async (_name, unsynced) => {
  const disk = fakeDisk();
  const moments = await session(disk);
  for (let index = 0; index <= disk.events.length; index += 1) {
    const files = afterPowerCut(new Map(), disk.events.slice(0, index), unsynced(index));
    await survives(files, moments, index, `event ${index}`);
  }
});

test('the power goes again while it starts up: as if it had gone once', async () => {
  const disk = fakeDisk();
  const moments = await session(disk);
  let again = 0;
  for (let index = 0; index <= disk.events.length; index += 1) {
    for (const unsynced of ['kept', 'zeros', seededRandom(index)] as const) {
      const files = afterPowerCut(new Map(), disk.events.slice(0, index), unsynced);
      const starting = fakeDisk(files);
      const first = await open(starting);
      const left = await numbersIn(first);
      for (let second = 0; second <= starting.events.length; second += 1) {
        const events = starting.events.slice(0, second);
        for (const then of ['kept', 'lost'] as const) {
          const found = await survives(
            afterPowerCut(files, events, then),
            moments,
            index,
            `event ${index}, then ${second}`,
          );
          expect(found.left).toEqual(left);
          again += 1;
        }
      }
      await first[Symbol.asyncDispose]();
    }
  }
  expect(again).toBeGreaterThan(1_000);
});
