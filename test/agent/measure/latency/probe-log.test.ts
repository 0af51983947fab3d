import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  LATE_MS,
  type ProbeLog,
  type ProbeReply,
  responsiveness,
  summariseProbes,
} from '#agent/measure/latency/probe-log.ts';
import { probeSummarySchema } from '#shared/model/latency.ts';

/** What becomes of each probe: there and back, lost on the way there, or on the way back. */
type Fate = 'back' | 'forward' | 'reverse';

function logOf(fates: readonly Fate[], roundTripMs = 10): ProbeLog {
  const replies: ProbeReply[] = [];
  let reflected = 0;
  for (const [sequence, fate] of fates.entries()) {
    if (fate === 'forward') continue;
    if (fate === 'back') replies.push({ sequence, reflected, roundTripMs });
    reflected += 1;
  }
  const sentMs = fates.map((_, i) => 100 * i);
  return { transport: 'udp', sentMs, replies, endMs: 100 * fates.length + LATE_MS };
}

const fate = fc.constantFrom<Fate>('back', 'forward', 'reverse');

describe('loss', () => {
  test('is told apart by way exactly, up to the last probe that came back', () => {
    fc.assert(
      fc.property(fc.array(fate, { minLength: 1, maxLength: 80 }), (before) => {
        const fates: Fate[] = [...before, 'back'];
        const { loss, sent, received } = summariseProbes(logOf(fates)) ?? {};
        const count = (what: Fate) => fates.filter((each) => each === what).length;
        expect({ sent, received }).toEqual({ sent: fates.length, received: count('back') });
        expect(loss).toMatchObject({
          ...{ forward: count('forward'), reverse: count('reverse'), unattributed: 0 },
          share: (count('forward') + count('reverse')) / fates.length,
        });
      }),
    );
  });

  test('after it, could have been either, and is counted so', () => {
    const fates: Fate[] = ['back', 'forward', 'back', 'reverse', 'forward', 'forward'];
    expect(summariseProbes(logOf(fates))?.loss).toMatchObject({
      ...{ forward: 1, reverse: 0, unattributed: 3, share: 4 / 6 },
    });
  });

  test('of everything is not known by way', () => {
    const summary = summariseProbes(logOf(['forward', 'reverse', 'forward']));
    expect(summary).toMatchObject({ sent: 3, received: 0, loss: { unattributed: 3, share: 1 } });
    expect(summary?.roundTrip).toBeUndefined();
  });

  test('is not what may still be under way', () => {
    const log = logOf(['back', 'back', 'forward']);
    const early = { ...log, endMs: 300 };
    expect(summariseProbes(early)).toMatchObject({ sent: 2, received: 2, loss: { share: 0 } });
    expect(summariseProbes({ ...early, replies: [] })).toBeUndefined();
  });

  test('over TCP is not known at all', () => {
    const log = { ...logOf(['back', 'forward']), transport: 'tcp' as const };
    expect(summariseProbes(log)?.loss).toBeUndefined();
  });
});

test('doubles count once, and what overtook another is counted as reordered', () => {
  const log = logOf(['back', 'back', 'back', 'back']);
  const [a, b, c, d] = log.replies;
  const replies = [a, c, b, b, d].flatMap((reply) => reply ?? []);
  expect(summariseProbes({ ...log, replies })).toMatchObject({
    ...{ sent: 4, received: 4, duplicates: 1, reordered: 1 },
  });
});

test('round trips are ordered, variation is over the least, and all of it fits the wire', () => {
  const times = fc.array(fc.double({ min: 0.01, max: 3_000, noNaN: true }), {
    ...{ minLength: 1, maxLength: 100 },
  });
  fc.assert(
    fc.property(times, (roundTrips) => {
      const log = logOf(roundTrips.map(() => 'back'));
      const replies = log.replies.map((reply, i) => ({
        ...reply,
        roundTripMs: roundTrips[i] ?? 0,
        // Clocks that are an hour apart and drift: only the variation is kept.
        forwardMs: 3_600_000 + (roundTrips[i] ?? 0) / 2,
        reverseMs: -3_600_000 + (roundTrips[i] ?? 0) / 2,
      }));
      const summary = summariseProbes({ ...log, replies });
      expect(probeSummarySchema.safeParse(summary).error).toBeUndefined();
      const { minMs = 0, p50Ms = 0, p95Ms = 0, maxMs = 0 } = summary?.roundTrip ?? {};
      expect([minMs, p50Ms, p95Ms, maxMs]).toEqual(
        [minMs, p50Ms, p95Ms, maxMs].toSorted((a, b) => a - b),
      );
      expect(summary?.variation?.roundTripMs).toBeCloseTo(p95Ms - minMs, 2);
      expect(summary?.variation?.forwardMs).toBeCloseTo((p95Ms - minMs) / 2, 1);
    }),
  );
});

test('responsiveness is round trips per minute, without the longest twentieth', () => {
  const of = (...times: number[]) => responsiveness(times.map((roundTripMs) => ({ roundTripMs })));
  expect(of(...Array.from({ length: 19 }, () => 20), 5_000)).toBe(3_000);
  expect(of(60)).toBe(1_000);
  expect(of()).toBeUndefined();
});
