// What a school's network does to an uplink, and that it comes back by itself: against the real
// gateway, over real sockets.
import { randomUUID } from 'node:crypto';
import type { LookupFunction } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOutbound, type OutboundOptions } from '#agent/network/outbound.ts';
import { createTrust } from '#agent/network/trust.ts';
import { createMemorySpool } from '#agent/spool/memory.ts';
import { createUplink, type Uplink } from '#agent/uplink/uplink-service.ts';
import { waysTo } from '#agent/uplink/ways.ts';
import { type Clock, systemClock } from '#shared/runtime/clock.ts';
import { enrolled } from '#test/contract/uplink.ts';
import { makeAuthority } from '#test/support/certificates.ts';
import { startFaultyProxy } from '#test/support/faulty-proxy.ts';
import { type GatewayScene, gatewayScene } from '#test/support/gateway.ts';
import { measurementAt } from '#test/support/measurements.ts';
import { eventually } from '#test/support/process.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';
import { startTlsRelay } from '#test/support/tls-relay.ts';

let at: GatewayScene;
let folder: TemporaryFolder;
beforeAll(async () => {
  at = await gatewayScene();
  folder = await temporaryFolder();
});
afterAll(async () => {
  await at[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});
const port = () => Number(new URL(at.url).port);

interface Agent extends AsyncDisposable {
  readonly uplink: Uplink;
  readonly deviceId: string;
  /** Resolves when one more measurement is at the collector. */
  deliver(): Promise<void>;
}

async function startAgent(
  collector: string,
  change: Partial<OutboundOptions> & { readonly uplinkClock?: Clock } = {},
): Promise<Agent> {
  const { uplinkClock = systemClock, ...network } = change;
  const device = await enrolled(at, randomUUID());
  const outbound = createOutbound({
    ...{ env: {}, clock: systemClock, trust: createTrust(() => []), ...network },
  });
  const spool = createMemorySpool({ maxBytes: 1_000_000 });
  const uplink = createUplink({
    identity: { ...device.key, deviceId: device.deviceId, locationId: '16SW03', collector },
    ...{ spool, log: silentLog, clock: uplinkClock, random: { next: () => 0.05 } },
    ...{ agentVersion: '0.1.0', nodeVersion: 'v24.21.0', purpose: 'run' },
    ways: () => waysTo(collector, 'auto', outbound, uplinkClock),
  });
  const stop = new AbortController();
  const done = uplink.service.run(stop.signal, () => {});
  return {
    uplink,
    deviceId: device.deviceId,
    deliver: async () => {
      await spool.append(measurementAt(device.deviceId, Date.now()));
      await uplink.drained(AbortSignal.timeout(30_000));
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('stopping'));
      await done;
      outbound[Symbol.dispose]();
    },
  };
}

const connected = (agent: Agent, transport: 'websocket' | 'https') =>
  eventually(`connected over ${transport}`, async () => {
    const status = agent.uplink.status();
    return (status.state === 'connected' && status.transport === transport) || undefined;
  });
const troubled = (agent: Agent, code: string) =>
  eventually(code, async () => agent.uplink.status().trouble?.code === code || undefined);

test('a filter that lets no WebSocket through: HTTPS at once, and back when it is gone', async () => {
  await using filter = await startFaultyProxy(port());
  filter.pattern = /^GET \/api\/v1\/uplink /;
  filter.mode = 'swallow_answer';
  // The hour until WebSocket is tried again passes when the test says so.
  let passHour = () => {};
  const waits: number[] = [];
  const clock: Clock = {
    ...systemClock,
    sleep: (ms, signal) => {
      if (ms < 3_600_000) return systemClock.sleep(ms, signal);
      waits.push(ms / 3_600_000);
      return new Promise((resolve, reject) => {
        passHour = resolve;
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    },
  };
  await using agent = await startAgent(filter.url, { uplinkClock: clock });
  await connected(agent, 'https');
  await agent.deliver();
  passHour();
  await eventually('tried in vain', async () => waits.length === 2 || undefined);
  expect(waits).toEqual([1, 2]);
  await connected(agent, 'https');
  await agent.deliver();
  filter.mode = 'pass';
  passHour();
  await connected(agent, 'websocket');
  await agent.deliver();
  expect(agent.uplink.status().trouble).toBeUndefined();
  expect(await at.series.query({ locationId: '16SW03' })).toHaveLength(3);
});

test('a login page in the collector’s place, until somebody has let the device through', async () => {
  await using portal = await startFaultyProxy(port());
  portal.mode = 'login_page';
  await using agent = await startAgent(portal.url);
  await troubled(agent, 'captive_portal');
  expect(agent.uplink.status().trouble).toMatchObject({ portal: 'login.school.test' });
  portal.mode = 'pass';
  await eventually(
    'connected',
    async () => agent.uplink.status().state === 'connected' || undefined,
  );
  await agent.deliver();
});

test('DNS that fails and comes back', async () => {
  let isThere = false;
  const lookup: LookupFunction = (name, _options, done) => {
    if (isThere) {
      (done as (error: null, found: object[]) => void)(null, [{ address: '127.0.0.1', family: 4 }]);
    } else {
      done(Object.assign(new Error(`getaddrinfo EAI_AGAIN ${name}`), { code: 'EAI_AGAIN' }), '');
    }
  };
  await using agent = await startAgent(`http://meet.test:${port()}`, { lookup });
  await troubled(agent, 'dns_lookup_failed');
  isThere = true;
  await connected(agent, 'websocket');
  await agent.deliver();
});

test('a certificate that ended and is renewed, and a filter in between that is taken away', async () => {
  const authority = await makeAuthority(folder.path, 'Own');
  const filter = await makeAuthority(folder.path, 'Filter Root');
  const ended = await authority.issue('ended', { days: -1 });
  await using relay = await startTlsRelay(port(), ended);
  const trust = createTrust(() => [authority.cert]);
  await using agent = await startAgent(`https://localhost:${relay.port}`, { trust });
  await troubled(agent, 'certificate_expired');
  relay.renew(await filter.issue('opened'));
  await troubled(agent, 'tls_intercepted');
  expect(agent.uplink.status().trouble).toMatchObject({ issuer: 'Filter Root' });
  expect(relay.received).toBe(0);
  relay.renew(await authority.issue('renewed'));
  await connected(agent, 'websocket');
  await agent.deliver();
});
