// A measure server over TLS: readings, what they count as overhead, and certificates that are wrong.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAdmission } from '#collector/meetpunt/admission.ts';
import { readCertificate, watchCertificate } from '#collector/meetpunt/certificate.ts';
import { type Meetpunt, openMeetpunt } from '#collector/meetpunt/meetpunt.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import { measurementSchema } from '#shared/model/measurement.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { payloadShare } from '#shared/wire/speed.ts';
import { type Authority, type MadeCertificate, makeAuthority } from '#test/support/certificates.ts';
import { countingRelay } from '#test/support/counting-relay.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { start } from '#test/support/process.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

let folder: TemporaryFolder;
let authority: Authority;
let stranger: Authority;
let good: MadeCertificate;

beforeAll(async () => {
  folder = await temporaryFolder();
  authority = await makeAuthority(folder.path);
  stranger = await makeAuthority(folder.path, 'stranger');
  good = await authority.issue('good');
});
afterAll(() => folder[Symbol.asyncDispose]());

function open(certificate: MadeCertificate): Promise<Meetpunt> {
  return openMeetpunt({
    ...{ host: '127.0.0.1', port: 0, clock: systemClock, log: silentLog },
    admission: openAdmission(),
    certificate,
  });
}

/** The agent's own command: what it trusts is settled when its process starts. */
async function measure(server: string, trusts = authority): Promise<Measurement> {
  await using agent = start('agent/main.ts', ['measure', '--json', '--server', server], {
    NODE_EXTRA_CA_CERTS: trusts.certFile,
  });
  await agent.exited;
  return measurementSchema.parse(JSON.parse(agent.stdout()));
}

test('a check over TLS counts both directions, and its reading counts what TLS adds', async () => {
  await using meetpunt = await open(good);
  await using relay = await countingRelay(meetpunt.port);
  const { download, upload, failure, conditions } = await measure(
    `https://127.0.0.1:${relay.port}`,
  );
  expect(failure).toBeUndefined();
  expect(conditions.server).toMatch(/^https:/);
  expect(download?.outcome).not.toBe('fail');
  const stats = meetpunt.stats();
  expect(stats.sentBytes).toBeGreaterThan(10_000_000);
  expect(stats.receivedBytes).toBeGreaterThan(1_000_000);
  expect(upload?.bytes).toBeGreaterThan(1_000_000);
  expect(relay.downBytes()).toBeGreaterThan(download?.bytes ?? Number.NaN);
  // The reading is of the IP layer: more than its goodput by TCP's, IP's and TLS's share.
  const share = payloadShare(1500, 4, 'tls');
  expect((download?.goodput ?? 0) / (download?.ipCapacity ?? 1)).toBeCloseTo(share, 4);
});

test('TLS adds to a load just what the reading takes it to', async () => {
  const block = randomBytes(256 * 1024);
  const load = 128;
  const server = createTlsServer({ cert: good.cert, key: good.key, minVersion: 'TLSv1.3' });
  server.on('secureConnection', async (socket) => {
    for (let i = 0; i < load; i += 1) {
      if (!socket.write(block)) await once(socket, 'drain');
    }
    socket.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await using relay = await countingRelay((server.address() as AddressInfo).port);
  const client = connectTls({ port: relay.port, host: '127.0.0.1', ca: [authority.cert] });
  let payload = 0;
  client.on('data', (chunk: Buffer) => {
    payload += chunk.length;
  });
  await once(client, 'end');
  server.close();
  expect(payload).toBe(load * block.length);
  // All on the wire but the handshake, of some kB in 33 MB.
  const seen = payload / relay.downBytes();
  const supposed = payloadShare(1500, 4, 'tls') / payloadShare(1500, 4);
  expect(supposed).toBeLessThan(0.999);
  expect(Math.abs(seen / supposed - 1)).toBeLessThan(0.0003);
});

test('the same port answers in the clear', async () => {
  await using meetpunt = await open(good);
  const reply = await fetch(`http://127.0.0.1:${meetpunt.port}/meetpunt/v1/ping`);
  expect(reply.status).toBe(204);
});

test.each([
  ['of an authority that is not known here', 'stranger', {}],
  ['for another name', 'authority', { names: 'DNS:elsewhere.example' }],
  ['over its time', 'authority', { days: -1 }],
] as const)('a certificate %s is a failure of its own', async (_what, who, change) => {
  const by = who === 'stranger' ? stranger : authority;
  await using meetpunt = await open(await by.issue('bad', change));
  const { failure, download } = await measure(`https://127.0.0.1:${meetpunt.port}`);
  expect(download).toBeUndefined();
  expect(failure).toMatchObject({ code: 'tls_untrusted' });
  expect(failure?.message).toMatch(/filter/);
  expect(failure?.message).toMatch(/NODE_EXTRA_CA_CERTS/);
  expect(meetpunt.stats().tests).toBe(0);
});

test('TLS that a server does not speak is refused, and said so', async () => {
  await using meetpunt = await openMeetpunt({
    ...{ host: '127.0.0.1', port: 0, clock: systemClock, log: silentLog },
    admission: openAdmission(),
  });
  const { failure } = await measure(`https://127.0.0.1:${meetpunt.port}`);
  expect(['connection_reset', 'connection_closed', 'tls_failed']).toContain(failure?.code);
  expect(meetpunt.stats().refusedBy).toEqual({ tls: 1 });
});

test('certificate files are checked in words before anything listens', async () => {
  const clock = systemClock;
  const other = await authority.issue('other');
  const text = join(folder.path, 'text.pem');
  await writeFile(text, 'hello');
  const files = { cert: good.certFile, key: good.keyFile };
  expect(await readCertificate(files, clock)).toEqual({ cert: good.cert, key: good.key });
  const wrong = [
    [{ ...files, cert: '/nowhere.pem' }, /MEETNET_MEETPUNT_TLS_CERT.*ENOENT/],
    [{ ...files, key: '/nowhere.pem' }, /MEETNET_MEETPUNT_TLS_KEY.*ENOENT/],
    [{ ...files, cert: text }, /holds no certificate in PEM form/],
    [{ ...files, key: text }, /holds no private key/],
    [{ ...files, key: other.keyFile }, /is not that of the certificate/],
  ] as const;
  for (const [bad, words] of wrong) {
    await expect(readCertificate(bad, clock)).rejects.toMatchObject({
      code: 'bad_settings',
      message: expect.stringMatching(words),
    });
  }
  const ended = await authority.issue('ended', { days: -1 });
  await expect(
    readCertificate({ cert: ended.certFile, key: ended.keyFile }, clock),
  ).rejects.toThrow(/ended at/);
});

test('a renewed certificate is taken without a restart, and a bad one is not', async () => {
  const files = { cert: join(folder.path, 'live.pem'), key: join(folder.path, 'live.key') };
  const put = async (made: MadeCertificate) => {
    await writeFile(files.key, made.key);
    await writeFile(files.cert, made.cert);
  };
  await put(good);
  const clock = new FakeClock(Date.now());
  const found: string[] = [];
  const errors: string[] = [];
  const first = await readCertificate(files, clock);
  const seen = { wake: Promise.withResolvers<void>() };
  const stop = watchCertificate(files, first, {
    clock,
    log: {
      ...silentLog,
      error: (message) => {
        errors.push(message);
        seen.wake.resolve();
      },
    },
    onNew: ({ cert }) => {
      found.push(cert);
      seen.wake.resolve();
    },
  });
  const renewed = await authority.issue('renewed');
  await put(renewed);
  await clock.advance(60_000);
  await seen.wake.promise;
  expect(found).toEqual([renewed.cert]);
  seen.wake = Promise.withResolvers();
  await writeFile(files.cert, 'half a fi');
  await clock.advance(60_000);
  await seen.wake.promise;
  expect(errors).toHaveLength(1);
  expect(found).toHaveLength(1);
  stop();

  // And new connections have it.
  await using meetpunt = await open(await stranger.issue('before'));
  meetpunt.renew({ cert: renewed.cert, key: renewed.key });
  const { failure } = await measure(`https://127.0.0.1:${meetpunt.port}`);
  expect(failure).toBeUndefined();
});
