// Which version is newer, who is in a share, and what a manifest may say.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileFor, manifestSchema } from '#shared/release/manifest.ts';
import { isInShare, placeInRollout } from '#shared/release/rollout.ts';
import { isNewer, parseVersion } from '#shared/release/version-order.ts';

const IN_ORDER = [
  ...['0.9.10', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2'],
  ...['1.0.0-beta.11', '1.0.0-rc.1', '1.0.0', '1.0.1', '1.10.0', '10.0.0'],
];

test('versions in the order that the standard gives, each newer than those before it', () => {
  for (const [index, one] of IN_ORDER.entries()) {
    for (const [before, other] of IN_ORDER.entries()) {
      expect(isNewer(one, other), `${one} over ${other}`).toBe(index > before);
    }
  }
});

test('a build is no newer than another of the same version; what is no version is never newer', () => {
  expect(isNewer('1.0.0+b', '1.0.0+a')).toBe(false);
  expect(isNewer('1.0.0+a', '1.0.0+b')).toBe(false);
  for (const text of ['', '1', '1.2', '1.2.3.4', '../1.2.3', '1.2.3 ', '1.2.3-', '01.2.3x']) {
    expect(parseVersion(text), text).toBeUndefined();
    expect(isNewer(text, '0.0.1')).toBe(false);
  }
});

test('never both newer and older', () => {
  const version = fc
    .tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.constantFrom('', '-a', '-1', '-a.1', '+x'))
    .map(([major, minor, patch, rest]) => `${major}.${minor}.${patch}${rest}`);
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(isNewer(a, b) && isNewer(b, a)).toBe(false);
      if (isNewer(a, b) && isNewer(b, c)) expect(isNewer(a, c)).toBe(true);
    }),
  );
});

test('a share grows by devices and loses none; nobody is in none, and everybody in all', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.nat(100), fc.nat(100), (id, one, other) => {
      const [less, more] = [Math.min(one, other), Math.max(one, other)];
      if (isInShare(id, '1.2.3', less)) expect(isInShare(id, '1.2.3', more)).toBe(true);
      expect(isInShare(id, '1.2.3', 0)).toBe(false);
      expect(isInShare(id, '1.2.3', 100)).toBe(true);
      expect(placeInRollout(id, '1.2.3')).toBe(placeInRollout(id, '1.2.3'));
    }),
  );
});

test('a tenth of ids that differ in one place is a tenth, and another tenth for the next release', () => {
  const ids = Array.from(
    { length: 9_000 },
    (_, index) => `018f3c5e-7b1a-7000-8000-${String(index).padStart(12, '0')}`,
  );
  const first = ids.filter((id) => isInShare(id, '1.2.3', 10));
  const second = ids.filter((id) => isInShare(id, '1.2.4', 10));
  const both = first.filter((id) => second.includes(id)).length;
  // Within some five standard deviations of what chance gives.
  for (const { length } of [first, second]) expect(Math.abs(length - 900)).toBeLessThan(145);
  expect(both).toBeLessThan(145);
});

const FILE = { platform: 'any', name: 'a.mjs', sizeBytes: 10, sha256: 'a'.repeat(64) };
const MANIFEST = {
  format: 1,
  version: '0.2.0+abc',
  files: [FILE],
  minNode: '20.0.0',
  notBefore: '2026-11-29T00:00:00Z',
  rolloutPercent: 100,
};

test('a manifest: defaults, and the file of the platform before that for any', () => {
  const own = { ...FILE, platform: 'linux-arm64', name: 'arm.mjs' };
  const manifest = manifestSchema.parse({ ...MANIFEST, files: [FILE, own] });
  expect(manifest).toMatchObject({ allowDowngrade: false, trialSeconds: 600 });
  expect(fileFor(manifest, 'linux-arm64')?.name).toBe('arm.mjs');
  expect(fileFor(manifest, 'linux-x64')?.name).toBe('a.mjs');
  expect(fileFor(manifestSchema.parse({ ...MANIFEST, files: [own] }), 'linux-x64')).toBeUndefined();
});

test.each([
  { version: '../../etc' },
  { files: [] },
  { files: [{ ...FILE, sizeBytes: 100_000_000 }] },
  { files: [{ ...FILE, sha256: 'zz' }] },
  { rolloutPercent: 101 },
  { format: 2 },
  { notBefore: 'tomorrow' },
  { notAfter: 'tomorrow' },
  { allowDowngrade: true },
])('a manifest with %o is none', (change) => {
  expect(manifestSchema.safeParse({ ...MANIFEST, ...change }).success).toBe(false);
});
