// What a device takes, refuses and waits for; and whose signature it believes.
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkOffer, type DeviceFacts, SPARE_BYTES } from '#agent/releases/check-offer.ts';
import { verified } from '#agent/releases/verify.ts';
import { isSignedBy, signManifest, updateKeyOf } from '#collector/releases/signing.ts';
import { type Manifest, manifestSchema } from '#shared/release/manifest.ts';

const MANIFEST: Manifest = manifestSchema.parse({
  format: 1,
  version: '0.2.0',
  files: [{ platform: 'linux-x64', name: 'a.mjs', sizeBytes: 1_000, sha256: 'a'.repeat(64) }],
  minNode: '20.5.0',
  notBefore: '2026-03-01T00:00:00Z',
  rolloutPercent: 100,
});
const DEVICE: DeviceFacts = {
  deviceId: '6f1c2a34-9b1d-4c55-8a43-0c7a5ad1a001',
  version: '0.1.0+abc',
  nodeVersion: 'v24.21.0',
  platform: 'linux-x64',
  now: Date.parse('2026-03-02T00:00:00Z'),
  freeBytes: 1_000_000_000,
  leftBytes: 1_000_000_000,
};

test('a newer one that fits is taken', () => {
  expect(checkOffer(MANIFEST, DEVICE)).toEqual({ file: MANIFEST.files[0] });
  const notAfter = '2026-03-02T00:00:01Z';
  const older = { ...MANIFEST, version: '0.0.9', allowDowngrade: true, notAfter };
  expect(checkOffer(older, DEVICE)).toEqual({ file: MANIFEST.files[0] });
});

test.each<[string, Partial<Manifest>, Partial<DeviceFacts>, RegExp]>([
  ['what runs', {}, { version: '0.2.0' }, /runs already/],
  ['what runs, as a downgrade', { allowDowngrade: true }, { version: '0.2.0' }, /runs already/],
  ['an older one', { version: '0.0.9' }, {}, /no newer than 0\.1\.0/],
  ['another build of the same version', { version: '0.1.0+def' }, {}, /no newer/],
  [
    'one whose time is over',
    { notAfter: '2026-03-02T00:00:00Z' },
    {},
    /the time before 2026-03-02/,
  ],
  ['one for a newer Node', {}, { nodeVersion: 'v20.4.1' }, /needs Node 20\.5\.0/],
  ['one for another machine', {}, { platform: 'linux-arm64' }, /no file for linux-arm64/],
  ['one for others', { rolloutPercent: 0 }, {}, /not among the 0 %/],
])('%s is refused', (_name, manifest, device, words) => {
  const verdict = checkOffer({ ...MANIFEST, ...manifest }, { ...DEVICE, ...device });
  expect(verdict).toEqual({ refused: expect.stringMatching(words) });
});

test.each<[string, Partial<DeviceFacts>, RegExp]>([
  ['its time', { now: Date.parse('2026-02-28T00:00:00Z') }, /2026-03-01/],
  ['room on the disk', { freeBytes: SPARE_BYTES }, /bytes free/],
  ['the byte budget', { leftBytes: 999 }, /999 bytes left/],
])('it waits for %s', (_name, device, words) => {
  const verdict = checkOffer(MANIFEST, { ...DEVICE, ...device });
  expect(verdict).toEqual({ waiting: expect.stringMatching(words) });
});

const key = generateKeyPairSync('ed25519').privateKey;
const signed = signManifest(MANIFEST, key);
const updateKey = updateKeyOf(key);

test('the signature of the key that the agent has, and no other', () => {
  expect(verified(signed, updateKey)).toEqual({ manifest: MANIFEST });
  expect(isSignedBy(signed, updateKey)).toBe(true);
  const other = updateKeyOf(generateKeyPairSync('ed25519').privateKey);
  expect(verified(signed, other)).toMatchObject({ fault: expect.stringContaining('signature') });
  expect(isSignedBy(signed, other)).toBe(false);
});

test('no change of the manifest or the signature passes', () => {
  fc.assert(
    fc.property(
      fc.nat(signed.manifest.length - 1),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      (at, character) => {
        fc.pre(signed.manifest[at] !== character);
        const manifest = signed.manifest.slice(0, at) + character + signed.manifest.slice(at + 1);
        expect(verified({ ...signed, manifest }, updateKey)).toHaveProperty('fault');
      },
    ),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 128 }), (signature) => {
      expect(verified({ ...signed, signature }, updateKey)).toHaveProperty('fault');
    }),
  );
});

test('signed, and yet no manifest', () => {
  const nonsense = signManifest({ ...MANIFEST, version: '../x' }, key);
  expect(verified(nonsense, updateKey)).toMatchObject({
    fault: expect.stringContaining('version'),
  });
  const forEver = signManifest({ ...MANIFEST, allowDowngrade: true }, key);
  expect(verified(forEver, updateKey)).toMatchObject({
    fault: expect.stringContaining('notAfter'),
  });
});
