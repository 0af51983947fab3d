// The measure server as a process of its own: beside others of the same collector, over TLS, with
// metrics, and how it stops.
import { copyFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { measurementSchema } from '#shared/model/measurement.ts';
import { measureServerListSchema } from '#shared/wire/api.ts';
import { SPEED_PREFIX } from '#shared/wire/speed.ts';
import { enrolAgent } from '#test/support/agent.ts';
import { makeAuthority } from '#test/support/certificates.ts';
import { signIn, startCollector } from '#test/support/collector.ts';
import { eventually, freePort, type Running, start } from '#test/support/process.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

/** Each starts several processes, on a machine that does other things too. */
vi.setConfig({ testTimeout: 90_000 });

/** So that loopback need not be quick. */
const EASY = { MEETNET_NORM_DOWNLOAD: '40', MEETNET_NORM_UPLOAD: '20' };

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

test('two agents at once are given two measure servers of one collector, one of them over TLS', async () => {
  const data = join(folder.path, 'collector');
  const [port, authority] = await Promise.all([freePort(), makeAuthority(folder.path)]);
  const { certFile, keyFile } = await authority.issue('meetpunt');
  const elsewhere = `https://127.0.0.1:${port}`;
  await using collector = await startCollector({
    data,
    env: {
      ...EASY,
      MEETNET_MEETPUNTEN: `${elsewhere}=1`,
      // Also the collector looks whether it is there, as agents will find it.
      NODE_EXTRA_CA_CERTS: authority.certFile,
    },
  });
  // As an operator brings it to the other machine.
  const key = join(folder.path, 'key-elsewhere');
  await copyFile(join(data, 'slot.key'), key);
  await using meetpunt = start('collector/main.ts', ['meetpunt', '--port', String(port)], {
    MEETNET_MEETPUNT_KEY_FILE: key,
    MEETNET_MEETPUNT_URL: elsewhere,
    MEETNET_MEETPUNT_TLS_CERT: certFile,
    MEETNET_MEETPUNT_TLS_KEY: keyFile,
    MEETNET_MEETPUNT_METRICS_PORT: '0',
  });
  expect((await meetpunt.seen(/Meetpunt: (\S+)/))[1]).toBe(elsewhere);
  await collector.seen(new RegExp(`a measure server answers.*${port}`));
  const [, metrics = ''] = await meetpunt.seen(/Metrics: (http:\/\/127\.0\.0\.1:\d+\/metrics)/);

  const agents = ['one', 'two'].map((name) => join(folder.path, name));
  for (const agent of agents) await enrolAgent(collector, data, agent);
  const measured = await Promise.all(agents.map((agent) => measure(agent, authority.certFile)));
  expect(measured.map(({ failure }) => failure)).toEqual([undefined, undefined]);
  const servers = measured.map(({ conditions }) => conditions.server);
  expect(new Set(servers).size).toBe(2);
  expect(servers).toContain(elsewhere);
  expect(await (await fetch(metrics)).text()).toContain('meetpunt_tests_total{ended="agent"} 1');
});

async function measure(agentData: string, authorityFile: string) {
  await using agent = start('agent/main.ts', ['measure', '--json'], {
    MEETNET_DATA: agentData,
    NODE_EXTRA_CA_CERTS: authorityFile,
  });
  await agent.exited;
  return measurementSchema.parse(JSON.parse(agent.stdout()));
}

test('the collector notices that a measure server elsewhere is away, and that it is back', async () => {
  const data = join(folder.path, 'collector');
  const port = await freePort();
  const elsewhere = `http://127.0.0.1:${port}`;
  await using collector = await startCollector({
    data,
    env: { MEETNET_MEETPUNT_SLOTS: '0', MEETNET_MEETPUNTEN: `${elsewhere}=3` },
  });
  const cookie = await signIn(collector);
  const server = async () => {
    const reply = await fetch(`${collector.url}/api/v1/measure-servers`, { headers: { cookie } });
    return measureServerListSchema.parse(await reply.json()).servers[0];
  };
  await collector.seen(/a measure server is away.*connect_refused/);
  expect(await server()).toMatchObject({
    ...{ url: elsewhere, slots: 3, inUse: 0, state: 'away' },
    lastError: { code: 'connect_refused' },
  });
  // It can still take measurements in, and show them.
  expect((await fetch(`${collector.url}/readyz`)).status).toBe(200);
  await using _meetpunt = start('collector/main.ts', [
    ...['meetpunt', '--port', String(port), '--key-file', join(data, 'slot.key')],
  ]);
  await eventually('it is seen', async () => ((await server())?.state === 'up' ? true : undefined));
});

test('SIGTERM refuses new tests and lets the one that runs come to its end', async () => {
  const { meetpunt, tests } = await openOne();
  await using _running = meetpunt;
  const { testId } = (await (await fetch(tests, { method: 'POST' })).json()) as { testId: string };
  let received = 0;
  const socket = connect(Number(new URL(tests).port), '127.0.0.1');
  socket.on('data', (chunk) => {
    received += chunk.length;
  });
  socket.on('error', () => {});
  socket.write(`GET ${SPEED_PREFIX}/tests/${testId}/download?pace=8 HTTP/1.1\r\nHost: x\r\n\r\n`);
  await eventually('it has begun', async () => received > 10_000 || undefined);
  meetpunt.child.kill('SIGTERM');
  await meetpunt.seen(/those that run may end.*running=1/);
  const refused = await fetch(tests, { method: 'POST' });
  expect([refused.status, await refused.text()]).toEqual([
    503,
    expect.stringContaining('stopping'),
  ]);
  const before = received;
  await eventually('it goes on', async () => received > before + 100_000 || undefined);
  const receipt = await fetch(`${tests}/${testId}`, { method: 'DELETE' });
  expect(await receipt.json()).toMatchObject({ receivedBytes: 0, sentBytes: expect.any(Number) });
  expect(await meetpunt.exited).toBe(0);
});

test('a second signal stops it at once, whatever runs', async () => {
  const { meetpunt, tests } = await openOne();
  await using _running = meetpunt;
  await fetch(tests, { method: 'POST' });
  meetpunt.child.kill('SIGTERM');
  await meetpunt.seen(/those that run may end/);
  meetpunt.child.kill('SIGTERM');
  expect(await meetpunt.exited).toBe(130);
});

async function openOne(): Promise<{ meetpunt: Running; tests: string }> {
  const meetpunt = start('collector/main.ts', ['meetpunt', '--open', '--port', '0']);
  const [, origin] = await meetpunt.seen(/Meetpunt: (\S+)/);
  return { meetpunt, tests: `${origin}${SPEED_PREFIX}/tests` };
}

test('--help tells every option; what is wrong is told in words, with its exit code', async () => {
  const authority = await makeAuthority(folder.path);
  const { certFile, keyFile } = await authority.issue('good');
  const help = await run(['--help']);
  expect(help.code).toBe(0);
  for (const word of [
    '--host',
    '--port',
    '--slots',
    '--key-file',
    '--open',
    'TLS',
    'METRICS',
    'refuse new tests',
  ]) {
    expect(help.stdout).toMatch(new RegExp(word));
  }
  const cases = [
    { env: { MEETNET_MEETPUNT_TLS_CERT: certFile }, words: /MEETNET_MEETPUNT_TLS_KEY is not set/ },
    { env: { MEETNET_MEETPUNT_TLS_KEY: keyFile }, words: /MEETNET_MEETPUNT_TLS_CERT is not set/ },
    {
      env: { MEETNET_MEETPUNT_TLS_CERT: certFile, MEETNET_MEETPUNT_TLS_KEY: authority.keyFile },
      words: /is not that of the certificate/,
    },
  ];
  for (const { env, words } of cases) {
    const result = await run(['--open', '--port', '0'], env);
    expect([result.code, result.stderr]).toEqual([2, expect.stringMatching(words)]);
  }
  expect(await run(['--open', '--slots', '0'])).toMatchObject({ code: 2 });
  const lonely = await run([], { MEETNET_MEETPUNT_SLOTS: '0' }, 'serve');
  expect([lonely.code, lonely.stderr]).toEqual([2, expect.stringMatching(/no test could ever/)]);
});

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  command = 'meetpunt',
) {
  await using running = start('collector/main.ts', [command, ...args], {
    MEETNET_DATA: join(folder.path, 'data'),
    ...env,
  });
  const code = await running.exited;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}
