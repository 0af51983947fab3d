// What is usual, and what is suspected by it: always bounded, silent without enough, and never by less than
// the margin.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { knownOf, loadMemory, saveIdleHistory } from '#agent/known.ts';
import { crossTrafficOf } from '#agent/measure/environment/cross-traffic.ts';
import {
  type IdleHistory,
  type IdleReading,
  idleHistorySchema,
  idleReadingOf,
  remember,
  usualRoundTrip,
} from '#agent/measure/environment/idle-history.ts';
import { withoutFail } from '#agent/measure/throughput/quality.ts';
import { directionResult, measurementAt } from '#test/support/measurements.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.parse('2026-03-16T10:00:00Z');
const SERVER = 'http://192.0.2.1:8081';
const DEVICE = '7f4df3c4-6c2c-4f0e-9d0a-0f2d8a1b2c3d';

function historyOf(readings: readonly Partial<IdleReading>[]): IdleHistory {
  return readings.reduce<IdleHistory>(
    (history, change) =>
      remember(history, {
        ...{ server: SERVER, ipVersion: 4, at: NOW, kind: 'test', medianMs: 8 },
        ...change,
      }),
    [],
  );
}

/** One each hour until now. */
const hourly = (count: number, change: (index: number) => Partial<IdleReading> = () => ({})) =>
  Array.from({ length: count }, (_, index) => ({
    at: NOW - (count - 1 - index) * HOUR_MS,
    ...change(index),
  }));

test('nothing is usual before a dozen readings over half a day, one of a test among them', () => {
  const usual = (readings: readonly Partial<IdleReading>[]) =>
    usualRoundTrip(historyOf(readings), SERVER, NOW);
  expect(usual(hourly(11))).toEqual({});
  expect(usual(hourly(12))).toEqual({});
  expect(usual(hourly(13))).toEqual({ 4: 8 });
  expect(usual(hourly(40).map((reading, index) => ({ ...reading, at: NOW - index })))).toEqual({});
  expect(usual(hourly(40, () => ({ kind: 'probes' })))).toEqual({});
  expect(usual(hourly(13, (index) => ({ kind: index === 3 ? 'test' : 'probes' })))).toEqual({
    4: 8,
  });
});

test('each server and IP version has its own', () => {
  const history = historyOf([
    ...hourly(20),
    ...hourly(20, () => ({ ipVersion: 6, medianMs: 12 })),
    ...hourly(20, () => ({ server: 'http://192.0.2.2', medianMs: 3 })),
  ]);
  expect(usualRoundTrip(history, SERVER, NOW)).toEqual({ 4: 8, 6: 12 });
  expect(usualRoundTrip(history, 'http://192.0.2.2', NOW)).toEqual({ 4: 3 });
  expect(usualRoundTrip(history, 'http://192.0.2.3', NOW)).toEqual({});
});

test('busy hours do not make busy usual, nor one short way a short way usual', () => {
  const busy = hourly(24, (index) => ({ medianMs: index < 3 ? 8 : 60 }));
  expect(usualRoundTrip(historyOf(busy), SERVER, NOW)).toEqual({ 4: 8 });
  const lucky = hourly(24, (index) => ({ medianMs: index === 5 ? 1 : 8 }));
  expect(usualRoundTrip(historyOf(lucky), SERVER, NOW)).toEqual({ 4: 8 });
});

test('a weak device’s pings, which come later than its probes, are usual for it', () => {
  const readings = hourly(48, (index) =>
    index % 6 === 0 ? { kind: 'test', medianMs: 22 } : { kind: 'probes', medianMs: 8 },
  );
  expect(usualRoundTrip(historyOf(readings), SERVER, NOW)).toEqual({ 4: 22 });
});

test('a lasting change of route is usual within a week', () => {
  const readings = hourly(8 * 24, (index) => ({ medianMs: index < 24 ? 8 : 40 }));
  expect(usualRoundTrip(historyOf(readings), SERVER, NOW)).toEqual({ 4: 40 });
});

test('whatever is remembered, it is bounded, recent and of the form that is kept', () => {
  const reading: fc.Arbitrary<IdleReading> = fc.record({
    server: fc.constantFrom(...Array.from({ length: 12 }, (_, index) => `http://s${index}`)),
    ipVersion: fc.constantFrom(4 as const, 6 as const),
    at: fc.integer({ min: NOW - 20 * 24 * HOUR_MS, max: NOW + HOUR_MS }),
    kind: fc.constantFrom('test' as const, 'probes' as const),
    medianMs: fc.double({ min: 0, max: 1_000, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 400, size: 'max' }), (readings) => {
      const history = readings.reduce<IdleHistory>(remember, []);
      expect(history.length).toBeLessThanOrEqual(8);
      for (const path of history) expect(path.readings.length).toBeLessThanOrEqual(224);
      expect(idleHistorySchema.parse(history)).toEqual(history);
      const last = readings.at(-1);
      if (last !== undefined) {
        expect(history.at(-1)?.readings.at(-1)?.medianMs).toBe(last.medianMs);
        const all = history.at(-1)?.readings ?? [];
        expect(all.every(({ at }) => last.at - at <= 7 * 24 * HOUR_MS)).toBe(true);
      }
      const usual = usualRoundTrip(history, 'http://s1', NOW);
      const seen = readings.flatMap((r) => (r.server === 'http://s1' ? [r.medianMs] : []));
      for (const ms of Object.values(usual)) expect(seen).toContain(ms);
    }),
    { numRuns: 60 },
  );
});

test('off path suspected exactly when the idle median is more than 10 ms above what is usual', () => {
  const ms = fc.double({ min: 0, max: 300, noNaN: true });
  const usual = fc.option(ms, { nil: undefined });
  fc.assert(
    fc.property(ms, usual, fc.boolean(), (medianMs, usualMs, isAnswered) => {
      const found = crossTrafficOf({
        ...{ wait: { state: 'unknown' }, foreignShare: undefined },
        idle: {
          ipVersion: 4,
          idleLatency: {
            ...{ count: 10, lost: isAnswered ? 1 : 10 },
            ...{ minMs: medianMs, p50Ms: medianMs, p95Ms: medianMs },
          },
        },
        usual: usualMs === undefined ? { 6: 1 } : { 4: usualMs },
      });
      const isSuspected = isAnswered && usualMs !== undefined && medianMs > usualMs + 10;
      expect(found.crossTrafficState).toBe(isSuspected ? 'suspected' : 'unknown');
      expect(found.crossTraffic).toBeUndefined();
      expect(found.idleBaselineMs).toBe(usualMs);
    }),
  );
});

test('in path the counters tell, whatever the round trip', () => {
  const idleLatency = { count: 10, lost: 0, minMs: 80, p50Ms: 80, p95Ms: 80 };
  const seen = { idle: { idleLatency, ipVersion: 4 as const }, usual: { 4: 8 } };
  const state = (bytesPerS: number, foreignShare: number) =>
    crossTrafficOf({ ...seen, wait: { state: 'quiet', bytesPerS }, foreignShare });
  expect(state(2_000, 0.001)).toEqual({
    ...{ crossTrafficState: 'quiet', idleBaselineMs: 8 },
    crossTraffic: { beforeBytesPerS: 2_000, duringShare: 0.001 },
  });
  expect(state(2_000, 0.2).crossTrafficState).toBe('busy');
  expect(
    crossTrafficOf({ ...seen, wait: { state: 'busy' }, foreignShare: undefined }).crossTrafficState,
  ).toBe('busy');
});

test('a test and an hour’s probes are remembered, a failure and a mostly lost run are not', () => {
  const idleLatency = { count: 10, lost: 0, minMs: 7, p50Ms: 8, p95Ms: 9 };
  const { conditions } = measurementAt(DEVICE, NOW);
  const tested = measurementAt(DEVICE, NOW, {
    conditions: { ...conditions, idleLatency, ipVersion: 6 },
  });
  const path = { server: conditions.server, ipVersion: 6, at: NOW };
  expect(idleReadingOf(tested)).toEqual({ ...path, kind: 'test', medianMs: 8 });
  const lossy = { ...conditions, ipVersion: 6 as const, idleLatency: { ...idleLatency, lost: 6 } };
  expect(idleReadingOf({ ...tested, conditions: lossy })).toBeUndefined();
  expect(idleReadingOf({ ...tested, conditions })).toBeUndefined();
  const probes = {
    ...{ transport: 'udp' as const, sent: 600, received: 590, duplicates: 0, reordered: 0 },
    roundTrip: { minMs: 5, p50Ms: 6, p95Ms: 9, maxMs: 12 },
  };
  const probed = {
    ...tested,
    kind: 'latency' as const,
    conditions: { ...conditions, ipVersion: 6 as const },
    latency: { probes, lookups: [], reach: [] },
  };
  expect(idleReadingOf(probed)).toEqual({ ...path, kind: 'probes', medianMs: 6 });
  const few = { ...probed.latency, probes: { ...probes, received: 200 } };
  expect(idleReadingOf({ ...probed, latency: few })).toBeUndefined();
});

test('it outlives a restart; spoilt, it begins anew', async () => {
  await using folder = await temporaryFolder();
  expect(await loadMemory(folder.path)).toEqual({ calibration: undefined, idleHistory: [] });
  const history = historyOf(hourly(20));
  await saveIdleHistory(folder.path, history);
  const memory = await loadMemory(folder.path);
  expect(memory.idleHistory).toEqual(history);
  expect(knownOf(memory, SERVER, NOW)).toEqual({ usualRoundTrip: { 4: 8 } });
  expect(knownOf(memory, SERVER, NOW + 8 * 24 * HOUR_MS)).toEqual({ usualRoundTrip: {} });
  await writeFile(join(folder.path, 'idle-history.json'), '[{"server": 3}]');
  expect((await loadMemory(folder.path)).idleHistory).toEqual([]);
});

test('a withheld fail stays known, and keeps its second run where only others’ traffic withholds it', () => {
  const download = directionResult(450, { outcome: 'fail', provisional: true });
  const upload = directionResult(42, { outcome: 'pass' });
  const others = withoutFail({ download, upload }, 'near_kept');
  expect(others.download).toMatchObject({
    ...{ outcome: 'inconclusive', withheld: 'fail', provisional: true },
  });
  expect(others.upload).toEqual(upload);
  const own = withoutFail({ download, upload }, 'near_dropped').download;
  expect(own).toMatchObject({ outcome: 'inconclusive', withheld: 'fail' });
  expect(own?.provisional).toBeUndefined();
});
