// Operators look after agents over the API: through the real care and stores, with a session in the
// place of the gateway's.
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  createRemoteCare,
  type RemoteCare,
  type StandingSession,
} from '#collector/gateway/remote-care.ts';
import { createLiveEvents } from '#collector/live.ts';
import type { Registry } from '#collector/registry/registry.ts';
import type { CollectorFrame } from '#shared/wire/uplink.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { newDeviceKey } from '#test/support/raw-agent.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { openHarness } from './harness.ts';

async function scene() {
  const told: CollectorFrame[] = [];
  const standing = new Map<string, StandingSession>();
  const events = createLiveEvents();
  let registry: Registry | undefined;
  const store = () => {
    if (registry === undefined) throw new Error('not open yet');
    return registry.configurations;
  };
  const care: RemoteCare = createRemoteCare({
    configurations: {
      add: (configuration) => store().add(configuration),
      forDevice: (deviceId) => store().forDevice(deviceId),
      answered: (deviceId, version, answer) => store().answered(deviceId, version, answer),
    },
    standing: (deviceId) => standing.get(deviceId),
    allStanding: () => standing.values(),
    ...{ events, clock: new FakeClock(), log: silentLog, newRequestId: () => 'r1' },
  });
  const at = await openHarness({ care, events });
  registry = at.registry;
  await at.registry.addEnrolmentCode('code', '16SW03', at.clock.now() + 1_000);
  const device = await at.registry.enrol(
    'code',
    {
      ...{ id: randomUUID(), name: 'kast', position: 'off_path', agentVersion: '0.1.0' },
      publicKey: newDeviceKey().publicKey,
    },
    at.clock.now(),
  );
  const connect = () =>
    standing.set(device.id, {
      ...{ device, agentVersion: '0.1.0', takesReleases: false },
      tell: (frame) => void told.push(frame),
    });
  return { at, care, told, device, events, connect };
}

test('a test now: asked of a device that is connected, followed phase by phase', async () => {
  const { at, care, told, device, events, connect } = await scene();
  await using _ = at;
  const url = `/api/v1/devices/${device.id}/measure-now`;
  expect((await at.asOperator({ method: 'POST', url })).statusCode).toBe(409);
  expect((await at.asOperator({ method: 'GET', url })).statusCode).toBe(404);
  connect();
  const asked = await at.asOperator({ method: 'POST', url });
  expect(asked.statusCode).toBe(202);
  expect(asked.json()).toMatchObject({ requestId: 'r1', progress: null });
  expect(told).toEqual([{ type: 'measure_now', requestId: 'r1' }]);
  const changed: string[] = [];
  events.subscribe((locationId) => changed.push(locationId));
  const progress = { phase: 'download', elapsedMs: 1_000, goodput: 480, streams: 4 } as const;
  for (const requestId of ['r1', 'of another']) {
    await care.reported(device, { type: 'measure_progress', requestId, progress });
  }
  expect((await at.asOperator({ method: 'GET', url })).json()).toMatchObject({ progress });
  expect(changed).toEqual(['16SW03']);
});

test('who may: operators of the device’s board, and for all agents those of all boards', async () => {
  const { at, told, device, connect } = await scene();
  await using _ = at;
  connect();
  const post = (cookie: string, payload: object) =>
    at.app.inject({
      ...{ method: 'POST', url: '/api/v1/agent-configurations', payload },
      headers: { cookie, 'sec-fetch-site': 'same-origin' },
    });
  const [mine, theirs] = [
    await at.signedIn(['41234'], 'operator'),
    await at.signedIn(['40505'], 'operator'),
  ];
  const configuration = { uplink: 'https' };
  expect((await post(theirs, { deviceId: device.id, configuration })).statusCode).toBe(404);
  expect((await post(mine, { configuration })).statusCode).toBe(403);
  expect(
    (await post(await at.signedIn(['41234']), { deviceId: device.id, configuration })).statusCode,
  ).toBe(403);
  expect(
    (await post(mine, { deviceId: device.id, configuration: { colour: 'blue' } })).statusCode,
  ).toBe(400);
  expect((await post(mine, { deviceId: device.id, configuration })).json()).toEqual({ version: 1 });
  await expect.poll(() => told).toEqual([{ type: 'configuration', version: 1, configuration }]);
});

test('the newest counts, be it for one or for all; what the device says of it is shown', async () => {
  const { at, care, device } = await scene();
  await using _ = at;
  const url = `/api/v1/devices/${device.id}/configuration`;
  const shown = async () => (await at.asOperator({ method: 'GET', url })).json();
  const give = (payload: object) =>
    at.asOperator({ method: 'POST', url: '/api/v1/agent-configurations', payload });
  expect(await shown()).toMatchObject({ version: null, configuration: {}, outcome: null });
  await give({ deviceId: device.id, configuration: { uplink: 'https' } });
  await care.reported(device, {
    ...{ type: 'configuration_result', version: 1, outcome: 'rolled_back', reason: 'cut off' },
  });
  expect(await shown()).toMatchObject({ version: 1, outcome: 'rolled_back', reason: 'cut off' });
  await give({ configuration: { uplink: 'auto' } });
  await give({ deviceId: randomUUID(), configuration: { uplink: 'websocket' } });
  expect(await shown()).toMatchObject({
    version: 2,
    configuration: { uplink: 'auto' },
    outcome: null,
  });
});
