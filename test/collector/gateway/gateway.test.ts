// What a well-behaved agent gets: sessions, acknowledgements, clock, slots, one standing session.
import { expect, test } from 'vitest';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import type { RecordFate } from '#shared/wire/uplink.ts';
import { gatewayScene } from '#test/support/gateway.ts';
import { measurementAt } from '#test/support/measurements.ts';
import { eventually } from '#test/support/process.ts';
import { connectRaw, helloOf, type RawAgent } from '#test/support/raw-agent.ts';

const when = (what: string, is: () => boolean) => eventually(what, async () => is() || undefined);

function batchOf(deviceId: string, count: number, at: number, firstPosition = 0) {
  return {
    type: 'batch' as const,
    records: Array.from({ length: count }, (_, index) => ({
      position: firstPosition + index,
      measurement: measurementAt(deviceId, at + index),
    })),
  };
}

test('a known device is welcomed with its plan and the time, and is connected until it goes', async () => {
  await using at = await gatewayScene();
  const device = await at.newDevice();
  const agent = await connectRaw(at.url);
  agent.send(await helloOf(agent, device.id, device.key, { agentVersion: '0.9.0' }));
  expect(await agent.expect('welcome')).toMatchObject({
    locationId: '16SW03',
    time: at.clock.now(),
    // The device's own position, not the plan's default.
    plan: { ...DEFAULT_PLAN, position: 'in_path' },
  });
  expect(at.gateway.isConnected(device.id)).toBe(true);
  expect(at.changed).toEqual(['16SW03']);
  expect(await at.registry.device(device.id)).toMatchObject({
    lastContactAt: at.clock.now(),
    agentVersion: '0.9.0',
  });
  agent.socket.close(1000);
  await when('gone', () => !at.gateway.isConnected(device.id));
  expect(at.changed).toEqual(['16SW03', '16SW03']);
});

test('each nonce is fresh: a hello that was overheard opens nothing', async () => {
  await using at = await gatewayScene();
  const device = await at.newDevice();
  const first = await connectRaw(at.url);
  const hello = await helloOf(first, device.id, device.key);
  first.send(hello);
  await first.expect('welcome');
  const second = await connectRaw(at.url);
  await second.expect('challenge');
  second.send(hello);
  expect(await second.expect('error')).toMatchObject({ code: 'bad_signature' });
  expect(await second.closed).toMatchObject({ code: 4401 });
});

test('batches are acknowledged after they are stored, in order, each record with its fate', async () => {
  await using at = await gatewayScene();
  const device = await at.newDevice();
  const agent = await at.welcome(device);
  const first = batchOf(device.id, 3, at.clock.now() - 60_000, 10);
  const second = batchOf(device.id, 200, at.clock.now() - 50_000, 13);
  for (const batch of [first, second, first]) agent.send(batch);
  const acks: RecordFate[][] = [];
  for (let n = 0; n < 3; n += 1) acks.push((await agent.expect('ack')).results);
  expect(acks[0]).toEqual([10, 11, 12].map((position) => ({ position, fate: 'accepted' })));
  expect(acks[1]?.map(({ position }) => position)).toEqual(
    Array.from({ length: 200 }, (_, index) => 13 + index),
  );
  expect(acks[2]?.map(({ fate }) => fate)).toEqual(['duplicate', 'duplicate', 'duplicate']);
  expect(await at.series.count()).toBe(203);
  agent.send({ type: 'batch', records: [{ position: 5, measurement: { id: 'nonsense' } }] });
  const [fate] = (await agent.expect('ack')).results;
  expect(fate).toMatchObject({ position: 5, fate: 'rejected' });
});

test('pings tell the time at once, and their offset corrects what follows', async () => {
  await using at = await gatewayScene();
  const device = await at.newDevice();
  const agent = await at.welcome(device);
  const spool = { records: 7, bytes: 900, droppedRecords: 0, corruptRecords: 0 };
  agent.send({ type: 'ping', id: 1, sentAt: 42, clockOffsetMs: 90_000, spool });
  expect(await agent.expect('pong')).toEqual({
    type: 'pong',
    id: 1,
    pingSentAt: 42,
    receivedAt: at.clock.now(),
    sentAt: at.clock.now(),
  });
  agent.send(batchOf(device.id, 1, at.clock.now() + 80_000));
  await agent.expect('ack');
  const [stored] = await at.series.query({ locationId: '16SW03' });
  expect(stored?.startedAt).toBe(at.clock.now() - 10_000);
});

test('contact is recorded with the hello, then at most once a minute', async () => {
  await using at = await gatewayScene();
  const device = await at.newDevice();
  const agent = await at.welcome(device);
  const hello = at.clock.now();
  const ping = async (id: number) => {
    agent.send({ type: 'ping', id, sentAt: 0, clockOffsetMs: id });
    await agent.expect('pong');
    return (await at.registry.device(device.id))?.lastContactAt;
  };
  await at.clock.advance(25_000);
  expect(await ping(1)).toBe(hello);
  await at.clock.advance(25_000);
  expect(await ping(2)).toBe(hello);
  await at.clock.advance(25_000);
  expect(await ping(3)).toBe(hello + 75_000);
  expect(await at.registry.device(device.id)).toMatchObject({ clockOffsetMs: 3 });
});

test('slots are granted, denied with a time to come back, and given back', async () => {
  await using at = await gatewayScene();
  const [one, two] = [await at.newDevice(), await at.newDevice('00AA00')];
  const [first, second] = [await at.welcome(one), await at.welcome(two)];
  const ask = (agent: RawAgent, requestId: number) =>
    agent.send({ type: 'slot_request', requestId, kind: 'throughput', mode: 'check' });
  ask(first, 5);
  const { requestId, grant } = await first.expect('slot');
  expect(requestId).toBe(5);
  expect(grant).toMatchObject({ server: 'http://127.0.0.1:8081' });
  ask(second, 6);
  expect(await second.expect('slot_denied')).toMatchObject({ requestId: 6 });
  first.send({ type: 'slot_release', slotId: grant.slotId });
  first.send({ type: 'ping', id: 1, sentAt: 0 });
  await first.expect('pong');
  ask(second, 7);
  expect(await second.expect('slot')).toMatchObject({ requestId: 7 });
});

test('a newer standing session takes the place of the older; single commands take nobody’s', async () => {
  await using at = await gatewayScene();
  const device = await at.newDevice();
  const first = await at.welcome(device);
  const once = await at.welcome(device, { purpose: 'once' });
  const second = await at.welcome(device);
  expect(await first.closed).toEqual({
    code: 4409,
    reason: 'a newer session of this device took its place',
  });
  expect(at.gateway.isConnected(device.id)).toBe(true);
  for (const agent of [once, second]) {
    agent.send({ type: 'ping', id: 1, sentAt: 0 });
    await agent.expect('pong');
  }
  second.socket.close();
  await when('gone', () => !at.gateway.isConnected(device.id));
  once.send({ type: 'ping', id: 2, sentAt: 0 });
  await once.expect('pong');
});

test('other paths of the server have no WebSocket, and plain requests are left alone', async () => {
  await using at = await gatewayScene();
  const other = at.url.replace('/uplink', '/elsewhere');
  await expect(connectRaw(other)).rejects.toThrow('refused with 404');
  expect((await fetch(at.url.replace('ws:', 'http:'))).status).toBe(418);
  const agent = await at.welcome(await at.newDevice());
  agent.socket.close();
});

test('many agents at once each get their own', async () => {
  await using at = await gatewayScene();
  const devices = await Promise.all(Array.from({ length: 40 }, () => at.newDevice()));
  await Promise.all(
    devices.map(async (device, index) => {
      const agent = await at.welcome(device);
      agent.send(batchOf(device.id, 5, at.clock.now() - 1_000_000 + index * 100));
      const { results } = await agent.expect('ack');
      expect(results.map(({ fate }) => fate)).toEqual(Array(5).fill('accepted'));
    }),
  );
  expect(await at.series.count()).toBe(200);
  expect(devices.every(({ id }) => at.gateway.isConnected(id))).toBe(true);
});

test('stopping answers what was taken in, then says goodbye, and takes nobody in', async () => {
  const gate = Promise.withResolvers<void>();
  await using at = await gatewayScene({
    ingest: {
      ingest: async (_device, records) => {
        await gate.promise;
        return records.map(({ position }) => ({ position, fate: 'accepted' as const }));
      },
    },
  });
  const device = await at.newDevice();
  const agent = await at.welcome(device);
  agent.send(batchOf(device.id, 2, at.clock.now()));
  agent.send({ type: 'ping', id: 1, sentAt: 0 });
  await agent.expect('pong');
  const over = at.gateway[Symbol.asyncDispose]();
  await expect(connectRaw(at.url)).rejects.toThrow('refused with 503');
  gate.resolve();
  expect((await agent.expect('ack')).results.length).toBe(2);
  expect(await agent.closed).toMatchObject({ code: 1001 });
  await over;
  expect(at.gateway.isConnected(device.id)).toBe(false);
});

test('stopping does not wait for ever: not for a store that hangs, nor for a peer that is deaf', async () => {
  await using at = await gatewayScene({ ingest: { ingest: () => new Promise(() => {}) } });
  const device = await at.newDevice();
  const agent = await at.welcome(device);
  agent.send(batchOf(device.id, 1, at.clock.now()));
  agent.send({ type: 'ping', id: 1, sentAt: 0 });
  await agent.expect('pong');
  agent.socket.pause();
  const over = at.gateway[Symbol.asyncDispose]();
  await at.clock.advance(5_000);
  await at.clock.advance(2_000);
  await over;
  agent.socket.terminate();
});
