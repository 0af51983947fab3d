// Starts of the agent over a disk that loses power at every write and every byte of it.
import { expect, test } from 'vitest';
import {
  type Launch,
  noteCrash,
  noteLongRun,
  releaseOfCommand,
  releaseToRun,
  trialOver,
} from '#agent/releases/launch-release.ts';
import { openSlotFiles, type SlotFiles, sha256Of } from '#agent/releases/slot-files.ts';
import {
  isFailed,
  MAX_SHORT_RUNS,
  MAX_STARTS,
  proved,
  type SlotState,
  taken,
} from '#agent/releases/slots.ts';
import { afterPowerCut, type DiskEvent, type Unsynced } from '#test/support/disk-events.ts';
import { type FakeDisk, fakeDisk } from '#test/support/fake-disk.ts';
import { seededRandom } from '#test/support/seeded-random.ts';

const BASE = '0.1.0';
const bundleOf = (version: string) => Buffer.from(`// the agent, ${version}\n`);
const launchOn = (disk: FakeDisk, isOwn = true): Launch => ({
  files: openSlotFiles('/agent', disk),
  base: BASE,
  isOwn: async () => isOwn,
  warn: () => {},
});
const slotOf = (version: string) => ({ version, sha256: sha256Of(bundleOf(version)), base: BASE });

async function take(files: SlotFiles, version: string): Promise<void> {
  await files.put(version, bundleOf(version));
  await files.save(taken(await files.load(), slotOf(version), 60));
}

async function welcome(files: SlotFiles, version: string): Promise<void> {
  const state: SlotState = proved(await files.load(), version);
  await files.save(state);
  await files.sweep(state);
}

/** A good release, a bad one, and a good one; how many events there were when each was settled. */
async function history(disk: FakeDisk) {
  const launch = launchOn(disk);
  const { files } = launch;
  const done: Record<string, number> = {};
  const note = (what: string) => {
    done[what] = disk.events.length;
  };
  await take(files, '0.2.0');
  await releaseToRun(launch);
  await welcome(files, '0.2.0');
  note('0.2.0');
  await take(files, '0.3.0');
  for (let start = 0; start <= MAX_STARTS; start += 1) await releaseToRun(launch);
  note('0.3.0 failed');
  await take(files, '0.4.0');
  await releaseToRun(launch);
  await welcome(files, '0.4.0');
  note('0.4.0');
  return done;
}

test('the power goes at every call and every byte: a whole release or the packaged one starts', async () => {
  const disk = fakeDisk();
  const done = await history(disk);
  expect(await releaseToRun(launchOn(disk))).toMatchObject({ version: '0.4.0' });
  const chances: Unsynced[] = ['kept', 'lost', 'zeros', seededRandom(3), seededRandom(4)];
  let cuts = 0;
  for (const [index, event] of disk.events.entries()) {
    const bytes = event.type === 'write' ? event.bytes.length : 1;
    for (let cut = 0; cut < bytes; cut += 7) {
      const partly: DiskEvent[] =
        event.type === 'write' && cut > 0
          ? [{ ...event, bytes: event.bytes.subarray(0, cut) }]
          : [];
      for (const unsynced of chances) {
        const events = [...disk.events.slice(0, index), ...partly];
        const left = fakeDisk(afterPowerCut(new Map(), events, unsynced));
        await startsWell(left, (what) => index >= (done[what] ?? 0), `event ${index}, byte ${cut}`);
        cuts += 1;
      }
    }
  }
  expect(cuts).toBeGreaterThan(500);
});

async function startsWell(disk: FakeDisk, isDone: (what: string) => boolean, where: string) {
  const launch = launchOn(disk);
  let last: string | undefined;
  // However often nobody welcomes it, it comes to rest.
  for (let start = 0; start <= MAX_STARTS + 1; start += 1) {
    const slot = await releaseToRun(launch);
    last = slot?.version;
    if (slot !== undefined) expect(await launch.files.isIntact(slot), where).toBe(true);
    if (isDone('0.2.0')) expect(last, where).toBeDefined();
    if (isDone('0.3.0 failed')) expect(last, where).not.toBe('0.3.0');
  }
  const state = await launch.files.load();
  expect(state.trial, where).toBeUndefined();
  if (isDone('0.3.0 failed')) expect(isFailed(state, '0.3.0'), where).toBe(true);
  if (isDone('0.4.0')) expect(last, where).toBe('0.4.0');
  // And goes on: the next one is taken and proved.
  await take(launch.files, '0.5.0');
  expect((await releaseToRun(launch))?.version, where).toBe('0.5.0');
}

test('the power goes while a release that was welcomed crashes for ever: it ends all the same', async () => {
  const before = fakeDisk();
  for (const version of ['0.2.0', '0.3.0']) {
    await take(openSlotFiles('/agent', before), version);
    await welcome(openSlotFiles('/agent', before), version);
  }
  const disk = fakeDisk(before.files());
  const launch = launchOn(disk);
  const slot = slotOf('0.3.0');
  for (let start = 1; start < MAX_SHORT_RUNS; start += 1) await releaseToRun(launch);
  await noteLongRun(launch, slot);
  for (let start = 1; start < MAX_SHORT_RUNS; start += 1) await releaseToRun(launch);
  const counted = disk.events.length;
  expect((await releaseToRun(launch))?.version).toBe('0.3.0');
  await noteCrash(launch, slot, new Error('boom'));
  expect((await releaseOfCommand(launch))?.version).toBe('0.3.0');
  expect((await releaseToRun(launch))?.version).toBe('0.2.0');
  const givenUp = disk.events.length;
  await noteLongRun(launch, slotOf('0.2.0'));
  expect(await launch.files.load()).toEqual({
    current: slotOf('0.2.0'),
    failures: [{ version: '0.3.0', reason: expect.stringMatching(/^crash_loop: .*: boom$/) }],
  });
  for (let index = counted; index <= disk.events.length; index += 1) {
    for (const unsynced of ['kept', 'lost', 'zeros', seededRandom(5)] as const) {
      const where = `event ${index}`;
      const left = fakeDisk(afterPowerCut(before.files(), disk.events.slice(0, index), unsynced));
      const next = await releaseToRun(launchOn(left));
      expect(['0.3.0', '0.2.0'], where).toContain(next?.version);
      if (index >= givenUp) expect(next?.version, where).toBe('0.2.0');
      await releaseToRun(launchOn(left));
      await releaseToRun(launchOn(left));
      const state = await launchOn(left).files.load();
      expect(state.current?.version, where).toBe('0.2.0');
      expect(isFailed(state, '0.3.0'), where).toBe(true);
    }
  }
});

test('a disk that takes no write: no trial that could not be counted, and the current one runs', async () => {
  const disk = fakeDisk();
  const launch = launchOn(disk);
  await take(launch.files, '0.2.0');
  await releaseToRun(launch);
  await welcome(launch.files, '0.2.0');
  await take(launch.files, '0.3.0');
  disk.isReadOnly = true;
  expect((await releaseToRun(launch))?.version).toBe('0.2.0');
  disk.isReadOnly = false;
  expect((await releaseToRun(launch))?.version).toBe('0.3.0');
});

test('what another user could have written is not run, nor what is not as it was', async () => {
  const disk = fakeDisk();
  await take(openSlotFiles('/agent', disk), '0.2.0');
  expect(await releaseToRun(launchOn(disk, false))).toBeUndefined();
  const spoilt = fakeDisk(
    new Map(
      [...disk.files()].map(([path, bytes]) => [
        path,
        path.endsWith('.mjs') ? Buffer.from('x') : bytes,
      ]),
    ),
  );
  expect(await releaseToRun(launchOn(spoilt))).toBeUndefined();
  expect((await openSlotFiles('/agent', spoilt).load()).failures).toHaveLength(1);
});

test('other commands run what is proved and count nothing; a trial whose time is over goes back', async () => {
  const disk = fakeDisk();
  const launch = launchOn(disk);
  await take(launch.files, '0.2.0');
  const before = await launch.files.load();
  expect(await releaseOfCommand(launch)).toBeUndefined();
  expect(await launch.files.load()).toEqual(before);
  const slot = await releaseToRun(launch);
  if (slot === undefined) throw new Error('no trial');
  expect(await trialOver(launch, slot)).toBe(true);
  expect(await launch.files.load()).toEqual({
    failures: [{ version: '0.2.0', reason: 'no welcome of the collector in 60 s under it' }],
  });
  await take(launch.files, '0.3.0');
  const good = await releaseToRun(launch);
  await welcome(launch.files, '0.3.0');
  expect(good === undefined || (await trialOver(launch, good))).toBe(false);
  expect((await releaseOfCommand(launch))?.version).toBe('0.3.0');
});
