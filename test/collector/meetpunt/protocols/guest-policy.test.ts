// What a guest may take: properties of the policy alone.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type GuestLimits, GuestPolicy } from '#collector/meetpunt/protocols/guest-policy.ts';

const LIMITS: GuestLimits = { requests: 3, dayBytes: 1000, lingerMs: 3000, networks: 100 };
const DAY_MS = 86_400_000;

type Step =
  | { readonly do: 'begin'; readonly network: string }
  | { readonly do: 'end'; readonly network: string }
  | { readonly do: 'spend'; readonly network: string; readonly bytes: number }
  | { readonly do: 'wait'; readonly ms: number };

const network = fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8:0:1::/64');
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('begin' as const), network }),
    fc.record({ do: fc.constant('end' as const), network }),
    fc.record({ do: fc.constant('spend' as const), network, bytes: fc.nat(600) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.nat(5000) }),
  ) as fc.Arbitrary<Step>,
  { maxLength: 80 },
);

test('guests never hold more places than there are, nor spend more than their day has', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 3 }), (taken, places) => {
      const policy = new GuestPolicy(LIMITS);
      const running = new Map<string, number>();
      const spent = new Map<string, number>();
      let nowMs = 0;
      for (const step of taken) {
        if (step.do === 'wait') nowMs += step.ms;
        else if (step.do === 'begin') {
          const placesFree = places - policy.places(nowMs);
          const refusal = policy.begin(step.network, { nowMs, now: nowMs, placesFree });
          if (refusal === undefined)
            running.set(step.network, (running.get(step.network) ?? 0) + 1);
        } else if (step.do === 'end') {
          const count = running.get(step.network) ?? 0;
          if (count === 0) continue;
          running.set(step.network, count - 1);
          policy.end(step.network, nowMs);
        } else if ((running.get(step.network) ?? 0) > 0) {
          const given = policy.spend(step.network, step.bytes);
          expect(given).toBeLessThanOrEqual(step.bytes);
          spent.set(step.network, (spent.get(step.network) ?? 0) + given);
        }
        expect(policy.places(nowMs)).toBeLessThanOrEqual(places);
        for (const count of running.values()) expect(count).toBeLessThanOrEqual(LIMITS.requests);
        for (const bytes of spent.values()) expect(bytes).toBeLessThanOrEqual(LIMITS.dayBytes);
      }
    }),
  );
});

test('a place is kept between the requests of one test and free soon after the last', () => {
  const policy = new GuestPolicy(LIMITS);
  expect(policy.begin('a', { nowMs: 0, now: 0, placesFree: 1 })).toBeUndefined();
  policy.end('a', 1000);
  expect(policy.begin('b', { nowMs: 2000, now: 2000, placesFree: 0 })).toBe('busy');
  // The one that holds the place needs no other.
  expect(policy.begin('a', { nowMs: 3000, now: 3000, placesFree: 0 })).toBeUndefined();
  policy.end('a', 4000);
  expect(policy.places(6999)).toBe(1);
  expect(policy.places(7000)).toBe(0);
});

test('spent bytes come back with the next day, not with the next hour', () => {
  const policy = new GuestPolicy(LIMITS);
  policy.begin('a', { nowMs: 0, now: 0, placesFree: 1 });
  expect(policy.spend('a', 5000)).toBe(1000);
  expect(policy.spend('a', 1)).toBe(0);
  policy.end('a', 0);
  const at = (now: number) => policy.begin('a', { nowMs: now, now, placesFree: 1 });
  expect(at(DAY_MS - 1)).toBe('bytes_spent');
  expect(at(DAY_MS)).toBeUndefined();
  expect(policy.spend('a', 5000)).toBe(1000);
});

test('a guest that was shown out lingers no longer', () => {
  const policy = new GuestPolicy(LIMITS);
  policy.begin('a', { nowMs: 0, now: 0, placesFree: 1 });
  policy.end('a', 100);
  policy.giveUpLingering();
  expect(policy.places(101)).toBe(0);
});

test('no more networks are remembered than the limit, and none that is in a test is forgotten', () => {
  const policy = new GuestPolicy({ ...LIMITS, networks: 10 });
  policy.begin('running', { nowMs: 0, now: 0, placesFree: 1 });
  policy.spend('running', 1000);
  for (let i = 0; i < 50; i += 1) {
    policy.begin(`other ${i}`, { nowMs: 0, now: 0, placesFree: 1 });
    policy.end(`other ${i}`, 0);
  }
  expect(policy.begin('running', { nowMs: 0, now: 0, placesFree: 1 })).toBe('bytes_spent');
});
