// A configuration from the collector to an agent and back, over the real gateway and store.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadConfiguration, saveConfiguration } from '#agent/config/configuration-file.ts';
import {
  createRemoteConfiguration,
  type RemoteConfiguration,
  TRIAL_MS,
} from '#agent/config/configuration-service.ts';
import { createMemorySpool } from '#agent/spool/memory.ts';
import { createUplink, type Uplink } from '#agent/uplink/uplink-service.ts';
import { waysTo } from '#agent/uplink/ways.ts';
import type { Configuration } from '#shared/model/configuration.ts';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import { type Clock, systemClock } from '#shared/runtime/clock.ts';
import { enrolled } from '#test/contract/uplink.ts';
import { startFaultyProxy } from '#test/support/faulty-proxy.ts';
import { type GatewayScene, gatewayScene } from '#test/support/gateway.ts';
import { testOutbound } from '#test/support/outbound.ts';
import { eventually, freePort } from '#test/support/process.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

let at: GatewayScene;
let folder: TemporaryFolder;
beforeAll(async () => {
  at = await gatewayScene();
});
afterAll(() => at[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

const home = () => at.url.replace('ws:', 'http:').replace('/api/v1/uplink', '');

/** A trial's time is over as soon as it begins to be waited for. */
const hurried: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms === TRIAL_MS ? 300 : ms, signal),
};

interface Agent extends AsyncDisposable {
  readonly uplink: Uplink;
  readonly remote: RemoteConfiguration;
  readonly deviceId: string;
  readonly changes: Configuration[];
}

async function startAgent(
  clock: Clock = systemClock,
  device = enrolled(at, randomUUID()),
): Promise<Agent> {
  const { deviceId, key } = await device;
  const outbound = testOutbound();
  const changes: Configuration[] = [];
  const remote: RemoteConfiguration = createRemoteConfiguration({
    installed: { collector: home() },
    state: await loadConfiguration(folder.path),
    save: (state) => saveConfiguration(folder.path, state),
    uplink: () => uplink,
    onChanged: () => changes.push(remote.configuration()),
    ...{ clock, log: silentLog },
  });
  const uplink: Uplink = createUplink({
    identity: { ...key, deviceId, locationId: '16SW03', collector: home() },
    ...{ spool: createMemorySpool({ maxBytes: 1_000_000 }), log: silentLog, clock: systemClock },
    ...{ random: { next: () => 0.05 }, agentVersion: '0.1.0', nodeVersion: 'v24.21.0' },
    purpose: 'run',
    ways: () =>
      waysTo(remote.collector(), remote.configuration().uplink ?? 'auto', outbound, systemClock),
    configurationVersion: remote.version,
    onInstruction: (instruction) => {
      if (instruction.type === 'configuration') remote.take(instruction);
    },
    onPlan: () => remote.welcomed(),
  });
  const stop = new AbortController();
  const done = [remote.service, uplink.service].map((each) => each.run(stop.signal, () => {}));
  return {
    ...{ uplink, remote, deviceId, changes },
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('stopping'));
      await Promise.all(done);
      outbound[Symbol.dispose]();
    },
  };
}

async function configure(deviceId: string | undefined, configuration: Configuration) {
  const { configurations } = at.registry;
  const version = await configurations.add({ deviceId, configuration, authorId: 'operator' });
  await at.gateway.care.configurationAdded(deviceId);
  return version;
}

const answer = (deviceId: string, outcome: string) =>
  eventually(outcome, async () => {
    const found = await at.registry.configurations.forDevice(deviceId);
    return found?.answer?.outcome === outcome ? found : undefined;
  });
const online = ({ uplink, deviceId }: Agent) =>
  eventually('connected', async () =>
    uplink.status().state === 'connected' && at.gateway.isConnected(deviceId) ? true : undefined,
  );

test('a collector that moved: the agent goes there at once, keeps it, and says so', async () => {
  await using moved = await startFaultyProxy(Number(new URL(home()).port));
  const device = enrolled(at, randomUUID());
  {
    await using agent = await startAgent(systemClock, device);
    await online(agent);
    const version = await configure(agent.deviceId, { collector: moved.url, uplink: 'https' });
    expect((await answer(agent.deviceId, 'applied')).version).toBe(version);
    await online(agent);
    expect(agent.uplink.status()).toMatchObject({ transport: 'https' });
    expect(agent.remote.collector()).toBe(moved.url);
    expect(await loadConfiguration(folder.path)).toMatchObject({ good: { version } });
  }
  // And after a restart, too.
  await using again = await startAgent(systemClock, device);
  expect(again.remote.collector()).toBe(moved.url);
  await online(again);
  // One that says nothing of it leaves it there; only an address brings it back.
  await configure(again.deviceId, {});
  await answer(again.deviceId, 'applied');
  expect(again.remote.collector()).toBe(moved.url);
  await configure(again.deviceId, { collector: home() });
  await answer(again.deviceId, 'applied');
  expect(again.remote.collector()).toBe(home());
});

test('one that cuts the agent off is taken back by itself, and the collector hears why', async () => {
  await using agent = await startAgent(hurried);
  await online(agent);
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const version = await configure(agent.deviceId, { collector: nobody });
  const { answer: said } = await answer(agent.deviceId, 'rolled_back');
  expect(said?.reason).toContain('no welcome');
  await online(agent);
  expect(agent.remote.collector()).toBe(home());
  // It is not sent again, to be tried again: not now, and not at the next session.
  const before = agent.uplink.status().since;
  agent.uplink.reconnect('to see');
  await eventually('again', async () => agent.uplink.status().since > before || undefined);
  await online(agent);
  expect(await loadConfiguration(folder.path)).toMatchObject({
    refused: { version, outcome: 'rolled_back', reason: said?.reason },
  });
  expect(agent.remote.version()).toBeUndefined();
});

test('for all agents, applied while they run; one that they cannot use is answered for', async () => {
  await using agent = await startAgent();
  await online(agent);
  const budget = { ...DEFAULT_PLAN.budget, dayBytes: 123_000_000 };
  await configure(undefined, { budget });
  await answer(agent.deviceId, 'applied');
  expect(agent.changes.at(-1)).toEqual({ budget });
  expect(agent.uplink.status().state).toBe('connected');
  // An older agent gets a configuration of a newer collector's.
  agent.remote.take({ type: 'configuration', version: 9_999, configuration: { colour: 'blue' } });
  await eventually('answered', async () => {
    const { refused } = await loadConfiguration(folder.path);
    return refused?.version === 9_999 || undefined;
  });
  expect(agent.remote.configuration()).toEqual({ budget });
});
