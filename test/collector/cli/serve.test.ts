// A real collector process: how it starts, refuses, and ends with all that it started.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { locationListSchema } from '#shared/wire/api.ts';
import { post, signIn, startCollector } from '#test/support/collector.ts';
import { eventually, freePort, start } from '#test/support/process.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

/** Each starts several processes, on a machine that does other things too. */
vi.setConfig({ testTimeout: 90_000 });

let folder: TemporaryFolder;
let data: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, 'data');
});
afterEach(() => folder[Symbol.asyncDispose]());

test('a first run prints where it is and how to get in, once; SIGTERM ends it all in order', async () => {
  const first = await startCollector({ data });
  expect(first.stdout()).toMatch(
    /^Meetnet: http:\/\/127\.0\.0\.1:\d+\n.*\/setup\?token=[\w-]{43}\n$/,
  );
  expect((await stat(data)).mode & 0o777).toBe(0o700);
  expect((await stat(join(data, 'slot.key'))).mode & 0o777).toBe(0o600);
  const meetpunt = await meetpuntOf(first);
  expect(await answers(meetpunt)).toBe(true);
  const cookie = await signIn(first);
  const list = await fetch(`${first.url}/api/v1/locations`, { headers: { cookie } });
  expect(locationListSchema.parse(await list.json()).locations).toEqual([]);
  expect((await fetch(`${first.url}/api/v1/locations`)).status).toBe(401);
  // To the whole group, as Ctrl-C and service managers do.
  expect(await first.end('SIGTERM')).toBe(0);
  expect(first.stderr()).not.toMatch(/error|ended/);
  expect(await answers(meetpunt)).toBe(false);

  await using second = await startCollector({ data });
  expect(second.stdout()).not.toContain('setup');
  expect((await post(second, '/api/v1/setup', { token: 'x' })).status).toBe(400);
  const session = await fetch(`${second.url}/api/v1/session`, { headers: { cookie } });
  expect(await session.json()).toMatchObject({ setupNeeded: false, person: { role: 'operator' } });
});

test('a second collector on the same data or the same port is told so', async () => {
  await using first = await startCollector({ data });
  const env = { MEETNET_DATA: data, MEETNET_PORT: '0', MEETNET_MEETPUNT_PORT: '0' };
  await using sameData = start('collector/main.ts', ['serve'], env);
  expect(await sameData.exited).toBe(7);
  expect(sameData.stderr()).toMatch(/another collector is using .*\(address_in_use\)/);

  const elsewhere = { ...env, MEETNET_DATA: join(folder.path, 'other') };
  const port = new URL(first.url).port;
  await using samePort = start('collector/main.ts', ['serve'], {
    ...elsewhere,
    MEETNET_PORT: port,
  });
  expect(await samePort.exited).toBe(7);
  expect(samePort.stderr()).toContain(`port ${port}`);
  expect(samePort.stderr()).toMatch(/MEETNET_PORT.*\(address_in_use\)/);

  await using sameMeetpunt = start('collector/main.ts', ['serve'], {
    ...elsewhere,
    MEETNET_MEETPUNT_PORT: port,
  });
  expect(await sameMeetpunt.exited).toBe(7);
  expect(sameMeetpunt.stderr()).toMatch(/\(address_in_use\)/);
  expect((await fetch(`${first.url}/healthz`)).status).toBe(200);
});

test('the measure server is started again when it dies, at the same address', async () => {
  await using collector = await startCollector({ data });
  const meetpunt = await meetpuntOf(collector);
  const pid = await childOf(collector.child.pid ?? 0);
  process.kill(pid, 'SIGKILL');
  await collector.seen(/measure server ended/);
  await eventually('it answers again', async () => ((await answers(meetpunt)) ? true : undefined));
  expect(await childOf(collector.child.pid ?? 0)).not.toBe(pid);
});

test('a collector that is killed leaves no measure server behind', async () => {
  const collector = await startCollector({ data });
  const meetpunt = await meetpuntOf(collector);
  process.kill(collector.child.pid ?? 0, 'SIGKILL');
  await eventually('it is gone', async () => ((await answers(meetpunt)) ? undefined : true));
  await collector[Symbol.asyncDispose]();
});

test('the measure server alone prints its address, and says loudly that it is open', async () => {
  const port = await freePort();
  const args = ['meetpunt', '--open', '--port', String(port), '--host', '127.0.0.1'];
  await using meetpunt = start('collector/main.ts', args);
  await meetpunt.seen(/Meetpunt: http/);
  expect(meetpunt.stdout()).toBe(`Meetpunt: http://127.0.0.1:${port}\n`);
  expect(meetpunt.stderr()).toMatch(/warn.*open to anyone/i);
  expect(await answers(`http://127.0.0.1:${port}`)).toBe(true);
  meetpunt.child.kill('SIGINT');
  expect(await meetpunt.exited).toBe(0);
});

test.each([
  ['as it comes', [], {}, 404],
  ['asked to', ['--guests'], {}, 200],
  ['by its settings', [], { MEETNET_MEETPUNT_GUESTS: 'on' }, 200],
])('a measure server with slots, %s, answers guests or not', async (_how, flags, env, status) => {
  const keyFile = join(folder.path, 'slot.key');
  await writeFile(keyFile, Buffer.alloc(32, 7).toString('base64url'));
  const args = ['meetpunt', '--key-file', keyFile, '--port', '0', '--host', '127.0.0.1'];
  await using meetpunt = start('collector/main.ts', [...args, ...flags], env);
  const [, origin] = await meetpunt.seen(/Meetpunt: (http\S+)/);
  expect((await fetch(`${origin}/getIP`)).status).toBe(status);
});

async function meetpuntOf(collector: { seen(pattern: RegExp): Promise<RegExpMatchArray> }) {
  const [, port] = await collector.seen(/measure server listens.* port=(\d+)/);
  return `http://127.0.0.1:${port}`;
}

/** Whether anything answers HTTP there. */
async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

/** The only child process of `pid`. */
async function childOf(pid: number): Promise<number> {
  return eventually('it has a child', async () => {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return Number(children.trim().split(' ')[0]) || undefined;
  });
}
