import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TROUBLES } from '#agent/network/trouble.ts';
import {
  afterHttps,
  afterWebSocket,
  FIRST_CHOICE,
  type TransportChoice,
  type TransportEnd,
} from '#agent/uplink/choose-transport.ts';

const broken = { isOrderly: false };
const refused = { trouble: { code: 'not_a_collector' }, isOrderly: false } as const;

test.each([
  ['the upgrade is refused', refused, 'https'],
  ['it opens, and no challenge comes through', broken, 'https'],
  ['the upgrade is cut off', { trouble: { code: 'connection_reset' }, ...broken }, 'https'],
  ['the name is not found', { trouble: { code: 'dns_lookup_failed' }, ...broken }, 'websocket'],
  ['nobody is there', { trouble: { code: 'connect_refused' }, ...broken }, 'websocket'],
  ['TLS is opened', { trouble: { code: 'tls_intercepted' }, ...broken }, 'websocket'],
  ['the collector is full', { trouble: { code: 'collector_busy' }, ...broken }, 'websocket'],
  ['the collector refuses the device', { isOrderly: true }, 'websocket'],
  ['it lasted for hours', { openMs: 9_000_000, isOrderly: false }, 'websocket'],
] as const)('%s: then %j → %s', (_what, end, next) => {
  expect(afterWebSocket(FIRST_CHOICE, end).next).toBe(next);
});

test('WebSockets that break time after time as soon as they are open give way; orderly ends do not', () => {
  const short = { openMs: 40_000, isOrderly: false };
  const twice = afterWebSocket(afterWebSocket(FIRST_CHOICE, short), short);
  expect(twice.next).toBe('websocket');
  expect(afterWebSocket(twice, short).next).toBe('https');
  expect(afterWebSocket(twice, { openMs: 40_000, isOrderly: true })).toEqual(FIRST_CHOICE);
});

test('WebSocket is tried again after an hour, then at longer and longer spaces up to a day', () => {
  let choice = afterWebSocket(FIRST_CHOICE, refused);
  const hours: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    hours.push(choice.backAfterMs / 3_600_000);
    choice = afterWebSocket(afterHttps(choice, { openMs: 1, isOrderly: true }, true), refused);
  }
  expect(hours).toEqual([1, 2, 4, 8, 16, 24, 24]);
  expect(afterWebSocket(choice, { openMs: 200_000, isOrderly: false })).toEqual(FIRST_CHOICE);
});

test('HTTPS that does not get through either sends it back; a break of one that did does not', () => {
  const over = afterWebSocket(FIRST_CHOICE, refused);
  expect(afterHttps(over, refused, false).next).toBe('websocket');
  expect(afterHttps(over, { openMs: 60_000, isOrderly: false }, false)).toEqual(over);
});

test('whatever happens, WebSocket is never further off than one session over HTTPS', () => {
  const end = fc.record(
    {
      trouble: fc.record({ code: fc.constantFrom(...TROUBLES) }),
      openMs: fc.nat(10_000_000),
      isOrderly: fc.boolean(),
    },
    { requiredKeys: ['isOrderly'] },
  ) as fc.Arbitrary<TransportEnd>;
  fc.assert(
    fc.property(fc.array(end, { maxLength: 40 }), (ends) => {
      let choice: TransportChoice = FIRST_CHOICE;
      for (const each of ends) {
        choice =
          choice.next === 'websocket'
            ? afterWebSocket(choice, each)
            : afterHttps(choice, each, false);
        expect(choice.backAfterMs).toBeLessThanOrEqual(86_400_000);
        if (choice.next === 'websocket') continue;
        expect(afterHttps(choice, { openMs: 1, isOrderly: true }, true).next).toBe('websocket');
      }
    }),
  );
});
