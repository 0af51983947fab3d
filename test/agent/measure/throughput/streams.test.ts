import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { streamsAtStart } from '#agent/measure/throughput/streams.ts';
import { STREAMS_MAX } from '#shared/wire/speed.ts';

const REQUIRED = 473;

test('a near measure server needs few connections, a far one more', () => {
  expect(streamsAtStart('download', REQUIRED, 1)).toBe(4);
  expect(streamsAtStart('download', REQUIRED, 10)).toBe(14);
  expect(streamsAtStart('download', REQUIRED, 40)).toBe(53);
  expect(streamsAtStart('upload', 38, 1)).toBe(2);
  expect(streamsAtStart('upload', 38, 40)).toBe(5);
});

test('there are never fewer on a longer way, nor for more, and never more than a server takes', () => {
  const ms = fc.double({ min: 0, max: 2_000, noNaN: true });
  const mbps = fc.double({ min: 0.1, max: 20_000, noNaN: true });
  fc.assert(
    fc.property(ms, ms, mbps, mbps, (rtt, further, rate, more) => {
      const count = streamsAtStart('download', rate, rtt);
      expect(count).toBeGreaterThanOrEqual(4);
      expect(count).toBeLessThan(STREAMS_MAX);
      expect(streamsAtStart('download', rate, rtt + further)).toBeGreaterThanOrEqual(count);
      expect(streamsAtStart('download', rate + more, rtt)).toBeGreaterThanOrEqual(count);
    }),
  );
});
