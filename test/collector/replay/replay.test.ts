// Recorded tests through the estimator again, from a real store.
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rawDirection } from '#agent/measure/throughput/raw-direction.ts';
import { pruneRaw } from '#collector/prune-raw.ts';
import { type ReplayAsked, replay } from '#collector/replay/replay.ts';
import { replayDirection } from '#collector/replay/replay-test.ts';
import { openRawStore, type RawStore } from '#collector/series/raw.ts';
import { type Reading, StopRule, type StopRuleOptions } from '#shared/flow/stop-rule.ts';
import type { DirectionResult, Measurement } from '#shared/model/measurement.ts';
import { rawDirectionSchema } from '#shared/model/raw.ts';
import { onGrid } from '#shared/wire/raw-series.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { directionResult, measurementAt } from '#test/support/measurements.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

const DEVICE = '3f0c8f5e-54a0-4b8e-9d43-6a1f0a4b8f11';
const SHARE = 1448 / 1500;
const RULE: StopRuleOptions = {
  ...{ mode: 'check', required: 473, provisionalShare: 0.8, confidence: 0.95 },
  ...{ streams: 4, rttMs: 5, maxBytes: 1_000_000_000, limitMs: 10_000 },
};

/** A noisy line, read as an agent reads it, until the rule has enough. */
function measured(mbps: number, noise: number, seed: number, rule = RULE) {
  const random = seededRandom(seed);
  const stop = new StopRule(rule);
  let [elapsedMs, bytes] = [0, 0];
  for (let i = 0; i < 150; i += 1) {
    const stepMs = 100 + 5 * random.next();
    elapsedMs += stepMs;
    bytes += Math.round((mbps * (1 + noise * (random.next() - 0.5)) * 1000 * stepMs) / 8);
    if (stop.update({ elapsedMs: onGrid(elapsedMs), bytes }).action === 'stop') break;
  }
  const raw = rawDirection(rule, SHARE, stop.samples);
  if (raw === undefined) throw new Error('the counters do not fit');
  return { reading: stop.reading(), bytes: stop.bytes, samples: stop.samples, raw };
}

function resultOf({ reading, bytes, raw }: ReturnType<typeof measured>): DirectionResult {
  return directionResult(reading.goodput / SHARE, {
    outcome: reading.outcome,
    stoppedBy: reading.stoppedBy,
    ...{ bytes, raw },
  });
}

test('the same rule on the same counters says the same, to the last digit', () => {
  const mbps = fc.double({ min: 1, max: 1_500, noNaN: true });
  const noise = fc.double({ min: 0, max: 1.5, noNaN: true });
  fc.assert(
    fc.property(mbps, noise, fc.nat(10_000), (rate, spread, seed) => {
      const { reading, bytes, samples, raw } = measured(rate, spread, seed);
      expect(rawDirectionSchema.safeParse(raw).error).toBeUndefined();
      const again = replayDirection(RULE, SHARE, samples);
      expect(again).toEqual({
        ipCapacity: reading.goodput / SHARE,
        interval: reading.interval.map((bound: number) => bound / SHARE),
        ...pick(reading),
        ...{ bytes, needsMore: false },
      });
    }),
  );
});

function pick({ outcome, stoppedBy }: Reading) {
  return { outcome, stoppedBy };
}

describe('the command', () => {
  let folder: TemporaryFolder;
  let raw: RawStore;
  const start = Date.parse('2026-03-02T03:10:00Z');
  beforeEach(async () => {
    folder = await temporaryFolder();
    raw = await openRawStore(folder.path);
    await keep('16SW03', 0, { download: resultOf(measured(510, 0.02, 1)) });
    await keep('16SW03', 60_000, { download: resultOf(measured(300, 0.02, 2)) });
    await keep('00AP00', 120_000, {
      download: resultOf(measured(440, 0.02, 3)),
      upload: resultOf(measured(700, 0.02, 4)),
    });
  });
  afterEach(async () => {
    await raw[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  async function keep(locationId: string, afterMs: number, change: Partial<Measurement>) {
    const startedAt = start + afterMs;
    const measurement = measurementAt(DEVICE, startedAt, change);
    await raw.write([{ measurement, locationId, startedAt, receivedAt: startedAt }]);
    return measurement;
  }

  async function said(asked: ReplayAsked = {}) {
    let text = '';
    await replay(raw, asked, { json: true, write: (piece) => (text += piece) });
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    return { tests: lines.slice(0, -1), sum: lines.at(-1).sum };
  }

  test('with the same estimator changes nothing', async () => {
    const { tests, sum } = await said();
    expect(tests).toHaveLength(4);
    for (const { said: then, now } of tests) {
      expect(now.ipCapacity).toBeCloseTo(then.ipCapacity, 6);
      expect(now.outcome).toBe(then.outcome);
    }
    expect(sum).toMatchObject({ directions: 4, unreadable: 0, needMore: 0, changes: {} });
    expect(sum.bytesNow).toBe(sum.bytesThen);
    expect(sum.differenceP95).toBeLessThan(1e-9);
  });

  test('takes only what is asked for', async () => {
    expect((await said({ location: '16SW03' })).sum.directions).toBe(2);
    expect((await said({ from: '2026-03-02T03:11:00Z' })).sum.directions).toBe(3);
    expect((await said({ to: '2026-03-02T03:11:00Z' })).sum.directions).toBe(1);
  });

  test('another question may have another answer, or need more than was counted', async () => {
    const lower = await said({ whatIf: ['required=250'] });
    expect(lower.sum.changes).toEqual({ 'fail → pass': 2 });
    const higher = await said({ location: '16SW03', whatIf: ['required=2000'] });
    // The pass of 2.3 s did not go on to where a fail may be said.
    expect(higher.sum).toMatchObject({ directions: 2, needMore: 1 });
    expect(higher.tests.map(({ now }) => now.needsMore)).toEqual([true, false]);
  });

  test('a test that its flags kept from failing is kept from it again', async () => {
    const short = { ...resultOf(measured(200, 0.02, 9)), outcome: 'inconclusive' as const };
    await keep('23KL01', 240_000, { download: short, flags: ['wifi'] });
    const { sum } = await said({ location: '23KL01' });
    expect(sum).toMatchObject({ directions: 1, changes: {} });
  });

  test('counters that cannot be read are said, counted and passed over', async () => {
    const good = resultOf(measured(510, 0.02, 1));
    const spoilt = (samples: string) => ({
      download: { ...good, raw: { ...measured(510, 0.02, 1).raw, samples } },
    });
    await keep('23KL01', 240_000, spoilt('not deflated'));
    await keep('23KL01', 241_000, spoilt(''));
    await keep('23KL01', 242_000, { download: good });
    const { tests, sum } = await said({ location: '23KL01' });
    expect(sum).toMatchObject({ directions: 1, unreadable: 2 });
    expect(tests[0].unreadable).toEqual(expect.any(String));
  });

  test('a wrong question is refused with what it may be', async () => {
    const asking = (asked: ReplayAsked) => said(asked);
    await expect(asking({ whatIf: ['speed=3'] })).rejects.toThrow(/confidence/);
    await expect(asking({ whatIf: ['confidence=2'] })).rejects.toThrow(/below 1/);
    await expect(asking({ whatIf: ['required='] })).rejects.toThrow(/NAME=NUMBER/);
    await expect(asking({ from: 'yesterday' })).rejects.toThrow(/--from must be a time/);
  });

  test('old counters go, young ones stay, and the sweep ends with its signal', async () => {
    const clock = new FakeClock(start + 90 * 86_400_000 + 90_000);
    const stop = new AbortController();
    const running = pruneRaw({ raw, days: 90, clock, log: silentLog }).run(stop.signal, () => {});
    await clock.advance(1);
    expect(await raw.count()).toBe(1);
    await clock.advance(86_400_000);
    expect(await raw.count()).toBe(0);
    stop.abort(new Error('stopping'));
    await running;
    expect(clock.sleepers).toBe(0);
  });

  test('a thousand tests come a page at a time, each once and in order', async () => {
    const records = Array.from({ length: 1_100 }, (_, i) => ({
      measurement: measurementAt(DEVICE, start + 1_000_000, {
        download: resultOf(measured(510, 0.02, 1)),
      }),
      locationId: '99ZZ99',
      // Many at the same time: the page's edge lies between them.
      startedAt: start + 1_000_000 + Math.floor(i / 400),
      receivedAt: 0,
    }));
    await raw.write(records);
    const ids: string[] = [];
    for await (const { id } of raw.read({ locationId: '99ZZ99' })) ids.push(id);
    expect(new Set(ids).size).toBe(1_100);
    expect(new Set(records.map(({ measurement }) => measurement.id))).toEqual(new Set(ids));
  });
});
