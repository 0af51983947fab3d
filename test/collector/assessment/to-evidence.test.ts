import { describe, expect, test } from 'vitest';
import { createCalendar } from '#collector/assessment/calendar.ts';
import type { TestEvidence } from '#collector/assessment/evidence.ts';
import { toEvidence } from '#collector/assessment/to-evidence.ts';
import type { DirectionResult, Measurement } from '#shared/model/measurement.ts';
import { NORM_500_40, type Norm } from '#shared/model/norm.ts';
import { directionResult, measurementAt } from '#test/support/measurements.ts';

const DEVICE = '3f0c8f5e-54a0-4b8e-9d43-6a1f0a4b8f11';
/** A Monday, 10:10 in Amsterdam. */
const AT = Date.parse('2026-03-16T09:10:00Z');

function evidenceFor(
  changes: readonly Partial<Measurement>[],
  norm: Norm = NORM_500_40,
): readonly TestEvidence[] {
  const measurements = changes.map((change, index) => {
    const startedAt = AT + index * 3_600_000;
    return {
      measurement: measurementAt(DEVICE, startedAt, change),
      locationId: '16SW03',
      startedAt,
      receivedAt: startedAt + 8000,
    };
  });
  const calendar = createCalendar(norm.timeZone);
  return toEvidence(measurements, { calendar, devices: [], plannedPerDay: 1 }, norm).tests;
}

function downloadOf(change: Partial<DirectionResult>, norm?: Norm) {
  const [test] = evidenceFor([{ download: directionResult(450, change) }], norm);
  return test?.download;
}

test('places a test in local time by its corrected start, not by what the agent sent', () => {
  const startedAt = Date.parse('2026-03-16T00:30:00Z');
  const measurement = measurementAt(DEVICE, AT);
  const calendar = createCalendar('Europe/Amsterdam');
  const stored = { measurement, locationId: '16SW03', startedAt, receivedAt: AT };
  const context = { calendar, devices: [], plannedPerDay: 1 };
  expect(toEvidence([stored], context, NORM_500_40).tests).toMatchObject([
    { startedAt, inQuietHours: true, inSchoolHours: false },
  ]);
  expect(evidenceFor([{}])).toMatchObject([{ inQuietHours: false, inSchoolHours: true }]);
});

test('keeps the direction that ended before the other failed, and not the one that failed', () => {
  const failure = { code: 'connection_reset', operation: 'upload', message: 'x' } as const;
  const { upload: _, ...half } = measurementAt(DEVICE, AT, { failure });
  expect(evidenceFor([half])).toMatchObject([{ failure: 'connection_reset' }]);
  expect(evidenceFor([half])[0]?.download?.outcome).toBe('pass');
  expect(evidenceFor([{ failure }])[0]?.upload).toBeUndefined();
});

describe('outcome against the norm', () => {
  test('is the agent’s where its figures bear it out', () => {
    expect(downloadOf({ outcome: 'fail', interval: [440, 495] })?.outcome).toBe('fail');
    expect(downloadOf({ outcome: 'inconclusive', interval: [440, 460] })?.outcome).toBe(
      'inconclusive',
    );
  });

  test('follows the interval where the norm was another when it was decided', () => {
    const lower = { ...NORM_500_40, download: 300 };
    expect(downloadOf({ outcome: 'fail', interval: [445, 455] }, lower)?.outcome).toBe('pass');
    expect(downloadOf({ outcome: 'fail', interval: [280, 620] }, lower)?.outcome).toBe(
      'inconclusive',
    );
    expect(downloadOf({ outcome: 'pass', interval: [445, 455] })).toMatchObject({
      outcome: 'fail',
      provisional: true,
    });
  });

  test('of a paced reading is at least what was read, so never a fail by a higher norm', () => {
    const paced: Partial<DirectionResult> = {
      outcome: 'pass',
      interval: [445, 455],
      atLeast: true,
    };
    expect(downloadOf(paced)?.outcome).toBe('inconclusive');
  });

  test('a fail is provisional from 0.8 of the norm on, or when the agent says so', () => {
    const fail = (ipCapacity: number, provisional?: boolean) =>
      downloadOf({ outcome: 'fail', ipCapacity, ...(provisional ? { provisional } : {}) });
    expect(fail(400)?.provisional).toBe(true);
    expect(fail(399.99)?.provisional).toBe(false);
    expect(fail(100, true)?.provisional).toBe(true);
    expect(downloadOf({ outcome: 'inconclusive', provisional: true })?.provisional).toBe(false);
  });
});

describe('a quiet line in path', () => {
  const inPath = (beforeBytesPerS: number, duringShare: number, flags: Measurement['flags'] = []) =>
    evidenceFor([
      {
        flags,
        conditions: {
          ...measurementAt(DEVICE, AT).conditions,
          position: 'in_path',
          crossTraffic: { beforeBytesPerS, duringShare },
        },
      },
    ])[0]?.quiet;

  test('is known by at most 25 kB/s before and 3% during, and no flag', () => {
    expect(inPath(25_000, 0.03)).toBe('known');
    expect(inPath(25_001, 0)).toBe('no');
    expect(inPath(0, 0.031)).toBe('no');
    expect(inPath(0, 0, ['cross_traffic'])).toBe('no');
  });
});

test('off path a round trip that lost every probe is none', () => {
  const night = Date.parse('2026-03-16T02:10:00Z') - AT;
  const conditions = (lost: number): Partial<Measurement> => ({
    conditions: {
      ...measurementAt(DEVICE, AT).conditions,
      idleLatency: { count: 5, lost, minMs: 7, p50Ms: 8, p95Ms: 9 },
    },
  });
  const quietOf = (change: Partial<Measurement>) => {
    const startedAt = AT + night;
    const measurement = measurementAt(DEVICE, startedAt, change);
    const stored = { measurement, locationId: '16SW03', startedAt, receivedAt: startedAt };
    const calendar = createCalendar('Europe/Amsterdam');
    return toEvidence([stored], { calendar, devices: [], plannedPerDay: 1 }, NORM_500_40).tests[0]
      ?.quiet;
  };
  expect(quietOf(conditions(4))).toBe('presumed');
  expect(quietOf(conditions(5))).toBe('no');
});
