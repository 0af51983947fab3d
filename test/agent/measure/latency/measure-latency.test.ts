// A latency measurement against the real reflector over real sockets, with a relay in between that loses
// what it is told to lose.
import { randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { measureLatency } from '#agent/measure/latency/measure-latency.ts';
import { openAdmission } from '#collector/meetpunt/admission.ts';
import { openMeetpunt } from '#collector/meetpunt/meetpunt.ts';
import { openStampReflector } from '#collector/meetpunt/stamp-reflector.ts';
import { measurementSchema } from '#shared/model/measurement.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { decodeReflected, decodeSender } from '#shared/wire/stamp.ts';
import { uuidAt } from '#test/support/measurements.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { silentLog } from '#test/support/silent-log.ts';

const HOST = '127.0.0.1';
const context = {
  clock: systemClock,
  random: seededRandom(5),
  newId: () => uuidAt(Date.now()),
  agentVersion: '0.1.0',
  nodeVersion: process.version,
};

function measure(server: string, change: { collector?: string; seconds?: number } = {}) {
  return measureLatency(
    { deviceId: randomUUID(), server, perSecond: 50, seconds: 1, ...change },
    context,
    new AbortController().signal,
  );
}

async function openServer(stampPort: () => number | undefined) {
  const meetpunt = await openMeetpunt({
    ...{ host: HOST, port: 0, clock: systemClock, log: silentLog },
    ...{ admission: openAdmission(), stampPort },
  });
  return {
    origin: `http://${HOST}:${meetpunt.port}`,
    [Symbol.asyncDispose]: () => meetpunt[Symbol.asyncDispose](),
  };
}

/** Between one sender and the reflector; drops by the sender's sequence number. */
async function openRelay(
  reflectorPort: number,
  drops: (way: 'forward' | 'reverse', sequence: number) => boolean,
): Promise<{ port: number } & Disposable> {
  const front = createSocket('udp4');
  const backs = new Map<number, Socket>();
  await new Promise<void>((resolve) => front.bind(0, HOST, resolve));
  const backOf = (port: number) => {
    const known = backs.get(port);
    if (known !== undefined) return known;
    const back = createSocket('udp4');
    backs.set(port, back);
    back.on('message', (message) => {
      if (drops('reverse', decodeReflected(message)?.sender.sequence ?? -1)) return;
      front.send(message, port, HOST);
    });
    return back;
  };
  front.on('message', (message, { port }) => {
    if (drops('forward', decodeSender(message)?.sequence ?? -1)) return;
    backOf(port).send(message, reflectorPort, HOST);
  });
  return {
    port: front.address().port,
    [Symbol.dispose]: () => {
      front.close();
      for (const back of backs.values()) back.close();
    },
  };
}

test('loss on the way there and on the way back are told apart', async () => {
  await using reflector = await openStampReflector({ host: HOST, port: 0, clock: systemClock });
  // The trial before the measurement sends fewer than ten.
  using relay = await openRelay(reflector.port, (way, sequence) =>
    way === 'forward' ? [12, 13, 20].includes(sequence) : [15, 25].includes(sequence),
  );
  await using server = await openServer(() => relay.port);
  const measurement = await measure(server.origin);
  expect(measurementSchema.safeParse(measurement).error).toBeUndefined();
  expect(measurement).toMatchObject({ kind: 'latency', protocol: 'stamp/rfc8762', flags: [] });
  expect(measurement?.conditions.ipVersion).toBe(4);
  const { probes } = measurement?.latency ?? {};
  expect(probes).toMatchObject({ transport: 'udp', duplicates: 0 });
  expect(probes?.sent).toBeGreaterThan(35);
  expect(probes?.loss).toMatchObject({ forward: 3, reverse: 2, unattributed: 0 });
  expect(probes?.roundTrip?.minMs).toBeLessThan(50);
});

test('where UDP does not come through, TCP says the round trip and nothing of loss', async () => {
  await using reflector = await openStampReflector({ host: HOST, port: 0, clock: systemClock });
  using relay = await openRelay(reflector.port, () => true);
  await using server = await openServer(() => relay.port);
  const measurement = await measure(server.origin);
  expect(measurement?.failure).toBeUndefined();
  const { probes } = measurement?.latency ?? {};
  expect(probes).toMatchObject({ transport: 'tcp' });
  expect(measurement?.conditions.ipVersion).toBeUndefined();
  expect(probes?.received).toBeGreaterThan(10);
  expect(probes?.loss).toBeUndefined();
});

test('a measure server that reflects nothing is asked over TCP as well', async () => {
  await using server = await openServer(() => undefined);
  const measurement = await measure(server.origin, { seconds: 0.3 });
  expect(measurement?.latency?.probes).toMatchObject({ transport: 'tcp' });
});

test('lookups and the way to the collector are timed; what fails says how', async () => {
  await using server = await openServer(() => undefined);
  const named = server.origin.replace(HOST, 'localhost');
  const good = await measure(server.origin, { collector: named, seconds: 0.1 });
  expect(good?.latency?.lookups).toEqual([{ name: 'localhost', ms: expect.any(Number) }]);
  expect(good?.latency?.reach[0]?.ms).toBeGreaterThan(0);
  const closed = createServer().listen(0, HOST);
  await new Promise((resolve) => closed.once('listening', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const bad = await measure(server.origin, {
    ...{ collector: `http://${HOST}:${port}`, seconds: 0.1 },
  });
  expect(bad?.latency?.reach).toEqual([{ name: `${HOST}:${port}`, failure: 'ECONNREFUSED' }]);
});

test('no measure server there is a failure with what was found before it', async () => {
  const measurement = await measure(`http://${HOST}:1`, { seconds: 0.1 });
  expect(measurementSchema.safeParse(measurement).error).toBeUndefined();
  expect(measurement?.failure).toMatchObject({ code: 'connect_refused', operation: 'latency' });
});

test('stopped in the middle it leaves nothing behind and says nothing', async () => {
  await using server = await openServer(() => undefined);
  const stop = new AbortController();
  const measuring = measureLatency(
    { deviceId: randomUUID(), server: server.origin, perSecond: 20, seconds: 60 },
    context,
    stop.signal,
  );
  setTimeout(() => stop.abort(new Error('stopping')), 300);
  expect(await measuring).toBeUndefined();
});
