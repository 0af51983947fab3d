// Enrolment over real HTTP: against the collector's own API, and against what is none.

import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { collectorUrl, type EnrolOptions, enrol } from '#agent/identity/enrol.ts';
import { identityPath, loadIdentity } from '#agent/identity/identity.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { type Harness, openHarness } from '#test/collector/api/harness.ts';
import { testOutbound } from '#test/support/outbound.ts';
import { freePort } from '#test/support/process.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

let at: Harness;
let folder: TemporaryFolder;
let url: string;

beforeEach(async () => {
  at = await openHarness();
  folder = await temporaryFolder();
  url = await at.app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  await at[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const directory = () => join(folder.path, 'agent');
function options(change: Partial<EnrolOptions> = {}): EnrolOptions {
  return {
    ...{ directory: directory(), collector: `${url}/`, code: 'none', name: 'kast' },
    ...{ position: 'off_path', agentVersion: '0.1.0', clock: systemClock, existing: 'keep' },
    outbound: testOutbound(),
    ...change,
  };
}
async function newCode(): Promise<string> {
  const path = '/api/v1/locations/16SW03/enrolment-codes';
  return (await at.asOperator({ method: 'POST', url: path })).json().code;
}

test('a code gives an identity, kept for its owner alone, that the collector knows', async () => {
  const identity = await enrol(options({ code: await newCode() }));
  expect(identity).toMatchObject({ locationId: '16SW03', collector: url, name: 'kast' });
  expect(await loadIdentity(directory())).toEqual(identity);
  expect((await stat(identityPath(directory()))).mode & 0o777).toBe(0o600);
  const device = await at.registry.device(identity.deviceId);
  expect(device).toMatchObject({ publicKey: identity.publicKey, position: 'off_path' });
});

test('an identity that is there is kept, unless it is told to make way', async () => {
  const first = await enrol(options({ code: await newCode() }));
  const code = await newCode();
  await expect(enrol(options({ code }))).rejects.toMatchObject({ code: 'already_enrolled' });
  expect(await loadIdentity(directory())).toEqual(first);
  // The code was not used up by the refusal.
  const second = await enrol(options({ code, existing: 'replace' }));
  expect(second.deviceId).not.toBe(first.deviceId);
  expect(await loadIdentity(directory())).toEqual(second);
});

test('a code that is unknown, used or too old: the collector’s own words, and no identity', async () => {
  await expect(enrol(options({ code: 'ZZZZ-ZZZZ-ZZZZ' }))).rejects.toMatchObject({
    code: 'enrolment_code_unknown',
    message: expect.stringContaining('typing errors'),
  });
  const used = await newCode();
  await enrol(options({ code: used, directory: join(folder.path, 'other') }));
  await expect(enrol(options({ code: used }))).rejects.toMatchObject({
    code: 'enrolment_code_used',
  });
  const old = await newCode();
  await at.clock.advance(14 * 86_400_000 + 1);
  await expect(enrol(options({ code: old }))).rejects.toMatchObject({
    code: 'enrolment_code_expired',
  });
  await expect(loadIdentity(directory())).rejects.toMatchObject({ code: 'not_enrolled' });
});

test('a directory that cannot be written is said before the code is spent', async () => {
  const code = await newCode();
  const file = join(folder.path, 'file');
  await writeFile(file, '');
  await expect(enrol(options({ code, directory: join(file, 'agent') }))).rejects.toMatchObject({
    code: 'data_directory',
  });
  const identity = await enrol(options({ code }));
  expect(await readdir(directory())).toEqual(['identity.json']);
  expect(await loadIdentity(directory())).toEqual(identity);
});

test('a name that the collector does not take is said with what is wrong with it', async () => {
  const code = await newCode();
  await expect(enrol(options({ code, name: 'x'.repeat(101) }))).rejects.toMatchObject({
    code: 'bad_request',
    message: expect.stringContaining('name'),
  });
});

test.each<[string, RequestListener]>([
  ['a login page', (_request, reply) => reply.end('<html>Welcome to the school network</html>')],
  ['a redirect', (_request, reply) => reply.writeHead(302, { location: 'http://x.test/' }).end()],
  ['a proxy', (_request, reply) => reply.writeHead(502).end('Bad Gateway')],
  ['somebody else’s API', (_request, reply) => reply.end('{"deviceId":"me","locationId":7}')],
  ['a hang-up', (request) => request.socket.destroy()],
])('%s in the way is named, and leaves no identity', async (_what, listener) => {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const collector = `http://127.0.0.1:${port}`;
  await expect(enrol(options({ collector }))).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining(collector),
  });
  await expect(loadIdentity(directory())).rejects.toMatchObject({ code: 'not_enrolled' });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('nobody there, or nobody who answers: unreachable', async () => {
  const collector = `http://127.0.0.1:${await freePort()}`;
  await expect(enrol(options({ collector }))).rejects.toMatchObject({ code: 'unreachable' });
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const hurried = {
    ...systemClock,
    sleep: (_ms: number, signal?: AbortSignal) => systemClock.sleep(100, signal),
  };
  await expect(
    enrol(
      options({
        collector: `http://127.0.0.1:${port}`,
        outbound: testOutbound({ clock: hurried }),
      }),
    ),
  ).rejects.toMatchObject({ code: 'unreachable', message: expect.stringContaining('15 s') });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test.each([
  ['https://meet.example/', 'https://meet.example'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ['https://meet.example/meetnet/?x#y', 'https://meet.example/meetnet'],
])('%s is kept as %s', (text, kept) => expect(collectorUrl(text)).toBe(kept));

test.each(['meet.example', 'ftp://meet.example', '', 'https://'])('%j is no collector', (text) => {
  expect(() => collectorUrl(text)).toThrow(/https:\/\/meet\.example/);
});

test('an identity that is damaged is named by its file and fields, without its key', async () => {
  const identity = await enrol(options({ code: await newCode() }));
  const path = identityPath(directory());
  const text = await readFile(path, 'utf8');
  for (const broken of ['', '{', text.slice(0, -30), text.replace(identity.deviceId, 'me')]) {
    await writeFile(path, broken);
    const error: unknown = await loadIdentity(directory()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'data_directory' });
    expect(String(error)).toContain(path);
    expect(String(error)).not.toContain('PRIVATE KEY');
  }
});
