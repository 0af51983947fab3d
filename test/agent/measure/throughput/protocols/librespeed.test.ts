// What the LibreSpeed client decides without a socket: addresses and the size of a POST.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextPostBytes } from '#agent/measure/throughput/protocols/librespeed.ts';
import {
  librespeedCandidates,
  movedServer,
} from '#agent/measure/throughput/protocols/librespeed-server.ts';
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
  // A page puts the two together as texts, the CLI as paths: both are below the server.
  expect(server?.upload.href).toBe('https://a.example/x/e');
  expect(server?.ping.href).toBe('https://a.example/x/p?q=1');
});

test('a server of either scheme is tried over the safer one first', () => {
  const entry = { server: '//a.example', dlURL: 'g', ulURL: 'e', pingURL: 'e' };
  expect(librespeedCandidates(JSON.stringify([entry])).map(({ ping }) => ping.href)).toEqual([
    'https://a.example/e',
    'http://a.example/e',
  ]);
});

const BACKEND = {
  download: new URL('http://a.example/b/garbage.php'),
  upload: new URL('http://a.example/b/empty.php'),
  ping: new URL('http://a.example/b/empty.php'),
};

test.each([
  ['https://a.example/b/empty.php', 'https://a.example/b/garbage.php'],
  ['http://www.a.example:81/b/empty.php', 'http://www.a.example:81/b/garbage.php'],
  ['http://a.example/speed/b/empty.php', 'http://a.example/speed/b/garbage.php'],
  ['http://a.example/c/empty.php', 'http://a.example/c/garbage.php'],
  ['https://a.example/empty.php', 'https://a.example/garbage.php'],
  // It says nothing of what is beside it.
  ['http://a.example/b/nothing.txt', 'http://a.example/b/garbage.php'],
  ['http://other.example/nothing', 'http://a.example/b/garbage.php'],
])('a ping that moved to %s takes the download to %s', (ping, download) => {
  const moved = movedServer(BACKEND, new URL(ping));
  expect(moved.ping.href).toBe(ping);
  expect(moved.download.href).toBe(download);
  expect(moved.upload.href.replace('empty', 'garbage')).toBe(download);
});

test('what an entry has elsewhere stays where it is when the ping moves', () => {
  const upload = new URL('https://up.example/empty.php?a=1');
  const moved = movedServer({ ...BACKEND, upload }, new URL('https://a.example/b/empty.php'));
  expect(moved.upload.href).toBe('https://up.example/empty.php?a=1');
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
        // A server that reads in blocks of 1024 waits for the rest of the last one.
        expect(size % 1024).toBe(0);
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
