import { expect, test } from 'vitest';
import { createSlots } from '#collector/slots/slots.ts';
import { verifySlotToken } from '#collector/slots/token.ts';
import { slotGrantSchema } from '#shared/wire/uplink.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { silentLog } from '#test/support/silent-log.ts';

const KEY = new Uint8Array(32).fill(7);

function scene() {
  const clock = new FakeClock();
  let ids = 0;
  const servers = [{ url: 'http://127.0.0.1:0', capacity: 1 }];
  const slots = createSlots({
    servers: () => servers,
    key: KEY,
    maxBytes: 123,
    clock,
    random: seededRandom(1),
    newId: () => `slot-${++ids}`,
    log: silentLog,
  });
  return { clock, slots, servers };
}

test('a grant is of the wire and carries a token that the measure server believes', () => {
  const { clock, slots, servers } = scene();
  servers[0] = { url: 'http://127.0.0.1:8081', capacity: 1 };
  const answer = slots.request('device-1');
  if (!('grant' in answer)) throw new Error(answer.reason);
  const grant = slotGrantSchema.parse(answer.grant);
  expect(grant).toMatchObject({ slotId: 'slot-1', server: 'http://127.0.0.1:8081' });
  expect(verifySlotToken(grant.token, KEY)).toEqual({
    version: 1,
    slotId: 'slot-1',
    deviceId: 'device-1',
    kind: 'throughput',
    notBefore: clock.now() - 5_000,
    expiresAt: grant.expiresAt,
    server: 'http://127.0.0.1:8081',
    maxBytes: 123,
  });
  expect(grant.expiresAt).toBe(clock.now() + 60_000);
});

test('others wait until it is released by its owner, or its time is over', () => {
  const { clock, slots } = scene();
  const first = slots.request('device-1');
  if (!('grant' in first)) throw new Error(first.reason);
  expect(slots.request('device-2')).toMatchObject({ retryAfterMs: expect.any(Number) });
  slots.release('device-2', first.grant.slotId);
  expect('grant' in slots.request('device-2')).toBe(false);
  slots.release('device-1', first.grant.slotId);
  expect('grant' in slots.request('device-2')).toBe(true);
  clock.step(60_000);
  expect('grant' in slots.request('device-3')).toBe(true);
});
