import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decideSlot,
  type LiveSlot,
  type MeasureServer,
  NO_SLOTS,
  releaseSlot,
  SLOT_MS,
  type SlotDecision,
  type SlotState,
} from '#collector/slots/decide-slot.ts';

const T0 = Date.parse('2026-03-02T01:00:00.000Z');
const ONE: readonly MeasureServer[] = [{ url: 'http://a', capacity: 1 }];

function ask(state: SlotState, deviceId: string, now: number, servers = ONE, jitter = 0) {
  return decideSlot(state, servers, { deviceId, slotId: `${deviceId}@${now}`, jitter }, now);
}
const isGranted = (decision: SlotDecision) => 'granted' in decision;
const retryOf = (decision: SlotDecision) => ('granted' in decision ? -1 : decision.retryAfterMs);

test('a free server is given at once, for at most a minute; the next is told when to come', () => {
  const first = ask(NO_SLOTS, 'one', T0);
  expect(first).toMatchObject({ granted: { server: 'http://a', expiresAt: T0 + SLOT_MS } });
  const second = ask(first.state, 'two', T0 + 1_000);
  expect(second).toMatchObject({
    reason: 'all measure servers are in use, 0 device(s) wait before this one',
  });
  // The first is expected to end after 15 s.
  expect(retryOf(second)).toBe(14_000);
  expect(retryOf(ask(second.state, 'three', T0 + 1_000))).toBe(29_000);
});

test('a released or ended slot is free again', () => {
  const first = ask(NO_SLOTS, 'one', T0);
  expect(isGranted(ask(releaseSlot(first.state, 'one', `one@${T0}`), 'two', T0 + 5))).toBe(true);
  expect(isGranted(ask(releaseSlot(first.state, 'two', `one@${T0}`), 'two', T0 + 5))).toBe(false);
  expect(isGranted(ask(releaseSlot(first.state, 'one', 'other'), 'two', T0 + 5))).toBe(false);
  expect(isGranted(ask(first.state, 'two', T0 + SLOT_MS - 1))).toBe(false);
  expect(isGranted(ask(first.state, 'two', T0 + SLOT_MS))).toBe(true);
});

test('a clock that is set back by hours does not block a server for hours', () => {
  const first = ask(NO_SLOTS, 'one', T0);
  expect(isGranted(ask(first.state, 'two', T0 - 1_000))).toBe(false);
  expect(isGranted(ask(first.state, 'two', T0 - 3_600_000))).toBe(true);
});

test('a device has one slot: asking again gives up the one before', () => {
  const first = ask(NO_SLOTS, 'one', T0);
  const again = ask(first.state, 'one', T0 + 1);
  expect(isGranted(again)).toBe(true);
  expect(again.state.live.length).toBe(1);
});

test('who waits and is due goes before a newcomer; who does not come back loses the place', () => {
  const first = ask(NO_SLOTS, 'one', T0);
  const second = ask(first.state, 'two', T0);
  const due = T0 + retryOf(second);
  const freed = releaseSlot(second.state, 'one', `one@${T0}`);
  expect(isGranted(ask(freed, 'new', due - 1_000))).toBe(false);
  expect(isGranted(ask(freed, 'two', due))).toBe(true);
  expect(isGranted(ask(freed, 'new', due + 9_999))).toBe(false);
  expect(isGranted(ask(freed, 'new', due + 10_000))).toBe(true);
  // Long before it is due, an empty server is not kept idle for it.
  expect(isGranted(ask(freed, 'new', T0 + 100))).toBe(true);
});

test('tests are spread over the servers by their load; none set up is said', () => {
  const servers = [
    { url: 'http://a', capacity: 1 },
    { url: 'http://b', capacity: 4 },
  ];
  let state = NO_SLOTS;
  const given: string[] = [];
  for (const device of ['1', '2', '3', '4', '5']) {
    const decision = ask(state, device, T0, servers);
    state = decision.state;
    if ('granted' in decision) given.push(decision.granted.server);
  }
  expect(given.sort()).toEqual(['http://a', 'http://b', 'http://b', 'http://b', 'http://b']);
  expect(isGranted(ask(state, '6', T0, servers))).toBe(false);
  expect(ask(NO_SLOTS, '1', T0, [])).toMatchObject({ reason: 'no measure server is set up' });
});

test('a device that is to test elsewhere does so while there is a place', () => {
  const servers = [
    { url: 'http://a', capacity: 3 },
    { url: 'http://b', capacity: 1 },
  ];
  const elsewhere = (state: SlotState, deviceId: string) =>
    decideSlot(state, servers, { deviceId, slotId: deviceId, jitter: 0, avoid: ['http://a'] }, T0);
  const first = elsewhere(NO_SLOTS, 'one');
  expect(first).toMatchObject({ granted: { server: 'http://b' } });
  expect(elsewhere(first.state, 'two')).toMatchObject({ granted: { server: 'http://a' } });
  expect(ask(NO_SLOTS, 'three', T0, servers)).toMatchObject({ granted: { server: 'http://a' } });
});

const step = fc.oneof(
  fc.record({
    do: fc.constant('ask' as const),
    device: fc.nat(7),
    afterMs: fc.nat(20_000),
    jitter: fc.double({ min: 0, max: 0.999, noNaN: true }),
    avoid: fc.subarray(['http://0', 'http://1', 'http://2']),
  }),
  fc.record({ do: fc.constant('release' as const), device: fc.nat(7), afterMs: fc.nat(20_000) }),
);

test('never more live slots on a server than it carries, nor two for a device', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(3), { maxLength: 3 }),
      fc.array(step, { maxLength: 60 }),
      (capacities, steps) => {
        const servers = capacities.map((capacity, i) => ({ url: `http://${i}`, capacity }));
        let now = T0;
        let state = NO_SLOTS;
        // Kept apart from the state under test.
        let held: LiveSlot[] = [];
        for (const [index, each] of steps.entries()) {
          now += each.afterMs;
          const deviceId = `d${each.device}`;
          if (each.do === 'release') {
            const slotId = held.find((slot) => slot.deviceId === deviceId)?.slotId ?? 'none';
            state = releaseSlot(state, deviceId, slotId);
            held = held.filter((slot) => slot.slotId !== slotId);
            continue;
          }
          const { jitter, avoid } = each;
          const request = { deviceId, slotId: `s${index}`, jitter, avoid };
          const decision = decideSlot(state, servers, request, now);
          state = decision.state;
          held = held.filter((slot) => slot.deviceId !== deviceId);
          if ('granted' in decision) {
            held.push(decision.granted);
            expect(decision.granted.expiresAt - now).toBeLessThanOrEqual(60_000);
          } else {
            expect(decision.retryAfterMs).toBeGreaterThanOrEqual(1_000);
            expect(decision.retryAfterMs).toBeLessThanOrEqual(605_000);
          }
          const live = held.filter((slot) => slot.expiresAt > now);
          for (const { url, capacity } of servers) {
            expect(live.filter((slot) => slot.server === url).length).toBeLessThanOrEqual(capacity);
          }
          expect(new Set(live.map((slot) => slot.deviceId)).size).toBe(live.length);
          expect(new Set(state.waiting.map((w) => w.deviceId)).size).toBe(state.waiting.length);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('devices that do as they are told are served about in the order in which they asked', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 30 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      (count, jitters) => {
        let state = NO_SLOTS;
        const served: number[] = [];
        const queue = Array.from({ length: count }, (_, device) => ({
          device,
          at: T0 + device * 10,
        }));
        const ends: { device: number; at: number; slotId: string }[] = [];
        for (let turn = 0; served.length < count; turn += 1) {
          expect(turn).toBeLessThan(5_000);
          queue.sort((a, b) => a.at - b.at);
          const next = queue.shift();
          if (next === undefined) break;
          for (const end of ends.splice(0).filter((each) => {
            if (each.at <= next.at) return true;
            ends.push(each);
            return false;
          })) {
            state = releaseSlot(state, `d${end.device}`, end.slotId);
          }
          const decision = decideSlot(
            state,
            ONE,
            { deviceId: `d${next.device}`, slotId: `s${turn}`, jitter: jitters.next().value },
            next.at,
          );
          state = decision.state;
          if ('granted' in decision) {
            served.push(next.device);
            ends.push({ device: next.device, at: next.at + 12_000, slotId: `s${turn}` });
          } else {
            queue.push({ device: next.device, at: next.at + decision.retryAfterMs });
          }
        }
        expect([...served].sort((a, b) => a - b)).toEqual(
          Array.from({ length: count }, (_, i) => i),
        );
        // Nobody is passed by more than the few who may come in the spread of its return.
        for (const [place, device] of served.entries()) {
          expect(Math.abs(place - device)).toBeLessThanOrEqual(3);
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('a slot is on the server with the largest share of its places free, of those that have one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(4), { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(9), { maxLength: 40 }),
      (capacities, devices) => {
        const servers = capacities.map((capacity, i) => ({ url: `http://${i}`, capacity }));
        let state = NO_SLOTS;
        for (const [index, device] of devices.entries()) {
          const now = T0 + index;
          const live = state.live.filter(({ deviceId }) => deviceId !== `d${device}`);
          const loadOf = ({ url, capacity }: MeasureServer) =>
            live.filter(({ server }) => server === url).length / capacity;
          const decision = ask(state, `d${device}`, now, servers);
          state = decision.state;
          const free = servers.filter((server) => server.capacity > 0 && loadOf(server) < 1);
          if (!('granted' in decision)) continue;
          const { server: url } = decision.granted;
          const chosen = servers.find((server) => server.url === url);
          expect(free).toContainEqual(chosen);
          if (chosen === undefined) continue;
          expect(loadOf(chosen)).toBe(Math.min(...free.map(loadOf)));
        }
      },
    ),
  );
});

test('a server that is away gets no slots, and the places on it are none to wait for', () => {
  const away: readonly MeasureServer[] = [
    { url: 'http://a', capacity: 5, state: 'away' },
    { url: 'http://b', capacity: 1 },
  ];
  const onAway = ask(NO_SLOTS, 'zero', T0, [{ url: 'http://a', capacity: 5 }]);
  const first = ask(onAway.state, 'one', T0 + 10_000, away);
  expect(first).toMatchObject({ granted: { server: 'http://b' } });
  const second = ask(first.state, 'two', T0 + 10_000, away);
  expect(second).toMatchObject({ reason: expect.stringContaining('in use') });
  expect(retryOf(second)).toBe(15_000);
  const none = away.map((server) => ({ ...server, state: 'away' as const }));
  const third = ask(second.state, 'three', T0 + 10_000, none);
  expect(third).toMatchObject({ reason: expect.stringContaining('no measure server answers') });
  expect(retryOf(third)).toBe(60_000);
  expect(retryOf(ask(NO_SLOTS, 'four', T0, [], 0.5))).toBe(90_000);
});
