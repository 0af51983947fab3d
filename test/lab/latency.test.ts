// Probes through a line of known delay and loss, with the agent's own command.
import { expect, test } from 'vitest';
import type { Measurement } from '#shared/model/measurement.ts';
import { type DelayedLink, openDelayedLink } from './line/delayed-link.ts';
import { measureAt, serve } from './programs.ts';

test('round trips and the loss of each way are those of the line', async () => {
  await using link = await openDelayedLink({
    ...{ downMbps: 100, upMbps: 20, rttMs: 40, loss: 0.05, seed: 7 },
  });
  const { latency, failure } = await probe(link, 20);
  expect(failure).toBeUndefined();
  const { probes } = latency ?? {};
  expect(probes?.transport).toBe('udp');
  expect(probes?.roundTrip?.minMs).toBeGreaterThanOrEqual(40);
  expect(probes?.roundTrip?.p50Ms).toBeLessThan(45);
  const { forward = 0, reverse = 0, unattributed = 0, interval = [0, 0] } = probes?.loss ?? {};
  // 200 probes at 5% each way: ten of each, within four standard deviations.
  expect(forward).toBeGreaterThan(0);
  expect(reverse).toBeGreaterThan(0);
  expect(forward + reverse + unattributed).toBeLessThan(2 * (10 + 4 * 3.1));
  const truth = 1 - 0.95 ** 2;
  expect(interval[0]).toBeLessThan(truth + 0.04);
  expect(interval[1]).toBeGreaterThan(truth - 0.04);
});

test('a queue that fills shows in the latency under load, in the way that fills it', async () => {
  await using link = await openDelayedLink({
    ...{ downMbps: 50, upMbps: 10, rttMs: 10, queueMs: 200 },
  });
  const server = await serve(link);
  const { download, upload } = await measureAt(link, ['--server', server]);
  for (const result of [download, upload]) {
    const { probes, responsivenessRpm = Number.NaN } = result?.loaded ?? {};
    expect(probes?.received).toBeGreaterThan(40);
    // The way alone is 10 ms; how far the queue of 200 fills is TCP's affair.
    expect(probes?.roundTrip?.p50Ms).toBeGreaterThan(20);
    expect(probes?.roundTrip?.p95Ms).toBeGreaterThan(30);
    expect(responsivenessRpm).toBeLessThan(3_000);
    expect(responsivenessRpm).toBeGreaterThan(200);
  }
});

test('a network that lets no UDP through is said to, and asked over TCP', async () => {
  await using link = await openDelayedLink({ downMbps: 100, upMbps: 100, rttMs: 20 });
  const rule = link.spawn('near', 'ip', ['rule', 'add', 'ipproto', 'udp', 'blackhole']);
  expect(await new Promise((resolve) => rule.on('close', resolve))).toBe(0);
  const { latency, protocol } = await probe(link, 3);
  expect(protocol).toBe('meetpunt/1');
  expect(latency?.probes).toMatchObject({ transport: 'tcp' });
  expect(latency?.probes?.roundTrip?.minMs).toBeGreaterThanOrEqual(20);
  expect(latency?.probes?.loss).toBeUndefined();
});

async function probe(link: DelayedLink, seconds: number): Promise<Measurement> {
  const server = await serve(link);
  const args = ['--kind', 'latency', '--seconds', String(seconds), '--server', server];
  return measureAt(link, args);
}
