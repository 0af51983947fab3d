// Who is offered and sent a release, over a real registry: while it stands, for the share, so many at
// a time; and what is said again is not written again.
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StandingSession } from '#collector/gateway/remote-care.ts';
import { REFUSED_FOR_MS } from '#collector/releases/choose-release.ts';
import { createReleaseCare, type ReleaseCare } from '#collector/releases/release-care.ts';
import type { ReleaseStore } from '#collector/releases/release-store.ts';
import { signManifest } from '#collector/releases/signing.ts';
import { manifestSchema } from '#shared/release/manifest.ts';
import type { CollectorFrame } from '#shared/wire/uplink.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { type OpenRegistry, openTestRegistry } from '#test/support/registry.ts';
import { silentLog } from '#test/support/silent-log.ts';

const VERSION = '0.2.0';
const AT_ONCE = 50;
const { privateKey } = generateKeyPairSync('ed25519');

let clock: FakeClock;
let opened: OpenRegistry;
let releases: ReleaseStore;
let written: number;
let standing: Map<string, StandingSession>;
let told: Map<string, CollectorFrame[]>;
let care: ReleaseCare;

beforeEach(async () => {
  clock = new FakeClock();
  opened = await openTestRegistry(clock);
  written = 0;
  const store = opened.registry.releases;
  releases = {
    ...store,
    answered: (answer) => {
      written += 1;
      return store.answered(answer);
    },
  };
  standing = new Map();
  told = new Map();
  care = createReleaseCare({
    ...{ releases, clock, log: silentLog },
    standing: (id) => standing.get(id),
    allStanding: () => standing.values(),
  });
  const file = { platform: 'any', name: 'a.mjs', sizeBytes: 3, sha256: 'a'.repeat(64) };
  const manifest = manifestSchema.parse({
    ...{ format: 1, version: VERSION, files: [file], minNode: '20.0.0', rolloutPercent: 100 },
    notBefore: '2026-01-01T00:00:00Z',
  });
  const files = [{ name: file.name, bytes: Buffer.from('abc') }];
  await releases.add({
    ...signManifest(manifest, privateKey),
    version: VERSION,
    share: 100,
    files,
  });
});
afterEach(() => opened[Symbol.asyncDispose]());

function connect(number: number): string {
  const id = `018f3c5e-7b1a-7000-8000-${String(number).padStart(12, '0')}`;
  const device: StandingSession['device'] = {
    ...{ id, locationId: '16SW03', lineId: '16SW03', name: 'kast', position: 'off_path' },
    ...{ publicKey: '', enrolledAt: 0, lastContactAt: null, agentVersion: null },
    ...{ clockOffsetMs: null, spool: null },
  };
  const frames: CollectorFrame[] = [];
  told.set(id, frames);
  standing.set(id, {
    ...{ device, agentVersion: '0.1.0', takesReleases: true },
    tell: (frame) => void frames.push(frame),
  });
  return id;
}

const toldTypes = (id: string) => (told.get(id) ?? []).map(({ type }) => type);
const deviceOf = (id: string) => (standing.get(id) as StandingSession).device;
const reads = (id: string) =>
  care.reported(deviceOf(id), {
    ...{ type: 'release_read', version: VERSION, file: 'a.mjs', offset: 0 },
  });
const answers = (id: string, outcome: 'installed' | 'refused' | 'rolled_back', reason?: string) =>
  care.reported(deviceOf(id), {
    ...{ type: 'release_result', version: VERSION, outcome },
    ...(reason === undefined ? {} : { reason }),
  });

test('a part is sent while the release stands and the device is in its share; else nothing', async () => {
  const id = connect(1);
  await care.look();
  await reads(id);
  expect(toldTypes(id)).toEqual(['release', 'release_part']);
  await releases.setShare(VERSION, 0);
  await reads(id);
  expect(toldTypes(id)).toHaveLength(2);
  await releases.setShare(VERSION, 100);
  await reads(id);
  expect(toldTypes(id)).toHaveLength(3);
  await releases.withdraw(VERSION);
  await reads(id);
  expect(toldTypes(id)).toHaveLength(3);
});

test('to so many at a time, also of those that ask by themselves', async () => {
  const ids = Array.from({ length: AT_ONCE + 1 }, (_, index) => connect(index));
  await care.look();
  const late = ids.find((id) => toldTypes(id).length === 0) ?? '';
  expect(ids.filter((id) => toldTypes(id).includes('release'))).toHaveLength(AT_ONCE);
  await reads(late);
  expect(toldTypes(late)).toEqual([]);
  const [first = ''] = ids.filter((id) => id !== late);
  await reads(first);
  expect(toldTypes(first)).toEqual(['release', 'release_part']);
  await answers(first, 'installed');
  await reads(late);
  expect(toldTypes(late)).toEqual(['release_part']);
});

test('what a device says again at its welcome is not written again', async () => {
  const id = connect(1);
  for (let welcome = 0; welcome < 3; welcome += 1) await answers(id, 'installed');
  expect(written).toBe(1);
  await answers(id, 'rolled_back', 'boom');
  await answers(id, 'rolled_back', 'boom');
  expect(written).toBe(2);
  await answers(id, 'rolled_back', 'another');
  expect(written).toBe(3);
});

test('one that refused and stays connected is offered it again a day later, each time', async () => {
  const id = connect(1);
  await care.look();
  for (let day = 1; day <= 3; day += 1) {
    await answers(id, 'refused', 'an old Node');
    await care.look();
    await clock.advance(REFUSED_FOR_MS - 1);
    await care.look();
    expect(toldTypes(id), `day ${day}`).toHaveLength(day);
    await clock.advance(1);
    await care.look();
    expect(toldTypes(id), `day ${day}`).toHaveLength(day + 1);
  }
});
