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
