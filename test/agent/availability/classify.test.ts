import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { classify } from '#agent/availability/classify.ts';
import type { LineLook } from '#shared/model/availability.ts';

const COLLECTOR = { kind: 'collector', name: 'meetnet.example.nl:443' } as const;
const SERVER = { kind: 'measure_server', name: 'meet1.example.nl:8081' } as const;
const BESIDE = { kind: 'measure_server', name: 'meetnet.example.nl:8081' } as const;

function evidence(change: Partial<LineLook> = {}): LineLook {
  return {
    port: { name: 'eth0', carrier: true, hasAddress: true, wireless: false },
    gateway: 'answers',
    gatewaySide: 'location',
    dns: 'not_asked',
    targets: [
      { ...COLLECTOR, answers: false },
      { ...SERVER, answers: false },
    ],
    ...change,
  };
}
const one = [{ ...COLLECTOR, answers: false }];
const port = { name: 'eth0', carrier: true, hasAddress: true, wireless: false };

test.each([
  ['two targets silent behind a whole network', {}, 'line_down'],
  ['the collector answers', { targets: [{ ...COLLECTOR, answers: true }] }, 'up'],
  [
    'a measure server answers, the collector does not',
    { targets: [...one, { ...SERVER, answers: true }] },
    'collector_down',
  ],
  ['a single target is silent', { targets: one }, 'unreachable'],
  [
    'two targets on one host are one target',
    { targets: [...one, { ...BESIDE, answers: false }] },
    'unreachable',
  ],
  ['a single target and DNS are silent', { targets: one, dns: 'silent' }, 'line_down'],
  ['a single target is silent, DNS answers', { targets: one, dns: 'answers' }, 'collector_down'],
  ['all targets are silent, DNS answers', { dns: 'answers' }, 'unreachable'],
  [
    'a refusal, which a box at the location may give',
    { targets: [...one, { ...SERVER, answers: false, code: 'ECONNREFUSED' }] },
    'unreachable',
  ],
  ['two targets silent to a device that must use a proxy', { isProxied: true }, 'unreachable'],
  [
    'no carrier, with a proxy',
    { isProxied: true, port: { ...port, carrier: false } },
    'local_down',
  ],
  ['no carrier', { port: { ...port, carrier: false } }, 'local_down'],
  ['no address', { port: { ...port, hasAddress: false } }, 'local_down'],
  ['no route', { gateway: 'none' }, 'local_down'],
  ["the location's gateway is silent", { gateway: 'silent' }, 'local_down'],
  ["the provider's gateway is silent", { gateway: 'silent', gatewaySide: 'provider' }, 'line_down'],
  [
    'the provider gives no address',
    { gateway: 'none', gatewaySide: 'provider', port: { ...port, hasAddress: false } },
    'line_down',
  ],
  [
    "no carrier on the provider's side either",
    { gatewaySide: 'provider', port: { ...port, carrier: false } },
    'local_down',
  ],
  ['a gateway that cannot be told', { gateway: 'unknown' }, 'line_down'],
] as const)('%s', (_, change, state) => {
  expect(classify(evidence(change as Partial<LineLook>))).toBe(state);
});

test('whatever else was seen, an answer from beyond the line means that it is up', () => {
  fc.assert(
    fc.property(
      fc.record({
        gateway: fc.constantFrom('answers', 'silent', 'none', 'unknown', 'not_asked'),
        dns: fc.constantFrom('answers', 'silent', 'not_asked'),
        carrier: fc.boolean(),
        hasAddress: fc.boolean(),
        answers: fc.tuple(fc.boolean(), fc.boolean()),
      }),
      ({ gateway, dns, carrier, hasAddress, answers }) => {
        const state = classify(
          evidence({
            ...({ gateway, dns } as Pick<LineLook, 'gateway' | 'dns'>),
            port: { ...port, carrier, hasAddress },
            targets: [
              { ...COLLECTOR, answers: answers[0] },
              { ...SERVER, answers: answers[1] },
            ],
          }),
        );
        const isUp = state === 'up' || state === 'collector_down';
        if (answers[0] || answers[1]) expect(isUp).toBe(true);
        else expect(isUp).toBe(false);
        if (state === 'line_down') {
          expect([carrier, hasAddress, dns]).toEqual([
            true,
            true,
            expect.not.stringMatching(/^answers$/),
          ]);
        }
      },
    ),
  );
});
