// The simulated country is what it says: real shapes, the same every time, and tests that come out
// as the real stop rule's do.
import { describe, expect, test } from 'vitest';
import { measurementSchema, type TestOutcome } from '#shared/model/measurement.ts';
import { NORM_500_40, requiredMbps } from '#shared/model/norm.ts';
import type { Random } from '#shared/runtime/random.ts';
import { PACE_OVER_NORM } from '#shared/wire/speed.ts';
import { SCENARIO_NOW } from '#test/scenarios/notation.ts';
import { randomPath, walk } from '#test/shared/flow/paths.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { readDirection } from './reading.ts';
import { simulateLocation } from './simulate-location.ts';
import { drawLine } from './true-line.ts';

const OPTIONS = { seed: 7, now: SCENARIO_NOW };

describe('a simulated location', () => {
  test('sends measurements that ingest would accept, within the window, oldest first', () => {
    let tests = 0;
    for (let index = 0; index < 150; index += 1) {
      const { measurements, deviceId, locationId } = simulateLocation(index, OPTIONS);
      const ids = new Set(measurements.map(({ measurement }) => measurement.id));
      expect(ids.size).toBe(measurements.length);
      for (const [at, stored] of measurements.entries()) {
        expect(measurementSchema.parse(stored.measurement)).toEqual(stored.measurement);
        expect(stored.measurement.deviceId).toBe(deviceId);
        expect(stored.locationId).toBe(locationId);
        expect(stored.startedAt).toBeLessThanOrEqual(SCENARIO_NOW);
        expect(stored.startedAt).toBeGreaterThanOrEqual(measurements[at - 1]?.startedAt ?? 0);
      }
      tests += measurements.length;
    }
    // Two a night on 28 nights and two on 20 school days, and second runs.
    expect(tests / 150).toBeGreaterThan(80);
    expect(tests / 150).toBeLessThan(140);
  });

  test('is the same whichever others are simulated, and another by another seed', () => {
    const alone = simulateLocation(5, OPTIONS);
    for (let index = 0; index < 5; index += 1) simulateLocation(index, OPTIONS);
    expect(simulateLocation(5, OPTIONS)).toEqual(alone);
    expect(simulateLocation(5, { ...OPTIONS, seed: 8 })).not.toEqual(alone);
    expect(simulateLocation(6, OPTIONS).locationId).not.toBe(alone.locationId);
  });
});

describe.each([
  ['80–95%', 0.8, 0.95],
  ['95–100%', 0.95, 1],
  ['100–105%', 1, 1.05],
  ['105–130%', 1.05, 1.3],
])('a test of a line at %s of what is asked', (_name, from, to) => {
  test('comes out as the real stop rule’s', () => {
    const random = seededRandom(2016);
    const share = (outcomeOf: (ratio: number) => TestOutcome) => {
      const counts = { pass: 0, fail: 0, inconclusive: 0 };
      for (let run = 0; run < RUNS; run += 1) {
        counts[outcomeOf(from + (to - from) * random.next())] += 1 / RUNS;
      }
      return counts;
    };
    const model = share((ratio) => modelled(ratio, random));
    const real = share((ratio) => walked(ratio, random));
    for (const outcome of ['pass', 'fail', 'inconclusive'] as const) {
      expect(
        Math.abs(model[outcome] - real[outcome]),
        `${outcome}: ${JSON.stringify({ model, real })}`,
      ).toBeLessThan(0.15);
    }
    const wrong = from >= 1 ? 'fail' : 'pass';
    expect(Math.abs(model[wrong] - real[wrong])).toBeLessThan(0.015);
  });
});

const RUNS = 600;

function modelled(ratio: number, random: Random): TestOutcome {
  const available = ratio * requiredMbps(NORM_500_40, 'download');
  const { testError } = drawLine(random, NORM_500_40);
  return readDirection(available, 'download', testError, NORM_500_40, random).outcome;
}

function walked(ratio: number, random: Random): TestOutcome {
  const required = requiredMbps(NORM_500_40, 'download') * 0.965;
  const rule = {
    mode: 'check',
    required,
    provisionalShare: NORM_500_40.provisionalShare,
    confidence: NORM_500_40.confidence,
    maxBytes: 1_000_000_000,
    limitMs: 10_000,
  } as const;
  const pace = PACE_OVER_NORM * NORM_500_40.download * 0.965;
  return walk(randomPath(ratio * required, random), rule, pace, random).reading.outcome;
}
