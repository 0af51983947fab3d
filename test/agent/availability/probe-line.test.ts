// The probes on real sockets: listeners, refusals and silence on loopback, name servers of our own.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { askDns } from '#agent/availability/dns.ts';
import { createKnownAddresses } from '#agent/availability/known-addresses.ts';
import { createProbe } from '#agent/availability/probe-line.ts';
import type { HostFiles } from '#agent/measure/environment/host-files.ts';
import { lineLookSchema } from '#shared/model/availability.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import { freePort } from '#test/support/process.ts';

const signal = new AbortController().signal;
const none: HostFiles = { read: () => undefined };

async function listener() {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    [Symbol.asyncDispose]: () => new Promise<void>((done) => server.close(() => done())),
  };
}

/** Answers each question with this code (RFC 1035 §4.1.1), 0 with an address; undefined: not at all. */
async function nameServer(code: number | undefined) {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (question, from) => {
    asked.push(question.subarray(13, 13 + (question[12] ?? 0)).toString());
    if (code === undefined) return;
    const answer = Buffer.from(question);
    answer[2] = 0x81;
    answer[3] = 0x80 | code;
    const record = Buffer.from('c00c00010001000000050004c0000201', 'hex');
    if (code === 0) answer[7] = 1;
    // The question may carry an EDNS record behind it; the answer has none.
    answer.writeUInt16BE(0, 10);
    const end = question.indexOf(0, 12) + 5;
    socket.send(
      Buffer.concat([answer.subarray(0, end), ...(code === 0 ? [record] : [])]),
      from.port,
      from.address,
    );
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    asked,
    address: `127.0.0.1:${socket.address().port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((done) => socket.close(() => done())),
  };
}

function probeOf(
  collector: string,
  servers: readonly string[],
  files = none,
  nameServers?: readonly string[],
) {
  return createProbe({
    ...{ collector, servers: () => servers, files, clock: systemClock, random: systemRandom },
    addresses: createKnownAddresses(),
    addressesOf: () => ['192.168.1.10'],
    ...(nameServers === undefined ? {} : { nameServers }),
  });
}

test('an end that accepts answers, one that refuses is not silent; then nothing else is asked', async () => {
  await using open = await listener();
  const shut = await freePort();
  const seen = await probeOf(`http://127.0.0.1:${shut}`, [`http://127.0.0.1:${open.port}`])(signal);
  expect(lineLookSchema.parse(seen)).toEqual(seen);
  expect(seen.targets).toEqual([
    { kind: 'collector', name: `127.0.0.1:${shut}`, answers: false, code: 'ECONNREFUSED' },
    { kind: 'measure_server', name: `127.0.0.1:${open.port}`, answers: true },
  ]);
  expect(seen).toMatchObject({ gateway: 'not_asked', dns: 'not_asked' });
});

test('at most three measure servers are asked, those on other hosts first', async () => {
  const shut = await freePort();
  const servers = [`127.0.0.1:${shut + 1}`, '127.0.0.2:1', '127.0.0.3:1', '127.0.0.4:1'];
  const seen = await probeOf(
    `http://127.0.0.1:${shut}`,
    servers.map((each) => `http://${each}`),
  )(signal);
  expect(seen.targets.map(({ name }) => name).slice(1)).toEqual(servers.slice(1));
});

test('all silent: the route, its port, its gateway and DNS are looked at, and remembered', async () => {
  await using dns = await nameServer(3);
  const tree: Record<string, string> = {
    '/proc/net/route':
      'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neth0\t00000000\t0100007F\t0003\t0\t0\t0\t00000000\n',
    '/sys/class/net/eth0/carrier': '1\n',
  };
  const files: HostFiles = { read: (path) => tree[path] };
  const names = ['http://collector.invalid:9', ['http://meet.invalid:9']] as const;
  const probe = probeOf(...names, files, [dns.address]);
  const seen = await probe(signal);
  expect(seen.targets.map(({ answers }) => answers)).toEqual([false, false]);
  // 127.0.0.1 refuses port 53, or accepts it: a gateway that is there.
  expect(seen).toMatchObject({ gateway: 'answers', gatewaySide: 'provider', dns: 'answers' });
  expect(seen.port).toEqual({ name: 'eth0', carrier: true, hasAddress: true, wireless: false });
  tree['/proc/net/route'] = '';
  tree['/sys/class/net/eth0/carrier'] = '0\n';
  const after = await probe(signal);
  expect(after).toMatchObject({ gateway: 'none', gatewaySide: 'provider' });
  expect(after.port).toMatchObject({ name: 'eth0', carrier: false });
}, 30_000);

test.each([
  ['no such name', 3, 'answers'],
  ['an address, which a cut off router may make up', 0, 'silent'],
  ['a server failure', 2, 'silent'],
  ['refused', 5, 'silent'],
  ['nothing', undefined, 'silent'],
] as const)('DNS that says %s is %s', async (_, code, expected) => {
  await using server = await nameServer(code);
  const options = { random: systemRandom, servers: [server.address] };
  expect(await askDns('meetnet.example.nl', options, signal)).toBe(expected);
  expect(server.asked[0]).toMatch(/^[0-9a-f]{24}$/);
});

test('no name, no DNS', async () => {
  const options = { random: systemRandom, servers: ['127.0.0.1:9'] };
  for (const host of ['192.0.2.1', '2001:db8::1', 'localhost']) {
    expect(await askDns(host, options, signal)).toBe('not_asked');
  }
});

test('known addresses: learned while names resolve, kept when they do not', async () => {
  const addresses = createKnownAddresses();
  expect(addresses.of('localhost')).toBe('localhost');
  await addresses.learn(['localhost', '192.0.2.7', 'no-such-name.invalid']);
  expect(addresses.of('localhost')).toMatch(/^(127\.0\.0\.1|::1)$/);
  expect(addresses.of('192.0.2.7')).toBe('192.0.2.7');
  expect(addresses.of('no-such-name.invalid')).toBe('no-such-name.invalid');
});
