import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeSamples, encodeSamples, onGrid } from '#shared/wire/raw-series.ts';

const steps = fc.array(fc.record({ tenths: fc.nat(100_000), bytes: fc.nat(2 ** 31) }), {
  maxLength: 200,
});

/** Counters as they come: neither falls. */
function counters(moves: readonly { tenths: number; bytes: number }[]) {
  let [tenths, bytes] = [0, 0];
  return moves.map((move) => {
    tenths += move.tenths;
    bytes += move.bytes;
    return { elapsedMs: tenths / 10, bytes };
  });
}

test('counters come back as they were', () => {
  fc.assert(
    fc.property(steps, (moves) => {
      const samples = counters(moves);
      expect(decodeSamples(encodeSamples(samples))).toEqual(samples);
    }),
  );
});

test('a test of ten seconds at a gigabit takes about 600 bytes', () => {
  const samples = counters(
    Array.from({ length: 100 }, () => ({ tenths: 1003, bytes: 12_345_678 })),
  );
  expect(encodeSamples(samples).length).toBeLessThan(700);
});

test('what falls is refused when it is written, and cut text when it is read', () => {
  expect(() =>
    encodeSamples([
      { elapsedMs: 2, bytes: 5 },
      { elapsedMs: 1, bytes: 6 },
    ]),
  ).toThrow(/must not fall/);
  expect(() =>
    encodeSamples([
      { elapsedMs: 2, bytes: 5 },
      { elapsedMs: 3, bytes: 4 },
    ]),
  ).toThrow(/must not fall/);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        for (const { elapsedMs, bytes: count } of decodeSamples(bytes)) {
          expect(Number.isFinite(elapsedMs) && Number.isSafeInteger(count)).toBe(true);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});

test('the grid is a tenth of a ms and stays where it is', () => {
  expect(onGrid(100.04)).toBe(100);
  expect(onGrid(onGrid(123.456))).toBe(onGrid(123.456));
});
