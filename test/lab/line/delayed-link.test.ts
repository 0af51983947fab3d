// The lab's own instrument: what it says of delay, loss, rate and bytes must hold before anything is
// measured with it.
import { expect, test } from 'vitest';
import { quantile } from '../matrix/report.ts';
import { type DelayedLink, openDelayedLink } from './delayed-link.ts';

/** UDP datagrams of 1,472 bytes (1,500 at the IP layer) echoed by the far end; round trips in ms. */
const ECHO = `
import { createSocket } from 'node:dgram';
const socket = createSocket('udp4');
socket.bind(7000, process.argv[1], () => console.log('ready'));
socket.on('message', (m, from) => socket.send(m, from.port, from.address));
`;
const PROBE = `
import { createSocket } from 'node:dgram';
const [, far, count, gapMs] = process.argv;
const socket = createSocket('udp4');
const times = [];
socket.on('message', (m) => times.push(performance.now() - m.readDoubleLE(0)));
for (let i = 0; i < Number(count); i += 1) {
  const packet = Buffer.alloc(1472);
  packet.writeDoubleLE(performance.now(), 0);
  socket.send(packet, 7000, far);
  if (Number(gapMs) > 0) await new Promise((resolve) => setTimeout(resolve, Number(gapMs)));
}
await new Promise((resolve) => setTimeout(resolve, 1000));
console.log(JSON.stringify(times));
socket.close();
`;

async function roundTrips(link: DelayedLink, count: number, gapMs: number): Promise<number[]> {
  const node = (side: 'near' | 'far', code: string, args: string[]) =>
    link.spawn(side, process.execPath, ['--input-type=module', '--eval', code, ...args]);
  const echo = node('far', ECHO, [link.farAddress]);
  await new Promise((resolve) => echo.stdout?.once('data', resolve));
  const probe = node('near', PROBE, [link.farAddress, String(count), String(gapMs)]);
  let said = '';
  probe.stdout?.on('data', (chunk) => (said += chunk));
  await new Promise((resolve) => probe.on('close', resolve));
  return JSON.parse(said);
}

test('packets take the round trip that was asked for, and none is lost', async () => {
  await using link = await openDelayedLink({ downMbps: 100, upMbps: 100, rttMs: 40 });
  const times = await roundTrips(link, 100, 5);
  expect(times).toHaveLength(100);
  expect(quantile(times, 0)).toBeGreaterThanOrEqual(40);
  expect(quantile(times, 0.5)).toBeLessThan(44);
});

test('each way loses its share, told apart, and the counters agree with the shaper', async () => {
  await using link = await openDelayedLink({
    ...{ downMbps: 100, upMbps: 100, rttMs: 1, loss: 0.1 },
  });
  const before = await link.counters();
  const times = await roundTrips(link, 1000, 1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const shaper = await link.counters();
  const last = link.counts.at(-1);
  // 0.9² of 1,000 come back; five standard deviations to either side.
  expect(times.length).toBeGreaterThan(810 - 62);
  expect(times.length).toBeLessThan(810 + 62);
  for (const way of ['down', 'up'] as const) {
    const { inBytes = 0, outBytes = 0, lostBytes = 0 } = last?.[way] ?? {};
    expect(inBytes).toBe(outBytes + lostBytes);
    expect(lostBytes / inBytes).toBeGreaterThan(0.05);
    expect(lostBytes / inBytes).toBeLessThan(0.15);
    expect(shaper[way] - before[way]).toBeLessThanOrEqual(inBytes);
    expect(inBytes - shaper[way]).toBeLessThan(2_000);
  }
});

test("the line's own rate and buffer hold packets back and drop what does not fit", async () => {
  const buffer = 15_000;
  await using link = await openDelayedLink({
    ...{ downMbps: 100, upMbps: 100, rttMs: 2 },
    // 1,500 bytes in 1.2 ms, and a buffer of ten packets.
    line: { rateMbps: 10, bufferBytes: buffer },
  });
  const times = await roundTrips(link, 200, 0);
  expect(times.length).toBeLessThan(200);
  expect(times.length).toBeGreaterThanOrEqual(10);
  expect(quantile(times, 1)).toBeGreaterThan(10);
  expect(link.counts.at(-1)?.up.lostBytes).toBeGreaterThan(0);
});
