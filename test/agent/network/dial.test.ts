// The way out over real sockets: Debian's tinyproxy, certificates of openssl, both address families.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { LookupFunction } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OutboundOptions } from '#agent/network/outbound.ts';
import { createTrust } from '#agent/network/trust.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { type Authority, makeAuthority } from '#test/support/certificates.ts';
import { testOutbound } from '#test/support/outbound.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';
import { startTinyproxy } from '#test/support/tinyproxy.ts';
import { startTlsRelay } from '#test/support/tls-relay.ts';

const never = new AbortController().signal;
const LIMITS = { deadlineMs: 30_000, maxBytes: 1_000 } as const;
/** An address of this host that is not loopback's, to which proxies are not asked. */
const THIS_HOST = '0.0.0.0';
const NAMES = `IP:127.0.0.1,IP:${THIS_HOST},DNS:localhost,DNS:meet.test`;

let folder: TemporaryFolder;
let own: Authority;
let filter: Authority;
beforeAll(async () => {
  folder = await temporaryFolder();
  [own, filter] = await Promise.all([
    makeAuthority(folder.path, 'School Authority'),
    makeAuthority(folder.path, 'Filter Root'),
  ]);
});
afterAll(() => folder[Symbol.asyncDispose]());

interface Web extends AsyncDisposable {
  readonly port: number;
  readonly asked: string[];
}

async function web(
  listener: RequestListener = (_request, reply) => reply.end('ok'),
  host = '127.0.0.1',
): Promise<Web> {
  const asked: string[] = [];
  const server: Server = createServer((request, reply) => {
    asked.push(`${request.method} ${request.url}`);
    listener(request, reply);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  return {
    asked,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function ask(url: string, change: Partial<OutboundOptions> = {}) {
  using outbound = testOutbound(change);
  return outbound.exchange(new URL(url), { ...LIMITS, method: 'GET' }, never);
}

const trusting = (authority: Authority) => ({ trust: createTrust(() => [authority.cert]) });

test('through a proxy that wants a password, over TLS whose authority only this host knows', async () => {
  await using at = await web();
  await using tls = await startTlsRelay(
    at.port,
    await own.issue('one', { names: NAMES }),
    THIS_HOST,
  );
  await using proxy = await startTinyproxy(folder.path, { basicAuth: 'school secret' });
  const env = { HTTPS_PROXY: `http://school:secret@127.0.0.1:${proxy.port}` };
  const url = `https://${THIS_HOST}:${tls.port}/path?query`;
  expect(await ask(url, { env, ...trusting(own) })).toMatchObject({ status: 200, text: 'ok' });
  expect(at.asked).toEqual(['GET /path?query']);
  expect(await proxy.log()).toContain(`CONNECT ${THIS_HOST}:${tls.port}`);

  const without = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
  await expect(ask(url, { env: without, ...trusting(own) })).rejects.toMatchObject({
    trouble: { code: 'proxy_refused' },
    message: expect.stringContaining('407'),
  });
});

test('an address in clear goes through a tunnel too; a proxy that refuses it is named', async () => {
  await using at = await web();
  await using proxy = await startTinyproxy(folder.path, { connectPort: at.port });
  const env = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` };
  expect(await ask(`http://${THIS_HOST}:${at.port}/`, { env })).toMatchObject({ text: 'ok' });
  await expect(ask(`http://${THIS_HOST}:1/`, { env })).rejects.toMatchObject({
    trouble: { code: 'proxy_refused' },
    message: expect.stringMatching(
      /127\.0\.0\.1:\d+ does not let us through to 0\.0\.0\.0:1: HTTP 403/,
    ),
  });
});

test('a filter that opens TLS is named by its issuer, and is sent nothing', async () => {
  await using at = await web();
  await using tls = await startTlsRelay(at.port, await filter.issue('two', { names: NAMES }));
  const url = `https://localhost:${tls.port}/`;
  for (const trust of [createTrust(() => []), createTrust(() => [own.cert])]) {
    await expect(ask(url, { trust })).rejects.toMatchObject({
      code: 'unreachable',
      trouble: { code: 'tls_intercepted', issuer: 'Filter Root' },
      message: expect.stringContaining('let it pass localhost unopened'),
    });
  }
  expect(tls.received).toBe(0);
  expect(await ask(url, trusting(filter))).toMatchObject({ text: 'ok' });
});

test('a certificate for another name, one that has ended, and one that a clock behind cannot take', async () => {
  await using at = await web();
  const other = await own.issue('three', { names: 'DNS:login.example' });
  await using tls = await startTlsRelay(at.port, other);
  const url = `https://localhost:${tls.port}/`;
  await expect(ask(url, trusting(own))).rejects.toMatchObject({
    trouble: { code: 'tls_intercepted', issuer: 'School Authority' },
  });
  tls.renew(await own.issue('four', { names: NAMES, days: -1 }));
  await expect(ask(url, trusting(own))).rejects.toMatchObject({
    trouble: { code: 'certificate_expired' },
  });
  tls.renew(await own.issue('five', { names: NAMES }));
  expect(await ask(url, trusting(own))).toMatchObject({ text: 'ok' });
});

test('something that is no TLS at all is named', async () => {
  await using at = await web();
  await expect(ask(`https://localhost:${at.port}/`)).rejects.toMatchObject({
    trouble: { code: 'tls_failed' },
  });
});

test.each([
  ['IPv4', '127.0.0.1'],
  ['IPv6', '::1'],
])('a name with both families is reached where only %s answers', async (_family, host) => {
  await using at = await web(undefined, host);
  const both: LookupFunction = (_name, _options, done) =>
    (done as (error: null, addresses: object[]) => void)(null, [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ]);
  const reply = await ask(`http://meet.test:${at.port}/`, { lookup: both });
  expect(reply).toMatchObject({ text: 'ok' });
});

test('a name that is not found, and an end that never answers, are named', async () => {
  const missing: LookupFunction = (name, _options, done) =>
    done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }), '');
  await expect(ask('https://meet.test/', { lookup: missing })).rejects.toMatchObject({
    trouble: { code: 'dns_lookup_failed' },
    message: expect.stringContaining('meet.test'),
  });
  await using mute = await web(() => {});
  const hurried = {
    ...systemClock,
    sleep: (_ms: number, signal?: AbortSignal) => systemClock.sleep(200, signal),
  };
  await expect(ask(`http://localhost:${mute.port}/`, { clock: hurried })).rejects.toMatchObject({
    trouble: { code: 'connect_timed_out' },
  });
});

test('connections are kept between requests, and a stop ends what is under way', async () => {
  const ports = new Set<number | undefined>();
  await using at = await web((request, reply) => {
    ports.add(request.socket.remotePort);
    if (request.url !== '/hang') reply.end('x'.repeat(5_000));
  });
  using outbound = testOutbound();
  const stop = new AbortController();
  const get = (path: string) =>
    outbound.exchange(
      new URL(path, `http://localhost:${at.port}`),
      { ...LIMITS, maxBytes: 10_000, method: 'GET' },
      stop.signal,
    );
  for (const path of ['/a', '/b', '/c']) expect((await get(path)).text).toHaveLength(5_000);
  expect(ports.size).toBe(1);
  const hanging = get('/hang');
  hanging.catch(() => {});
  await expect.poll(() => at.asked.at(-1), { timeout: 30_000 }).toBe('GET /hang');
  const reason = new Error('stopping');
  stop.abort(reason);
  await expect(hanging).rejects.toBe(reason);
});
