import { expect, test } from 'vitest';
import { chartCeiling, chartPoints } from '#collector/dashboard/src/lib/chart-data.ts';
import { parsePeriod } from '#collector/dashboard/src/lib/period.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import { directionResult, measurementAt } from '#test/support/measurements.ts';

const DEVICE = '0b7c5a4e-6c1c-4c39-9a55-0d4a4e1f7a10';
const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const view = (measurement: Measurement) => ({
  measurement,
  receivedAt: '2026-03-02T12:00:10.000Z',
});

test('points are oldest first, with each direction its own figures', () => {
  const measurements = [
    view(measurementAt(DEVICE, NOON)),
    view(
      measurementAt(DEVICE, NOON - 3_600_000, { download: directionResult(120), flags: ['wifi'] }),
    ),
  ];
  expect(chartPoints(measurements, 'download')).toMatchObject([
    { at: NOON / 1000 - 3600, value: 120, kind: 'fail', isFlagged: true },
    { at: NOON / 1000, value: 528, kind: 'pass', isFlagged: false },
  ]);
  expect(chartPoints(measurements, 'upload').map(({ value }) => value)).toEqual([42.3, 42.3]);
});

test('a failed test is a point without a value, and a direction that was measured keeps its own', () => {
  const { upload: _upload, ...rest } = measurementAt(DEVICE, NOON);
  const failure = { code: 'connection_reset', operation: 'upload', message: 'reset' } as const;
  const measurements = [view({ ...rest, failure })];
  expect(chartPoints(measurements, 'upload')).toMatchObject([
    { value: null, interval: null, kind: 'failed' },
  ]);
  expect(chartPoints(measurements, 'download')).toMatchObject([{ value: 528, kind: 'pass' }]);
});

test('the chart reaches above all it shows, and above the required value when all is low', () => {
  const low = chartPoints(
    [view(measurementAt(DEVICE, NOON, { download: directionResult(20) }))],
    'download',
  );
  expect(chartCeiling(low, 490)).toBeGreaterThan(490);
  expect(
    chartCeiling(chartPoints([view(measurementAt(DEVICE, NOON))], 'download'), 490),
  ).toBeGreaterThan(528 * 1.01);
});

test('a period that no address names is the window of a verdict', () => {
  expect(['', '?period=week', '?period=decade'].map(parsePeriod)).toEqual([
    'month',
    'week',
    'month',
  ]);
});
