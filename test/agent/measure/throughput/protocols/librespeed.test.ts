// What the LibreSpeed client decides without a socket: addresses and the size of a POST.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextPostBytes } from '#agent/measure/throughput/protocols/librespeed.ts';
import { librespeedCandidates } from '#agent/measure/throughput/protocols/librespeed-server.ts';
import { sampleOf } from '#agent/measure/throughput/protocols/ndt7.ts';

test('of a base address every layout is tried below it', () => {
  const candidates = librespeedCandidates('https://speed.example/some/path');
  expect(candidates.map(({ ping }) => ping.href)).toEqual([
    'https://speed.example/some/path/empty.php',
    'https://speed.example/some/path/backend/empty.php',
    'https://speed.example/some/path/empty',
    'https://speed.example/some/path/backend/empty',
  ]);
  expect(candidates[0]?.download.href).toBe('https://speed.example/some/path/garbage.php');
});

test('an entry is taken as it is written', () => {
  const entry = { server: '//a.example/x/', dlURL: 'g.php', ulURL: '/e', pingURL: 'p?q=1' };
  const [server] = librespeedCandidates(JSON.stringify(entry));
  expect(server?.download.href).toBe('https://a.example/x/g.php');
  expect(server?.upload.href).toBe('https://a.example/e');
  expect(server?.ping.href).toBe('https://a.example/x/p?q=1');
});

test.each(['', 'speed.example', 'ftp://x', '{}', '[]', '{"server":"x"', '{"server":"ftp://x"}'])(
  '%j is refused in words',
  (text) => {
    expect(() => librespeedCandidates(text)).toThrow(/LibreSpeed server|servers\.json/);
  },
);

test('a POST grows to its time and no further, whatever the line', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 2000, noNaN: true }), fc.nat(300), (mbps, rttMs) => {
      let size = 64 * 1024;
      for (let i = 0; i < 20; i += 1) {
        size = nextPostBytes(size, (size * 8) / (mbps * 1000) + rttMs, rttMs);
        expect(size).toBeGreaterThanOrEqual(16 * 1024);
        expect(size).toBeLessThanOrEqual(1024 * 1024);
      }
      const tookMs = (size * 8) / (mbps * 1000) + rttMs;
      const targetMs = Math.max(100, 5 * rttMs);
      // At rest: within a factor of two of its time, or at a bound.
      if (size < 1024 * 1024) expect(tookMs).toBeGreaterThanOrEqual(targetMs / 2);
      if (size > 16 * 1024) expect(tookMs).toBeLessThanOrEqual(2 * targetMs);
    }),
  );
});

test.each([
  ['{"AppInfo":{"ElapsedTime":1500000,"NumBytes":7}}', { elapsedMs: 1500, bytes: 7 }],
  ['{"TCPInfo":{"ElapsedTime":250000,"BytesReceived":9}}', { elapsedMs: 250, bytes: 9 }],
  ['{"TCPInfo":{"ElapsedTime":250000,"BytesAcked":9}}', undefined],
  ['{"Origin":"server"}', undefined],
  ['{"AppInfo":{"ElapsedTime":-1,"NumBytes":7}}', undefined],
  ['not json', undefined],
])('the measurement %s is the sample %j', (text, sample) => {
  expect(sampleOf(text)).toEqual(sample);
});
