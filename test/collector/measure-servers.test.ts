// The measure servers of a collector as slots see them, with real ones that come and go.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCollectorSettings } from '#collector/config/settings.ts';
import { createMeasureServers } from '#collector/measure-servers.ts';
import type { Meetpunt } from '#collector/meetpunt/meetpunt.ts';
import { createSlots } from '#collector/slots/slots.ts';
import type { FailureCode } from '#shared/model/failure.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { measurementAt } from '#test/support/measurements.ts';
import { openTestMeetpunt } from '#test/support/meetpunt.ts';
import { freePort } from '#test/support/process.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { silentLog } from '#test/support/silent-log.ts';

const DEVICE = '3f0c8f5e-54a0-4b8e-9d43-6a1f0a4b8f11';

let own: Meetpunt;
let elsewhere: Meetpunt | undefined;
let port: number;
beforeEach(async () => {
  own = await openTestMeetpunt();
  port = await freePort();
  elsewhere = await openTestMeetpunt({ port });
});
afterEach(async () => {
  await own[Symbol.asyncDispose]();
  await elsewhere?.[Symbol.asyncDispose]();
});

async function closeElsewhere() {
  await elsewhere?.[Symbol.asyncDispose]();
  elsewhere = undefined;
}

function scene(env: Readonly<Record<string, string>> = {}, meetpuntUrl?: string) {
  const clock = new FakeClock();
  const random = seededRandom(1);
  // Agents reach it by a public name that leads nowhere from here.
  const ownUrl = 'http://meet.invalid:8081';
  const url = `http://127.0.0.1:${port}`;
  const settings = readCollectorSettings({ MEETNET_MEETPUNTEN: `${url}=2`, ...env }, undefined);
  const servers = createMeasureServers({
    ...{ settings, clock, random, log: silentLog },
    meetpuntUrl: () => meetpuntUrl ?? ownUrl,
    meetpuntBound: () => ({ host: '0.0.0.0', port: own.port }),
  });
  let ids = 0;
  const slots = createSlots({
    servers: servers.list,
    key: new Uint8Array(32),
    ...{ clock, random, log: silentLog, newId: () => `slot-${(ids++).toString()}` },
  });
  const stop = new AbortController();
  const running = servers.watch.run(stop.signal, () => {});
  /** Moves on in small steps until `isSo`; sockets have their turns between. */
  const until = async (isSo: () => boolean, atMostMs: number) => {
    for (let passed = 0; !isSo(); passed += 50) {
      if (passed > atMostMs) throw new Error(`not within ${atMostMs} ms`);
      for (let turn = 0; turn < 20; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      await clock.advance(50);
    }
  };
  const stateOf = (of: string) => servers.condition(of).state;
  return {
    ...{ clock, servers, slots, url, ownUrl, until, stateOf },
    /** The whole list, as the API tells it. */
    states: () => servers.list().map((server) => [server.url, stateOf(server.url)]),
    report: (code: FailureCode, ageMs = 1_000) => {
      const startedAt = clock.now() - ageMs;
      const base = measurementAt(DEVICE, startedAt);
      servers.stored([
        {
          ...{ locationId: '16SW03', startedAt, receivedAt: clock.now() },
          measurement: {
            ...base,
            failure: { code, operation: 'connect', message: '' },
            conditions: { ...base.conditions, server: url },
          },
        },
      ]);
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
      expect(clock.sleepers).toBe(0);
    },
  };
}

test('both are looked at at once, the own one where it listens', async () => {
  await using at = scene();
  expect(at.states()).toEqual([
    [at.ownUrl, 'unknown'],
    [at.url, 'unknown'],
  ]);
  await at.until(() => at.stateOf(at.url) === 'up' && at.stateOf(at.ownUrl) === 'up', 1_000);
  expect(at.servers.list()).toEqual([
    { url: at.ownUrl, capacity: 1 },
    { url: at.url, capacity: 2 },
  ]);
});

test('one that goes gets no slots until it is back; the others do', async () => {
  await using at = scene();
  await at.until(() => at.stateOf(at.url) === 'up', 1_000);
  await closeElsewhere();
  // The next look within 36 s, then two more.
  await at.until(() => at.stateOf(at.url) === 'away', 42_000);
  expect(at.servers.condition(at.url).lastError).toMatchObject({ code: 'connect_refused' });
  const first = at.slots.request('one');
  expect('grant' in first && first.grant.server).toBe(at.ownUrl);
  const second = at.slots.request('two');
  expect(second).toMatchObject({ reason: expect.stringContaining('in use') });
  expect([at.slots.inUse(at.ownUrl), at.slots.inUse(at.url)]).toEqual([1, 0]);
  expect(at.servers.first()).toBe(at.ownUrl);
  elsewhere = await openTestMeetpunt({ port });
  await at.until(() => at.stateOf(at.url) === 'up', 13_000);
  const third = at.slots.request('two');
  expect('grant' in third && third.grant.server).toBe(at.url);
});

test('when none is there agents are told so, and when to ask again', async () => {
  await using at = scene();
  await at.until(() => at.stateOf(at.url) === 'up', 1_000);
  await own[Symbol.asyncDispose]();
  await closeElsewhere();
  await at.until(() => at.stateOf(at.url) === 'away' && at.stateOf(at.ownUrl) === 'away', 45_000);
  const answer = at.slots.request('one');
  if ('grant' in answer) throw new Error('granted');
  expect(answer.reason).toBe('no measure server answers the collector; ask again later');
  expect(answer.retryAfterMs).toBeGreaterThanOrEqual(60_000);
  expect(answer.retryAfterMs).toBeLessThanOrEqual(120_000);
  expect(at.servers.first()).toBe(at.ownUrl);
});

test('an agent’s report that it could not be reached hastens the look, an old one does not', async () => {
  await using at = scene();
  await at.until(() => at.stateOf(at.url) === 'up', 1_000);
  await closeElsewhere();
  await at.clock.advance(3_000);
  at.report('connect_refused', 600_000);
  at.report('line_busy');
  await at.until(() => at.servers.condition(at.url).failures === 0, 0);
  expect(at.servers.condition(at.url).failures).toBe(0);
  at.report('connect_refused');
  await at.until(() => at.stateOf(at.url) === 'away', 6_000);
});

test('however many complain, it is looked at no more than every two seconds', async () => {
  await using at = scene();
  await at.until(() => at.stateOf(at.url) === 'up', 1_000);
  const looks = new Set<number | undefined>();
  const start = at.clock.now();
  await at.until(() => {
    at.report('connect_timed_out');
    looks.add(at.servers.condition(at.url).checkedAt);
    return at.clock.now() >= start + 10_000;
  }, 12_000);
  expect(looks.size).toBeGreaterThan(2);
  expect(looks.size).toBeLessThanOrEqual(7);
});

test('without one beside the collector only those elsewhere are looked at', async () => {
  // Then the first of the others is the one to tell.
  await using at = scene({ MEETNET_MEETPUNT_SLOTS: '0' }, `http://127.0.0.1:${port}`);
  await at.until(() => at.stateOf(at.url) === 'up', 1_000);
  expect(at.servers.list()).toEqual([{ url: at.url, capacity: 2 }]);
  expect(at.stateOf(at.ownUrl)).toBe('unknown');
});
