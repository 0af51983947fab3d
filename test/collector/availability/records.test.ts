// From an agent's record to a stretch in the collector's time, by the way that ingest takes.
import { expect, test } from 'vitest';
import { stretchesOf } from '#collector/availability/stretches.ts';
import { watchEvidence } from '#collector/availability/watch-evidence.ts';
import { checkRecord } from '#collector/ingest/check-record.ts';
import { type AvailabilityReport, MAX_STRETCH_MS } from '#shared/model/availability.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import { availabilityRecord, directionResult } from '#test/support/measurements.ts';

const DEVICE = '3f0c8f5e-54a0-4b8e-9d43-6a1f0a4b8f11';
const T0 = Date.parse('2026-03-02T03:10:00.000Z');
const HOUR = 3_600_000;
const origin = { deviceId: DEVICE, locationId: '16SW03', receivedAt: T0 + 2 * HOUR };

function record(
  change: Partial<AvailabilityReport> = {},
  more: Partial<Measurement> = {},
): Measurement {
  return availabilityRecord(DEVICE, T0, HOUR, change, more);
}

function stored(measurement: Measurement, session: { clockOffsetMs?: number } = {}) {
  const checked = checkRecord(measurement, { ...origin, ...session });
  if ('rejected' in checked) throw new Error(checked.rejected);
  return checked.stored;
}

test('the time is corrected by the offset of the record, or else of the session', () => {
  const wrong = { startedAt: new Date(T0 - 40 * 24 * HOUR).toISOString() };
  const own = record({ state: 'line_down' }, wrong);
  const withOffset = {
    ...own,
    conditions: { ...own.conditions, clockOffsetMs: -40 * 24 * HOUR },
  };
  const expected = [{ state: 'line_down', from: T0, to: T0 + HOUR, deviceId: DEVICE }];
  expect(stretchesOf([stored(withOffset)])).toMatchObject(expected);
  expect(stretchesOf([stored(own, { clockOffsetMs: -40 * 24 * HOUR })])).toMatchObject(expected);
});

test('a record whose time cannot be right tells nothing', () => {
  const future = record({}, { startedAt: '2031-01-01T00:00:00.000Z' });
  expect(stored(future).measurement.flags).toEqual(['clock_unsynced']);
  expect(stretchesOf([stored(future)])).toEqual([]);
});

test('nothing is told of the time after a record arrived', () => {
  const late = record({}, { durationMs: 3 * HOUR });
  expect(stretchesOf([stored(late)])).toMatchObject([{ from: T0, to: origin.receivedAt }]);
});

test('records that follow one another leave no gap and no overlap, whatever the clock said', () => {
  const chain = [
    record({}, { durationMs: HOUR / 2 + 40 }),
    availabilityRecord(DEVICE, T0 + HOUR / 2, HOUR / 4 - 30, { state: 'line_down' }),
    availabilityRecord(DEVICE, T0 + 0.75 * HOUR, HOUR / 4, { ended: 'killed' }),
    // After an end that announces no other record a gap stays one, however small.
    availabilityRecord(DEVICE, T0 + HOUR + 4_000, HOUR / 4),
    // Too far for an error of the clock: something is missing in between.
    availabilityRecord(DEVICE, T0 + 1.25 * HOUR + 9_001, HOUR / 4),
  ].map((each) => stored(each));
  const spans = [
    ['up', 0, HOUR / 2],
    ['line_down', HOUR / 2, 0.75 * HOUR],
    ['up', 0.75 * HOUR, HOUR],
    ['up', HOUR + 4_000, 1.25 * HOUR + 4_000],
    ['up', 1.25 * HOUR + 9_001, 1.5 * HOUR + 9_001],
  ];
  for (const records of [chain, chain.toReversed()]) {
    expect(stretchesOf(records).map(({ state, from, to }) => [state, from - T0, to - T0])).toEqual(
      spans,
    );
  }
});

test.each([
  ['without its report', { availability: undefined }, /in `availability`/],
  ['with a direction', { download: directionResult(500) }, /no directions/],
  [
    'with a failure',
    { failure: { code: 'unknown_failure', operation: 'x', message: 'x' } },
    /no failure/,
  ],
  ['of more than a record may tell', { durationMs: MAX_STRETCH_MS + 1 }, /at most/],
  ['as another kind', { kind: 'latency' }, /an availability measurement, and no other/],
] as const)('an availability record %s is rejected, with the reason', (_, change, reason) => {
  const { availability, ...rest } = record();
  const spoilt = { ...rest, availability, ...change };
  expect(checkRecord(spoilt, origin)).toEqual({ rejected: expect.stringMatching(reason) });
});

test('evidence for the judgement: hours up, down and off, and a stop that is the last of it', () => {
  const stretches = stretchesOf([
    stored(record()),
    stored(availabilityRecord(DEVICE, T0 + HOUR, HOUR / 2, { state: 'line_down' })),
    stored(availabilityRecord(DEVICE, T0 + 1.75 * HOUR, HOUR / 4, { ended: 'stopped' })),
  ]);
  const window = { from: T0 - HOUR, to: T0 + 48 * HOUR };
  const input = { stretches, contacts: [], watchedFrom: T0 };
  expect(watchEvidence(input, window)).toEqual({
    upMs: 1.25 * HOUR,
    lineDownMs: HOUR / 2,
    offMs: HOUR / 4,
    lineDownSince: T0 + HOUR,
    stoppedAt: T0 + 2 * HOUR,
  });
  const end = T0 + 2 * HOUR;
  const stoppedAt = (to: number) =>
    watchEvidence({ ...input, contacts: [{ from: end, to }] }, window)?.stoppedAt;
  expect(stoppedAt(end + 60_000)).toBe(end);
  expect(stoppedAt(end + 60_001)).toBeUndefined();
  expect(watchEvidence({ ...input, watchedFrom: undefined }, window)).toBeUndefined();
});
