import fc from 'fast-check';
import { expect, test } from 'vitest';
import { correctClock, EARLIEST_TEST, MAX_AHEAD_MS } from '#collector/ingest/correct-clock.ts';

const NOW = Date.parse('2026-03-02T08:00:00.000Z');
const STARTED = NOW - 60_000;

test('the offset of the time of the test goes before the session’s, and either is taken off', () => {
  const at = (testOffsetMs?: number, sessionOffsetMs?: number) =>
    correctClock({ startedAt: STARTED, testOffsetMs, sessionOffsetMs, receivedAt: NOW });
  expect(at()).toEqual({ startedAt: STARTED, source: 'clock' });
  expect(at(undefined, 500)).toEqual({ startedAt: STARTED - 500, source: 'clock' });
  expect(at(-250, 500)).toEqual({ startedAt: STARTED + 250, source: 'clock' });
  expect(at(0, 500)).toEqual({ startedAt: STARTED, source: 'clock' });
  expect(at(0.4)).toEqual({ startedAt: STARTED, source: 'clock' });
});

test('a clock that woke up in 1970 is right again by its offset', () => {
  const startedAt = 86_400_000;
  expect(correctClock({ startedAt, testOffsetMs: startedAt - STARTED, receivedAt: NOW })).toEqual({
    startedAt: STARTED,
    source: 'clock',
  });
});

test('absurd times give way to the time of arrival, at their exact bounds', () => {
  const at = (startedAt: number) => correctClock({ startedAt, receivedAt: NOW });
  const received = { startedAt: NOW, source: 'received' };
  expect(at(0)).toEqual(received);
  expect(at(EARLIEST_TEST - 1)).toEqual(received);
  expect(at(EARLIEST_TEST).source).toBe('clock');
  expect(at(NOW + MAX_AHEAD_MS).source).toBe('clock');
  expect(at(NOW + MAX_AHEAD_MS + 1)).toEqual(received);
  expect(at(Number.NaN)).toEqual(received);
});

test('for any reading: a whole, credible time, and the truth when the offset is true', () => {
  const offset = fc.option(fc.double({ noNaN: true }), { nil: undefined });
  fc.assert(
    fc.property(fc.double(), offset, offset, (startedAt, testOffsetMs, sessionOffsetMs) => {
      const corrected = correctClock({ startedAt, testOffsetMs, sessionOffsetMs, receivedAt: NOW });
      expect(Number.isSafeInteger(corrected.startedAt)).toBe(true);
      expect(corrected.startedAt).toBeGreaterThanOrEqual(EARLIEST_TEST);
      expect(corrected.startedAt).toBeLessThanOrEqual(NOW + MAX_AHEAD_MS);
    }),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: EARLIEST_TEST, max: NOW }),
      fc.integer({ min: -1e12, max: 1e12 }),
      (truth, error) => {
        expect(
          correctClock({ startedAt: truth + error, testOffsetMs: error, receivedAt: NOW }),
        ).toEqual({ startedAt: truth, source: 'clock' });
      },
    ),
  );
});
