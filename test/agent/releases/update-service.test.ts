// An offer lives as long as its session: no session later does the agent ask for it by itself.
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSlotFiles, sha256Of } from '#agent/releases/slot-files.ts';
import { createUpdates, type Updates } from '#agent/releases/update-service.ts';
import { signManifest, updateKeyOf } from '#collector/releases/signing.ts';
import { manifestSchema } from '#shared/release/manifest.ts';
import type { AgentFrame } from '#shared/wire/uplink.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { fakeDisk } from '#test/support/fake-disk.ts';
import { silentLog } from '#test/support/silent-log.ts';

const BUNDLE = Buffer.from('// the agent\n');
const HOUR_MS = 3_600_000;
const { privateKey } = generateKeyPairSync('ed25519');
const file = { platform: 'any', name: 'a.mjs', sizeBytes: BUNDLE.length, sha256: sha256Of(BUNDLE) };
const manifest = manifestSchema.parse({
  ...{ format: 1, version: '99.0.0', files: [file], minNode: '20.0.0', rolloutPercent: 100 },
  notBefore: '2026-01-01T00:00:00Z',
});
const OFFER = {
  type: 'release',
  version: '99.0.0',
  ...signManifest(manifest, privateKey),
} as const;

let clock: FakeClock;
let leftBytes: number;
let said: AgentFrame[];
let restarts: string[];
let updates: Updates;
let stop: AbortController;
let over: Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  leftBytes = 1_000_000;
  said = [];
  restarts = [];
  stop = new AbortController();
  updates = createUpdates({
    ...{ publicKey: updateKeyOf(privateKey), base: '0.1.0', release: undefined },
    ...{ platform: 'linux-x64', nodeVersion: 'v24.0.0', deviceId: 'a', clock, log: silentLog },
    files: openSlotFiles('/agent', fakeDisk()),
    freeBytes: async () => 1_000_000_000,
    restart: (why) => void restarts.push(why),
    uplink: { say: (frame) => said.push(frame) > 0, clockOffsetMs: () => 0 },
    runner: { aside: (work, signal) => work(signal) },
    leftBytes: () => leftBytes,
    spend: async () => {},
  });
  over = updates.service.run(stop.signal, () => {});
});
afterEach(async () => {
  stop.abort();
  await over;
});

const types = () => said.map(({ type }) => type);

test('a fetch that the collector leaves unanswered is asked again, and not after its session', async () => {
  updates.take(OFFER);
  await expect.poll(types, { timeout: 30_000 }).toHaveLength(1);
  await clock.advance(100_000);
  expect(types()).toEqual(['release_read', 'release_read']);
  updates.closed();
  await clock.advance(HOUR_MS);
  expect(types()).toHaveLength(2);
  updates.take(OFFER);
  await expect.poll(types, { timeout: 30_000 }).toHaveLength(3);
  updates.take({
    ...{ type: 'release_part', version: '99.0.0', file: file.name, offset: 0 },
    data: BUNDLE.toString('base64'),
  });
  await expect.poll(() => restarts, { timeout: 30_000 }).toEqual(['to start release 99.0.0']);
});

test('a wait for the budget goes on in its session, and ends with it', async () => {
  leftBytes = 0;
  updates.take(OFFER);
  await clock.advance(HOUR_MS);
  const waits = said.length;
  expect(waits).toBeGreaterThan(1);
  expect(new Set(types())).toEqual(new Set(['release_result']));
  updates.closed();
  leftBytes = 1_000_000;
  await clock.advance(HOUR_MS);
  expect(said).toHaveLength(waits);
});
