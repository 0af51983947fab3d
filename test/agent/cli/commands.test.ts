// The agent's commands as a person gives them: real processes, their output and exit codes.
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKey, saveIdentity } from '#agent/identity/identity.ts';
import { openAdmission } from '#collector/meetpunt/admission.ts';
import { openMeetpunt } from '#collector/meetpunt/meetpunt.ts';
import { measurementSchema } from '#shared/model/measurement.ts';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { freePort, start } from '#test/support/process.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

async function agent(args: readonly string[], env: Record<string, string> = {}) {
  await using running = start('agent/main.ts', args, { MEETNET_DATA: folder.path, ...env });
  running.child.stdin?.end();
  const code = await running.exited;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}

test('--help names every command, and the hidden ones are not among them', async () => {
  const { code, stdout } = await agent(['--help']);
  expect(code).toBe(0);
  for (const name of ['enroll', 'run', 'measure', 'calibrate', 'status', 'doctor'])
    expect(stdout).toContain(name);
  for (const name of ['measure-job', 'loopback-peer']) expect(stdout).not.toContain(name);
  expect((await agent(['measure', '--help'])).stdout).toContain('--json');
});

test.each([
  ['an unknown command', ['fly'], 2, /unknown command/],
  ['no code', ['enroll', '--collector', 'http://127.0.0.1:1'], 2, /--code/],
  ['no collector', ['enroll', '--code', 'ABCD'], 2, /--collector/],
  ['no identity', ['run'], 3, /enrol/],
  ['no identity for a slot', ['measure'], 3, /enrol/],
  ['a server of another kind', ['measure', '--server', 'ftp://x'], 2, /http:\/\/HOST:PORT/],
  ['a mode that is none', ['measure', '--mode', 'fast'], 2, /check, capacity/],
])('%s is said on stderr, with its exit code', async (_what, args, code, words) => {
  const result = await agent(args);
  expect(result.code).toBe(code);
  expect(result.stderr).toMatch(words);
  expect(result.stdout).toBe('');
});

test('a person who stops a command is told so, without a trace of the program', async () => {
  // Takes connections and never says a word.
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const connected = new Promise((resolve) => silent.once('connection', resolve));
  await using running = start(
    'agent/main.ts',
    ['enroll', '--collector', `http://127.0.0.1:${port}`, '--code', 'ABCD'],
    { MEETNET_DATA: folder.path },
  );
  await connected;
  expect(await running.end('SIGINT')).toBe(130);
  expect(running.stderr()).toBe('meetnet-agent: stopped by SIGINT\n');
  silent.close();
});

test('a stop that comes by two ways is one stop: the agent ends in order', async () => {
  await using home = await temporaryFolder();
  await saveIdentity(join(home.path, 'agent'), {
    ...createKey(),
    deviceId: '7f4df3c4-6c2c-4f0e-9d0a-0f2d8a1b2c3d',
    ...{ locationId: '16SW03', collector: `http://127.0.0.1:${await freePort()}` },
    ...{ name: 'kast', position: 'off_path', enrolledAt: '2026-11-23T10:00:00.000Z' },
  });
  await using running = start('agent/main.ts', ['run'], { MEETNET_DATA: home.path });
  await running.seen(/no connection to the collector/);
  running.child.kill('SIGINT');
  running.child.kill('SIGTERM');
  expect(await running.exited).toBe(0);
});

test('a proxy that is none is said before anything starts', async () => {
  await using home = await temporaryFolder();
  await saveIdentity(join(home.path, 'agent'), {
    ...createKey(),
    deviceId: '7f4df3c4-6c2c-4f0e-9d0a-0f2d8a1b2c3d',
    ...{ locationId: '16SW03', collector: 'https://meet.example' },
    ...{ name: 'kast', position: 'off_path', enrolledAt: '2026-11-23T10:00:00.000Z' },
  });
  const env = { MEETNET_DATA: home.path, HTTPS_PROXY: 'socks5://me:secret@proxy.example' };
  const { code, stderr } = await agent(['run'], env);
  expect(code).toBe(2);
  expect(stderr).toMatch(/HTTPS_PROXY is no address of an HTTP proxy/);
  expect(stderr).not.toContain('secret');
});

test('run --wait waits for the enrolment, and ends in order before it', async () => {
  await using home = await temporaryFolder();
  await using running = start('agent/main.ts', ['run', '--wait'], { MEETNET_DATA: home.path });
  await running.seen(/not enrolled yet/);
  running.child.kill('SIGTERM');
  expect(await running.exited).toBe(0);
});

test('wrong settings are all named at once', async () => {
  const file = join(folder.path, 'meetnet.yaml');
  await writeFile(file, 'agent:\n  position: roof\n  colour: blue\nport: 8080\n');
  const { code, stderr } = await agent(['status'], {
    MEETNET_CONFIG: file,
    MEETNET_LOG_LEVEL: 'loud',
  });
  expect(code).toBe(2);
  expect(stderr).toMatch(/3 setting\(s\)/);
  expect(stderr).toMatch(/MEETNET_LOG_LEVEL/);
  expect(stderr).toMatch(/agent\.position in .*meetnet\.yaml/);
  expect(stderr).toMatch(/agent\.colour .*no such setting/);
});

test('measure --json prints one object and nothing else, progress goes to stderr', async () => {
  await using meetpunt = await openMeetpunt({
    ...{ host: '127.0.0.1', port: 0, clock: systemClock, log: silentLog },
    admission: openAdmission(),
  });
  const { code, stdout, stderr } = await agent([
    ...['measure', '--json', '--server', `http://127.0.0.1:${meetpunt.port}`],
  ]);
  expect(code).toBe(0);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  const measurement = measurementSchema.parse(JSON.parse(stdout));
  expect(measurement).toMatchObject({ protocol: 'meetpunt/1', flags: expect.any(Array) });
  for (const direction of [measurement.download, measurement.upload]) {
    expect(direction?.goodput).toBeLessThan(direction?.ipCapacity ?? 0);
    expect(direction?.interval[0]).toBeLessThanOrEqual(direction?.ipCapacity ?? 0);
    expect(direction?.bytes).toBeGreaterThan(0);
    expect(['pass', 'fail', 'inconclusive']).toContain(direction?.outcome);
  }
  expect(stderr).toMatch(/download .* Mbit\/s/);
});

test('a test that fails is still one JSON object, with exit code 5', async () => {
  const { code, stdout } = await agent([
    'measure',
    '--json',
    '--server',
    `http://127.0.0.1:${await freePort()}`,
  ]);
  expect(code).toBe(5);
  expect(measurementSchema.parse(JSON.parse(stdout)).failure?.code).toBe('connect_refused');
});

test('the measuring job: a request in, lines out', async () => {
  await using job = startJob(await freePort());
  expect(await job.exited).toBe(0);
  const last = JSON.parse(job.stdout().trim().split('\n').at(-1) ?? '');
  expect(measurementSchema.parse(last.measurement).failure?.code).toBe('connect_refused');
});

test('the measuring job ends when the process that started it is gone', async () => {
  // Takes connections and never says a word.
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  await using job = startJob(typeof address === 'object' && address !== null ? address.port : 0);
  await job.seen(/"phase":"latency"/);
  job.child.stdin?.end();
  expect(await job.exited).toBe(0);
  expect(job.stdout()).toMatch(/"code":"stopped"/);
  silent.close();
});

function startJob(port: number) {
  const job = start('agent/main.ts', ['measure-job'], { MEETNET_DATA: folder.path });
  const request = {
    deviceId: '7f4df3c4-6c2c-4f0e-9d0a-0f2d8a1b2c3d',
    server: `http://127.0.0.1:${port}`,
    plan: DEFAULT_PLAN,
    mode: 'check',
  };
  job.child.stdin?.write(`${JSON.stringify(request)}\n`);
  return job;
}

test('status and doctor work before enrolment, as text and as JSON', async () => {
  expect((await agent(['status'])).stdout).toMatch(/not enrolled/);
  expect(JSON.parse((await agent(['status', '--json'])).stdout)).toMatchObject({
    agent: 'not enrolled',
  });
  const { stdout } = await agent(['doctor', '--json']);
  const names = JSON.parse(stdout).map(({ name }: { name: string }) => name);
  expect(names).toEqual(
    expect.arrayContaining(['Node', 'data directory', 'identity', 'collector', 'network port']),
  );
  expect(
    await readFile(join(folder.path, 'agent', 'status.json'), 'utf8').catch(() => 'none'),
  ).toBe('none');
});
