import { expect, test } from 'vitest';
import {
  type CalibrationServiceOptions,
  createCalibrationService,
} from '#agent/schedule/calibration-service.ts';
import type { Calibration } from '#shared/model/calibration.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { silentLog } from '#test/support/silent-log.ts';

const MINUTE_MS = 60_000;
const MADE: Calibration = {
  ...{ downloadMbps: 3400, uploadMbps: 4700, at: '2026-11-23T10:00:00.000Z' },
  ...{ agentVersion: '0.1.0', nodeVersion: 'v24.21.0' },
};

function bench(change: Partial<CalibrationServiceOptions> & { due?: boolean } = {}) {
  const clock = new FakeClock();
  const kept: Calibration[] = [];
  let calls = 0;
  const service = createCalibrationService({
    isDue: () => change.due !== false && kept.length === 0,
    aside: (work, signal) => work(signal),
    onCalibrated: (made) => kept.push(made),
    ...{ clock, log: silentLog },
    ...change,
    calibrate: (signal) => {
      calls += 1;
      return change.calibrate?.(signal) ?? Promise.resolve(MADE);
    },
  });
  const stop = new AbortController();
  const running = service.run(stop.signal, () => {});
  const end = async () => {
    stop.abort(new Error('stopping'));
    await running;
    return clock.sleepers;
  };
  return { clock, kept, calls: () => calls, end };
}

test('one that is due is made a minute after the start, once', async () => {
  const { clock, kept, calls, end } = bench();
  await clock.advance(MINUTE_MS - 1);
  expect(calls()).toBe(0);
  await clock.advance(1);
  expect(kept).toEqual([MADE]);
  await clock.advance(24 * 60 * MINUTE_MS);
  expect(calls()).toBe(1);
  expect(await end()).toBe(0);
});

test('one that is not due is not made', async () => {
  const { clock, calls, end } = bench({ due: false });
  await clock.advance(24 * 60 * MINUTE_MS);
  expect(calls()).toBe(0);
  expect(await end()).toBe(0);
});

test('it waits for a test that runs, and makes way for one that begins', async () => {
  let round = 0;
  const { clock, kept, calls, end } = bench({
    aside: (work) => {
      round += 1;
      if (round === 1) return Promise.resolve(undefined);
      return work(round === 2 ? AbortSignal.abort(new Error('a test begins')) : stopNever);
    },
    calibrate: async (signal) => {
      signal.throwIfAborted();
      return MADE;
    },
  });
  await clock.advance(MINUTE_MS);
  expect(calls()).toBe(0);
  await clock.advance(5 * MINUTE_MS);
  expect([calls(), kept.length]).toEqual([1, 0]);
  await clock.advance(5 * MINUTE_MS);
  expect(kept).toEqual([MADE]);
  expect(await end()).toBe(0);
});

test('one that fails is tried again hours later, not at once', async () => {
  let round = 0;
  const { clock, kept, calls, end } = bench({
    calibrate: () => {
      round += 1;
      return round === 1 ? Promise.reject(new Error('no port')) : Promise.resolve(MADE);
    },
  });
  await clock.advance(2 * 60 * MINUTE_MS);
  expect(calls()).toBe(1);
  await clock.advance(5 * 60 * MINUTE_MS);
  expect(kept).toEqual([MADE]);
  expect(await end()).toBe(0);
});

const stopNever = new AbortController().signal;
