import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pacer } from '#shared/flow/pacer.ts';
import { bytesAt } from '#shared/model/units.ts';

test('never more than the rate and a short burst, whenever it is asked', () => {
  const asks = fc.array(
    fc.record({ afterMs: fc.double({ min: 0, max: 200, noNaN: true }), wanted: fc.nat(300_000) }),
    {
      maxLength: 300,
    },
  );
  fc.assert(
    fc.property(fc.double({ min: 1, max: 2000, noNaN: true }), asks, (rate, moves) => {
      let now = 0;
      let taken = 0;
      const pacer = new Pacer(rate, { monotonicMs: () => now });
      for (const { afterMs, wanted } of moves) {
        now += afterMs;
        const got = pacer.take(wanted);
        expect(got).toBeLessThanOrEqual(wanted);
        taken += got;
        expect(taken).toBeLessThanOrEqual(bytesAt(rate, now) + 1);
      }
    }),
  );
});

test('asked every few milliseconds it keeps its rate', () => {
  let now = 0;
  let taken = 0;
  const pacer = new Pacer(531, { monotonicMs: () => now });
  for (; now < 10_000; now += 5) taken += pacer.take(1_000_000);
  expect(taken / bytesAt(531, 10_000)).toBeGreaterThan(0.99);
});

test('a sender that asks again at once comes to rest', () => {
  let now = 0;
  const pacer = new Pacer(100, { monotonicMs: () => (now += 0.001) });
  let asks = 0;
  for (now = 20; pacer.take(65_536) > 0; ) asks += 1;
  expect(asks).toBeLessThan(20);
});

test('with timers late as they are, every half second is within 1%, and no burst beyond 15 ms', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 44, max: 2_000, noNaN: true }),
      fc.array(fc.double({ min: 5, max: 14.9, noNaN: true }), { minLength: 200, maxLength: 400 }),
      (rate, ticks) => {
        let now = 0;
        const pacer = new Pacer(rate, { monotonicMs: () => now });
        const sent = [{ at: 0, bytes: 0 }];
        for (const afterMs of ticks) {
          now += afterMs;
          let burst = 0;
          for (let got = 1; got > 0; burst += got) got = pacer.take(16_384);
          expect(burst).toBeLessThanOrEqual(Math.max(bytesAt(rate, 15), 2 * 4 * 1448) + 1);
          sent.push({ at: now, bytes: (sent.at(-1)?.bytes ?? 0) + burst });
        }
        for (let i = 20; i < sent.length; i += 1) {
          const to = sent[i];
          const from = sent.find(({ at }) => to !== undefined && at >= to.at - 500);
          if (to === undefined || from === undefined || to.at < 1_000) continue;
          const expected = bytesAt(rate, to.at - from.at);
          // A grain of four packets waits for the next tick.
          expect(Math.abs(to.bytes - from.bytes - expected)).toBeLessThan(0.01 * expected + 6_000);
        }
      },
    ),
    { numRuns: 30 },
  );
});
