// Where an ndt7 server is said to be: an address, or what M-Lab's locate service answered.
import { expect, test } from 'vitest';
import { ndt7Address } from '#agent/measure/throughput/protocols/ndt7.ts';
import { ndt7Server } from '#agent/measure/throughput/protocols/ndt7-server.ts';
import { systemClock } from '#shared/runtime/clock.ts';

function addressOf(text: string, direction: 'download' | 'upload'): string {
  const rest = { agentVersion: '1.2.3', payload: new Uint8Array(), clock: systemClock };
  const options = { ...rest, server: ndt7Server(text), onConnected: () => {} };
  return ndt7Address(options, direction);
}

const CLIENT = 'client_name=meetnet-agent&client_version=1.2.3';

/** The form of the service's answer, with an access token in each address. */
function answer(...servers: Record<string, string>[]): string {
  const results = servers.map((urls, i) => ({
    ...{ machine: `mlab${i}-abc.example`, hostname: `ndt-mlab${i}.example`, urls },
    location: { city: 'Amsterdam', country: 'NL' },
  }));
  return JSON.stringify({ results });
}

const NEAREST = {
  'ws:///ndt/v7/download': 'ws://ndt-1.example/ndt/v7/download?access_token=a.b.c&index=0',
  'ws:///ndt/v7/upload': 'ws://ndt-1.example/ndt/v7/upload?access_token=a.b.c&index=0',
  'wss:///ndt/v7/download': 'wss://ndt-1.example/ndt/v7/download?access_token=d.e.f&index=0',
  'wss:///ndt/v7/upload': 'wss://ndt-1.example/ndt/v7/upload?access_token=g.h.i&index=0',
};
const CLEAR = {
  'ws:///ndt/v7/download': 'ws://ndt-2.example/ndt/v7/download?access_token=x',
  'ws:///ndt/v7/upload': 'ws://ndt-2.example/ndt/v7/upload?access_token=x',
};
const HALF = { 'wss:///ndt/v7/download': 'wss://ndt-3.example/ndt/v7/download' };

test.each([
  ['ws://ndt.example', 'upload', `ws://ndt.example/ndt/v7/upload?${CLIENT}`],
  ['https://ndt.example:444', 'download', `wss://ndt.example:444/ndt/v7/download?${CLIENT}`],
  // A full address of one direction stands for both.
  [
    'wss://ndt.example/ndt/v7/download?access_token=x',
    'upload',
    `wss://ndt.example/ndt/v7/upload?access_token=x&${CLIENT}`,
  ],
] as const)('%s: the %s is at %s', (text, direction, address) => {
  expect(addressOf(text, direction)).toBe(address);
});

test('of a located server, the nearest and safest, each direction has its own address', () => {
  const text = answer(NEAREST, CLEAR);
  expect(addressOf(text, 'download')).toBe(
    `wss://ndt-1.example/ndt/v7/download?access_token=d.e.f&index=0&${CLIENT}`,
  );
  expect(addressOf(text, 'upload')).toBe(
    `wss://ndt-1.example/ndt/v7/upload?access_token=g.h.i&index=0&${CLIENT}`,
  );
});

test('a located server without both directions is passed over', () => {
  expect(addressOf(answer(HALF, CLEAR), 'upload')).toBe(
    `ws://ndt-2.example/ndt/v7/upload?access_token=x&${CLIENT}`,
  );
});

test.each([
  ['', /ws\(s\)/],
  ['ndt.example', /ws\(s\)/],
  ['ftp://ndt.example', /ws\(s\)/],
  ['{', /locate service/],
  ['{}', /locate service/],
  ['{"error":{"title":"out of capacity"}}', /locate service/],
  [answer(), /no such server/],
  [answer(HALF), /no such server/],
  [answer({ ...CLEAR, 'ws:///ndt/v7/upload': 'file:///etc/passwd' }), /no such server/],
])('%j is refused in words', (text, words) => {
  expect(() => ndt7Server(text)).toThrow(words);
});
