// One look at a measure server over real sockets, in the clear and over TLS.
import { createServer, type Server as HttpServer } from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROBE_DEADLINE_MS, type ProbeTarget, probeServer } from '#collector/slots/probe-server.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { type Authority, makeAuthority } from '#test/support/certificates.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { openTestMeetpunt, originOf } from '#test/support/meetpunt.ts';
import { freePort } from '#test/support/process.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

let folder: TemporaryFolder;
let authority: Authority;

beforeAll(async () => {
  folder = await temporaryFolder();
  authority = await makeAuthority(folder.path);
  setDefaultCACertificates([...getCACertificates('default'), authority.cert]);
});
afterAll(() => folder[Symbol.asyncDispose]());

const probe = (target: string | ProbeTarget, signal = new AbortController().signal) =>
  probeServer(typeof target === 'string' ? { url: target } : target, systemClock, signal);

test('one that answers is there, also while its places are taken and it admits nobody', async () => {
  await using meetpunt = await openTestMeetpunt({ maxTests: 1 });
  await fetch(`${originOf(meetpunt)}/meetpunt/v1/tests`, { method: 'POST' });
  expect(await probe(originOf(meetpunt))).toBeUndefined();
  await meetpunt.drain(0);
  expect(await probe(originOf(meetpunt))).toBeUndefined();
});

test('one that is not there, and a name that nobody has', async () => {
  const port = await freePort();
  expect(await probe(`http://127.0.0.1:${port}`)).toEqual({
    code: 'connect_refused',
    message: expect.stringContaining('ECONNREFUSED'),
  });
  expect(await probe('http://meetpunt.invalid:8081')).toMatchObject({ code: 'dns_lookup_failed' });
});

test('over TLS the certificate counts, and what is wrong with it is named', async () => {
  const stranger = await makeAuthority(folder.path, 'stranger');
  const cases = [
    { made: await authority.issue('good'), expected: undefined },
    { made: await authority.issue('ended', { days: -1 }), expected: /CERT_HAS_EXPIRED/ },
    {
      made: await authority.issue('other', { names: 'DNS:other.example' }),
      expected: /ERR_TLS_CERT_ALTNAME_INVALID/,
    },
    { made: await stranger.issue('strange'), expected: /UNABLE_TO_VERIFY_LEAF_SIGNATURE/ },
  ];
  for (const { made, expected } of cases) {
    await using meetpunt = await openTestMeetpunt({ certificate: made });
    const found = await probe(originOf(meetpunt, 'https'));
    if (expected === undefined) expect(found).toBeUndefined();
    else {
      expect(found).toEqual({
        code: 'tls_untrusted',
        message: expect.stringMatching(expected),
      });
      expect(found?.message).toContain('NODE_EXTRA_CA_CERTS');
    }
  }
  await using clear = await openTestMeetpunt();
  expect(await probe(originOf(clear, 'https'))).toMatchObject({
    code: expect.stringMatching(/^(tls_failed|connection_reset)$/),
  });
});

test('through another way, it is the name that agents are told which the certificate must have', async () => {
  const made = await authority.issue('public', { names: 'DNS:meet.example' });
  await using meetpunt = await openTestMeetpunt({ certificate: made });
  const through = { host: '127.0.0.1', port: meetpunt.port, security: 'tls' } as const;
  expect(await probe({ url: 'https://meet.example', through })).toBeUndefined();
  expect(await probe({ url: 'https://else.example', through })).toMatchObject({
    code: 'tls_untrusted',
  });
  // Behind a proxy that speaks TLS for it.
  const clear = { ...through, security: 'clear' } as const;
  expect(await probe({ url: 'https://else.example', through: clear })).toBeUndefined();
});

test('something else that answers is no measure server', async () => {
  await using web = await listening(
    createServer((request, response) => {
      const isOurs = request.headers.host?.startsWith('127.0.0.1') === true;
      response.writeHead(isOurs ? 204 : 500).end();
    }),
  );
  expect(await probe(web.url)).toMatchObject({ code: 'intercepted' });
  await using broken = await listening(
    createServer((_request, response) => {
      response.writeHead(500, { 'x-meetpunt': 'meetpunt/1' }).end('x'.repeat(100_000));
    }),
  );
  expect(await probe(broken.url)).toMatchObject({
    code: 'protocol_error',
    message: expect.stringContaining('500'),
  });
  await using full = await listening(
    createServer((_request, response) => {
      response.writeHead(429, { 'x-meetpunt': 'meetpunt/1' }).end();
    }),
  );
  expect(await probe(full.url)).toBeUndefined();
});

test('one that takes the connection and says nothing is given up after the deadline', async () => {
  const sockets = new Set<Socket>();
  await using silent = await listening(
    createTcpServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).on('error', () => {});
      socket.resume();
    }),
  );
  const clock = new FakeClock();
  const found = probeServer({ url: silent.url }, clock, new AbortController().signal);
  await until(() => sockets.size === 1);
  await clock.advance(PROBE_DEADLINE_MS);
  expect(await found).toEqual({ code: 'connect_timed_out', message: 'no answer in 5 s' });
  await until(() => sockets.size === 0);
  const stop = new AbortController();
  const stopped = probeServer({ url: silent.url }, clock, stop.signal);
  await until(() => sockets.size === 1);
  stop.abort(new Error('stopping'));
  await expect(stopped).rejects.toThrow('stopping');
  await until(() => sockets.size === 0);
  expect(clock.sleepers).toBe(0);
});

async function listening(server: Server | HttpServer) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
