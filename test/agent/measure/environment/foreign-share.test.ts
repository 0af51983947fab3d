import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { foreignShare, type PortLoad } from '#agent/measure/environment/foreign-share.ts';
import type { DirectionResult } from '#shared/model/measurement.ts';
import type { Direction } from '#shared/model/norm.ts';

const SECONDS = 3;

interface Made {
  readonly direction: Direction;
  readonly mbps: number;
  /** Of the line's bytes. */
  readonly others: number;
  /** Segments that the interface counts as one packet. */
  readonly joined: number;
  readonly isEthernet: boolean;
  readonly ipVersion: 4 | 6;
  /** Bytes that wait between the port and the receiver, from the first sample on. */
  readonly queueBytes: number;
}

const PLAIN: Made = {
  ...{ direction: 'download', mbps: 500, others: 0, joined: 1, isEthernet: true },
  ...{ ipVersion: 4, queueBytes: 0 },
};

/** What the counters of a line say that is full all the time, ten times a second. */
function loadOf(made: Made): PortLoad {
  const link = made.isEthernet ? 14 : 0;
  const headers = (made.ipVersion === 4 ? 52 : 72) + link;
  const segment = 1500 + link - headers;
  const bytesPerS = (made.mbps * 1e6) / 8;
  const samples = Array.from({ length: 10 * SECONDS + 1 }, (_each, index) => {
    const passed = (index / 10) * bytesPerS + made.queueBytes;
    const own = passed * (1 - made.others);
    const packets = own / (made.joined * segment + headers);
    const counters = { received: 0, sent: 0, receivedPackets: 0, sentPackets: 0 };
    const [bytes, count] =
      made.direction === 'download'
        ? (['received', 'receivedPackets'] as const)
        : (['sent', 'sentPackets'] as const);
    const port = { ...counters, [bytes]: passed, [count]: packets + (passed - own) / 1400 };
    const waits = made.queueBytes * (1 - made.others);
    return { elapsedMs: 100 * index, ownBytes: packets * made.joined * segment - waits, port };
  });
  return { direction: made.direction, samples, isEthernet: made.isEthernet };
}

function resultOf(made: Made, queueMs = 0): DirectionResult {
  return {
    ...{ goodput: made.mbps, ipCapacity: made.mbps, interval: [made.mbps, made.mbps] },
    ...{ bytes: 1, outcome: 'fail', durationMs: 1000 * SECONDS, warmUpMs: 900 },
    loaded: {
      probes: {
        ...{ transport: 'udp', sent: 100, received: 100, duplicates: 0, reordered: 0 },
        roundTrip: { minMs: 5, p50Ms: 20, p95Ms: 20 + queueMs, maxMs: 20 + queueMs },
      },
    },
  } as unknown as DirectionResult;
}

const shareOf = (change: Partial<Made>, queueMs = 0) => {
  const made = { ...PLAIN, ...change };
  const measured = { [made.direction]: resultOf(made, queueMs) };
  return foreignShare([loadOf(made)], measured, made.ipVersion);
};

const anyLine = fc.record({
  direction: fc.constantFrom('download' as const, 'upload' as const),
  mbps: fc.double({ min: 2, max: 2_000, noNaN: true }),
  joined: fc.integer({ min: 1, max: 44 }),
  isEthernet: fc.boolean(),
  ipVersion: fc.constantFrom(4 as const, 6 as const),
  queueBytes: fc.nat(2_000_000),
});

test('of a test alone nothing is others’, whatever the interface joins, frames or queues', () => {
  fc.assert(
    fc.property(anyLine, (line) => {
      expect(shareOf(line)).toBeLessThan(0.001);
    }),
  );
});

test('what others take is seen to a percent', () => {
  fc.assert(
    fc.property(anyLine, fc.double({ min: 0.05, max: 0.9, noNaN: true }), (line, others) => {
      // The headers of others' packets pass for the test's own, and a slow line's control traffic is some.
      const slack = 0.07 * others + 40_000 / (line.mbps * 1e6) + 0.001;
      const seen = shareOf({ ...line, others }) ?? 0;
      expect(seen).toBeLessThanOrEqual(others + 0.001);
      expect(seen).toBeGreaterThan(others - slack);
    }),
  );
});

test('a queue of an upload that grew is not others’ traffic', () => {
  const upload = { direction: 'upload', mbps: 20 } as const;
  expect(shareOf({ ...upload, others: 0.04 })).toBeGreaterThan(0.03);
  expect(shareOf({ ...upload, others: 0.04 }, 100)).toBeLessThan(0.001);
  expect(shareOf({ direction: 'download', mbps: 20, others: 0.05 }, 100)).toBeGreaterThan(0.04);
});

test('without a port, a result or two samples of its window it cannot be told', () => {
  const load = loadOf(PLAIN);
  expect(foreignShare([], { download: resultOf(PLAIN) })).toBeUndefined();
  expect(foreignShare([load], {})).toBeUndefined();
  const early = { ...load, samples: load.samples.slice(0, 9) };
  expect(foreignShare([early], { download: resultOf(PLAIN) })).toBeUndefined();
});
