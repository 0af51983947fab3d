import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLatencyService, untilProbes } from '#agent/schedule/latency-service.ts';
import { createMemorySpool } from '#agent/spool/memory.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import { DEFAULT_PLAN, DEFAULT_PROBES, type Plan } from '#shared/model/plan.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { measurementAt } from '#test/support/measurements.ts';
import { silentLog } from '#test/support/silent-log.ts';

const DEVICE = '7f4df3c4-6c2c-4f0e-9d0a-0f2d8a1b2c3d';
const HOUR_MS = 3_600_000;
const SERVER = 'http://192.0.2.1:8081';
const PLAN: Plan = { ...DEFAULT_PLAN, latency: { server: SERVER, ...DEFAULT_PROBES } };

test('a device has its own moment, the same in each hour', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.nat(2 ** 42), (deviceId, now) => {
      const wait = untilProbes(deviceId, now);
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(HOUR_MS);
      expect(untilProbes(deviceId, now + wait)).toBe(HOUR_MS);
      expect((now + wait) % HOUR_MS).toBe((now + HOUR_MS + wait) % HOUR_MS);
    }),
  );
});

test('nine thousand devices are spread over the hour', () => {
  const perMinute = new Map<number, number>();
  for (let i = 0; i < 9_000; i += 1) {
    const minute = Math.floor(untilProbes(`device ${i}`, 0) / 60_000);
    perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
  }
  // 150 a minute on average; six standard deviations.
  expect(Math.max(...perMinute.values())).toBeLessThan(225);
});

function bench(plan: Plan, answers: (call: number) => Measurement | undefined | Error) {
  const clock = new FakeClock();
  const spool = createMemorySpool({ maxBytes: 10_000_000 });
  const requests: unknown[] = [];
  const service = createLatencyService({
    deviceId: DEVICE,
    plan: () => plan,
    aside: (work, signal) => work(signal),
    measure: async (request) => {
      requests.push(request);
      const answer = answers(requests.length);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    ...{ spool, clock, log: silentLog },
  });
  const stop = new AbortController();
  const running = service.run(stop.signal, () => {});
  const end = async () => {
    stop.abort(new Error('stopping'));
    await running;
    return clock.sleepers;
  };
  return { clock, spool, requests, end };
}

test('each hour one minute of probes goes to the spool; one that gave way or broke is left out', async () => {
  const { clock, spool, requests, end } = bench(PLAN, (call) => {
    if (call === 2) return undefined;
    if (call === 3) return new Error('no socket');
    return measurementAt(DEVICE, clock.now(), { kind: 'latency' });
  });
  for (let hour = 0; hour < 5; hour += 1) await clock.advance(HOUR_MS);
  expect(requests).toHaveLength(5);
  expect(requests[0]).toEqual({ server: SERVER, perSecond: 10, seconds: 60 });
  expect(await spool.read(10)).toHaveLength(3);
  expect(await end()).toBe(0);
});

test('a plan without a server for them asks for none', async () => {
  const { clock, requests, end } = bench(DEFAULT_PLAN, () => undefined);
  await clock.advance(3 * HOUR_MS);
  expect(requests).toEqual([]);
  expect(await end()).toBe(0);
});
