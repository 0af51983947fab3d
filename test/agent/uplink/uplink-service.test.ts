// The uplink over real sockets, against an end that misbehaves in every way an end can.
import { verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { createKey, type DeviceKey } from '#agent/identity/identity.ts';
import { createMemorySpool } from '#agent/spool/memory.ts';
import type { Spool } from '#agent/spool/spool.ts';
import { SlotDenied } from '#agent/uplink/slot-denied.ts';
import { createUplink, type Uplink, type UplinkOptions } from '#agent/uplink/uplink-service.ts';
import { connectWebSocket } from '#agent/uplink/websocket.ts';
import { parseDeviceKey } from '#collector/gateway/device-key.ts';
import { type Clock, systemClock } from '#shared/runtime/clock.ts';
import { helloPayload } from '#shared/wire/uplink.ts';
import { numbered } from '#test/contract/spool.ts';
import { testOutbound } from '#test/support/outbound.ts';
import { freePort } from '#test/support/process.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { answerPing, type CollectorEnd, collectorEnd } from './collector-end.ts';

const DEVICE = '6f1c2a34-9b1d-4c55-8a43-0c7a5ad1a001';
const never = new AbortController().signal;
const soon = () => AbortSignal.timeout(5_000);

/** Longer waits than `aboveMs` are made a moment, in which that much time goes by, and written down. */
function hurried(waits: number[], aboveMs = 0): Clock {
  let ahead = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + ahead,
    monotonicMs: () => systemClock.monotonicMs() + ahead,
    sleep: async (ms, signal) => {
      if (ms <= aboveMs) return systemClock.sleep(ms, signal);
      waits.push(ms);
      await systemClock.sleep(5, signal);
      ahead += ms;
    },
  };
}

interface Agent extends AsyncDisposable {
  readonly uplink: Uplink;
  readonly spool: Spool;
  readonly key: DeviceKey;
}

function startAgent(url: string, change: Partial<UplinkOptions> = {}): Agent {
  const key = createKey();
  const spool = change.spool ?? createMemorySpool({ maxBytes: 10_000_000 });
  const uplink = createUplink({
    identity: { ...key, deviceId: DEVICE, locationId: '16SW03', collector: url },
    spool,
    ways: () => ({ websocket: connectWebSocket(url, testOutbound()) }),
    clock: systemClock,
    random: { next: () => 0.01 },
    log: silentLog,
    agentVersion: '0.1.0',
    nodeVersion: 'v24.21.0',
    purpose: 'run',
    ...change,
  });
  const stop = new AbortController();
  const done = uplink.service.run(stop.signal, () => {});
  return {
    ...{ uplink, spool, key },
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('stopping'));
      await done;
    },
  };
}

async function scene(
  change: Partial<UplinkOptions> = {},
): Promise<{ at: CollectorEnd; agent: Agent } & AsyncDisposable> {
  const at = await collectorEnd();
  const agent = startAgent(at.url, change);
  return {
    ...{ at, agent },
    [Symbol.asyncDispose]: async () => {
      await agent[Symbol.asyncDispose]();
      await at[Symbol.asyncDispose]();
    },
  };
}

test('says hello with its key over the nonce, and knows plan, location and clock after the welcome', async () => {
  const plans: unknown[] = [];
  await using here = await scene({ onPlan: (plan) => plans.push(plan) });
  const { at, agent } = here;
  const visit = await at.visit();
  visit.send({ type: 'challenge', protocol: 1, nonce: 'b25jZQ' });
  const hello = await visit.expect('hello');
  const key = parseDeviceKey(agent.key.publicKey);
  const signed = Buffer.from(hello.signature, 'base64url');
  expect(key).toBeDefined();
  if (key !== undefined) {
    expect(verify(null, Buffer.from(helloPayload('b25jZQ', DEVICE)), key, signed)).toBe(true);
  }
  visit.socket.terminate();

  const again = await at.visit();
  await again.welcome(() => Date.now() - 3_600_000);
  const second = await again.expect('ping');
  expect(second.clockOffsetMs).toBeGreaterThan(3_599_000);
  expect(second.clockOffsetMs).toBeLessThan(3_601_000);
  expect(agent.uplink.clockOffsetMs()).toBeCloseTo(second.clockOffsetMs ?? 0, -3);
  expect(agent.uplink.status()).toMatchObject({ state: 'connected', locationId: '16SW03' });
  expect(plans).toEqual([agent.uplink.plan()]);
});

test('sends nothing of the spool before the collector was told our clock, then all of it in order', async () => {
  await using here = await scene();
  const { at, agent } = here;
  for (let number = 0; number < 450; number += 1) await agent.spool.append(numbered(number));
  const visit = await at.visit();
  await visit.welcome();
  expect((await visit.expect('ping')).clockOffsetMs).toBeDefined();
  const seen: number[] = [];
  while (seen.length < 450) {
    const { records } = await visit.expect('batch');
    expect(records.length).toBeLessThanOrEqual(200);
    seen.push(...records.map(({ position }) => position));
    const drained = agent.spool.stats().records;
    expect(drained).toBe(450 - seen.length + records.length);
    visit.send({
      type: 'ack',
      results: records.map(({ position }) => ({ position, fate: 'accepted' as const })),
    });
  }
  await agent.uplink.drained(soon());
  expect(seen).toEqual(Array.from({ length: 450 }, (_, index) => index));
  const position = await agent.spool.append(numbered(450));
  expect((await visit.expect('batch')).records.map((record) => record.position)).toEqual([
    position,
  ]);
});

test('a connection that breaks with a batch under way: it is sent again, nothing is passed', async () => {
  await using here = await scene();
  const { at, agent } = here;
  for (const number of [0, 1, 2]) await agent.spool.append(numbered(number));
  for (let round = 0; round < 3; round += 1) {
    const visit = await at.visit();
    await visit.welcome();
    expect((await visit.expect('batch')).records.map(({ position }) => position)).toEqual([
      0, 1, 2,
    ]);
    visit.socket.terminate();
  }
  expect(agent.spool.stats().records).toBe(3);
});

test('no error of the collector makes it forget or give up', async () => {
  await using here = await scene({ clock: hurried([], 20_000), random: { next: () => 0 } });
  const { at, agent } = here;
  await agent.spool.append(numbered(0));
  const answers = [
    ['unknown_device', 4401],
    ['bad_signature', 4401],
    ['internal_error', 1013],
    ['malformed_message', 1007],
    ['policy', 1008],
  ] as const;
  for (const [code, closeCode] of answers) {
    const visit = await at.visit();
    visit.send({ type: 'error', code, message: 'go away' });
    visit.socket.close(closeCode, 'go away');
    await visit.closed;
  }
  const visit = await at.visit();
  expect(agent.uplink.status().lastError).toMatch(/policy: go away/);
  await visit.welcome();
  const { records } = await visit.expect('batch');
  expect(records.map(({ position }) => position)).toEqual([0]);
});

test('a slot is granted, denied with a time, or not wanted any more and given back', async () => {
  await using here = await scene();
  const { at, agent } = here;
  const granted = agent.uplink.requestSlot('check', never);
  const visit = await at.visit();
  await visit.welcome();
  const grant = { slotId: 'a', server: 'http://127.0.0.1:8081', token: 't', expiresAt: 1 };
  const first = await visit.expect('slot_request');
  expect(first).toMatchObject({ kind: 'throughput', mode: 'check' });
  visit.send({ type: 'slot', requestId: first.requestId, grant });
  expect(await granted).toEqual(grant);
  agent.uplink.releaseSlot('a');
  expect((await visit.expect('slot_release')).slotId).toBe('a');

  const denied = agent.uplink.requestSlot('capacity', never).catch((error: unknown) => error);
  const { requestId } = await visit.expect('slot_request');
  visit.send({ type: 'slot_denied', requestId, reason: 'all are taken', retryAfterMs: 4_000 });
  const error = await denied;
  expect(error).toBeInstanceOf(SlotDenied);
  expect(error).toMatchObject({ code: 'not_admitted', retryAfterMs: 4_000 });

  const enough = new AbortController();
  const dropped = agent.uplink
    .requestSlot('check', enough.signal)
    .catch((reason: unknown) => reason);
  const third = await visit.expect('slot_request');
  enough.abort(new Error('enough'));
  expect(await dropped).toMatchObject({ message: 'enough' });
  visit.send({ type: 'slot', requestId: third.requestId, grant: { ...grant, slotId: 'b' } });
  expect((await visit.expect('slot_release')).slotId).toBe('b');
});

test('a slot request that the connection did not survive is made again on the next', async () => {
  await using here = await scene();
  const { at, agent } = here;
  const granted = agent.uplink.requestSlot('check', never);
  const first = await at.visit();
  await first.welcome();
  await first.expect('slot_request');
  first.socket.terminate();
  const second = await at.visit();
  await second.welcome();
  const { requestId } = await second.expect('slot_request');
  const grant = { slotId: 'a', server: 'http://127.0.0.1:8081', token: 't', expiresAt: 1 };
  second.send({ type: 'slot', requestId, grant });
  expect(await granted).toEqual(grant);
});

test('without an answer to two pings the connection is given up and made again', async () => {
  await using here = await scene({ clock: hurried([], 20_000) });
  const visit = await here.at.visit();
  await visit.welcome();
  expect(await visit.closed).toBe(4408);
  const again = await here.at.visit();
  await again.welcome();
  answerPing(again, await again.expect('ping'), Date.now());
  expect(here.agent.uplink.status()).toMatchObject({
    state: 'connected',
    lastError: expect.stringMatching(/two pings/),
  });
});

test('thrown out by its double, it stays away for a minute', async () => {
  const waits: number[] = [];
  await using here = await scene({ clock: hurried(waits, 59_000) });
  const visit = await here.at.visit();
  await visit.welcome();
  visit.socket.close(4409, 'a newer session');
  await here.at.visit();
  expect(waits[0]).toBeGreaterThanOrEqual(60_000);
});

test('waits grow while there is nobody, also behind a proxy that says when; one welcome does not reset them', async () => {
  const waits: number[] = [];
  const url = `http://127.0.0.1:${await freePort()}`;
  await using alone = startAgent(url, { clock: hurried(waits, 0), random: { next: () => 0.999 } });
  await expect.poll(() => waits.length).toBeGreaterThan(12);
  expect(waits.slice(0, 4)).toEqual([999, 1998, 3996, 7992]);
  expect(Math.max(...waits)).toBeLessThanOrEqual(300_000);
  expect(alone.uplink.status().lastError).toMatch(/ECONNREFUSED/);

  const later: number[] = [];
  await using here = await scene({ clock: hurried(later, 30_000) });
  const visit = await here.at.visit();
  here.at.refuseWith({ status: 429, headers: { 'retry-after': '40' } });
  visit.socket.terminate();
  await expect.poll(() => later.length).toBeGreaterThan(1);
  expect(later[0]).toBeGreaterThanOrEqual(40_000);
  expect(here.agent.uplink.status().lastError).toMatch(/429/);
});

test('a page of somebody else’s is named for what it is', async () => {
  await using here = await scene({ random: { next: () => 0 } });
  const visit = await here.at.visit();
  here.at.refuseWith({ status: 302, headers: { location: 'http://login.example/' } });
  visit.socket.terminate();
  await expect.poll(() => here.agent.uplink.status().lastError).toMatch(/302.*login page/);
});

test('frames that nobody knows are passed over', async () => {
  await using here = await scene();
  const visit = await here.at.visit();
  visit.socket.send('{"type":"news","of":"tomorrow"}');
  visit.socket.send('no JSON at all');
  await visit.welcome();
  await here.agent.spool.append(numbered(0));
  expect((await visit.expect('batch')).records.length).toBe(1);
});

test('a collector of another protocol is told so', async () => {
  await using here = await scene();
  const visit = await here.at.visit();
  visit.send({ type: 'challenge', protocol: 9, nonce: 'bm9uY2U' });
  expect(await visit.closed).toBe(1008);
  await here.at.visit();
  expect(here.agent.uplink.status().lastError).toMatch(/protocol 9/);
});

test('stopping closes the connection and lets go of who waits', async () => {
  const here = await scene();
  const visit = await here.at.visit();
  await visit.welcome();
  const waiting = here.agent.uplink.requestSlot('check', never).catch((error: unknown) => error);
  const drained = here.agent.uplink.drained(AbortSignal.abort(new Error('no time')));
  await expect(drained).rejects.toThrow('no time');
  await here[Symbol.asyncDispose]();
  expect(await visit.closed).toBe(1001);
  expect(await waiting).toMatchObject({ code: 'unreachable' });
});
