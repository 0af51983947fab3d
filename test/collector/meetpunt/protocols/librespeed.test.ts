// LibreSpeed's backend as its documentation and scripts have it, case by case over loopback.
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Meetpunt } from '#collector/meetpunt/meetpunt.ts';
import { REQUEST_LIMIT_MS } from '#collector/meetpunt/protocols/http-load.ts';
import { addressText, chunksOf } from '#collector/meetpunt/protocols/librespeed.ts';
import { openTestMeetpunt } from '#test/support/meetpunt.ts';

interface Case {
  readonly name: string;
  readonly request: string;
  /** Bytes of the request's body. */
  readonly body?: number;
  readonly status: number;
  readonly length?: number;
  /** Content-Length of an answer without a body. */
  readonly declared?: number;
  readonly neverCached?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly absent?: readonly string[];
  readonly json?: unknown;
}

const { cases, neverCached } = JSON.parse(
  readFileSync(new URL('./librespeed-cases.json', import.meta.url), 'utf8'),
) as { cases: readonly Case[]; neverCached: Readonly<Record<string, string>> };

let meetpunt: Meetpunt;
beforeAll(async () => {
  meetpunt = await openTestMeetpunt();
});
afterAll(() => meetpunt[Symbol.asyncDispose]());

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

function ask(method: string, path: string, body?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: meetpunt.port, method, path });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      );
    });
    outgoing.end(body);
  });
}

test.each(cases)('$name: $request', async (wanted) => {
  const [method = '', path = ''] = wanted.request.split(' ');
  const body = wanted.body === undefined ? undefined : Buffer.alloc(wanted.body, 1);
  const answer = await ask(method, path, body);
  expect(answer.status).toBe(wanted.status);
  expect(answer.headers).toMatchObject({
    ...(wanted.neverCached ? neverCached : {}),
    ...wanted.headers,
    ...(wanted.declared === undefined ? {} : { 'content-length': String(wanted.declared) }),
  });
  for (const name of wanted.absent ?? []) expect(answer.headers).not.toHaveProperty(name);
  if (wanted.length !== undefined) expect(answer.body.length).toBe(wanted.length);
  if (wanted.declared !== undefined) expect(answer.body.length).toBe(0);
  const said = answer.body.toString().replace(`//127.0.0.1:${meetpunt.port}/`, '//HOST/');
  if (wanted.json !== undefined) expect(JSON.parse(said)).toEqual(wanted.json);
});

test('garbage does not compress', async () => {
  const { body } = await ask('GET', '/garbage.php?ckSize=4');
  expect(deflateSync(body, { level: 9 }).length).toBeGreaterThan(0.99 * body.length);
});

test('a host’s list of servers leads to where they answer', async () => {
  const { body } = await ask('GET', '/.well-known/librespeed');
  const [entry] = JSON.parse(body.toString());
  const at = (name: string) => `http:${entry.server}${entry[name]}`;
  expect((await fetch(`${at('dlURL')}?ckSize=1`)).status).toBe(200);
  expect((await fetch(at('ulURL'), { method: 'POST', body: 'x' })).status).toBe(200);
  expect(await (await fetch(at('pingURL'))).text()).toBe('');
  expect(await (await fetch(at('getIpURL'))).json()).toHaveProperty('processedString');
});

test('a stream may last as long as the longest test of a page', () => {
  // 20 s after a grace of 3 s, and the streams before it.
  expect(REQUEST_LIMIT_MS).toBeGreaterThan(25_000);
});

test('an upload that comes in chunks is counted too', async () => {
  const before = meetpunt.stats().guests?.receivedBytes ?? 0;
  const status = await new Promise((resolve, reject) => {
    const outgoing = request({
      ...{ host: '127.0.0.1', port: meetpunt.port, method: 'POST', path: '/empty.php' },
      headers: { 'content-encoding': 'identity' },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => resolve(response.resume().statusCode));
    outgoing.write(Buffer.alloc(100_000));
    outgoing.end(Buffer.alloc(50_000));
  });
  expect(status).toBe(200);
  expect((meetpunt.stats().guests?.receivedBytes ?? 0) - before).toBe(150_000);
});

test.each([
  ['203.0.113.9', false, '203.0.113.9'],
  ['203.0.113.9', true, '203.0.113.9 - Unknown ISP'],
  ['::ffff:203.0.113.9', false, '203.0.113.9'],
  ['::1', true, '::1 - localhost IPv6 access'],
  ['fe80::1', true, 'fe80::1 - link-local IPv6 access'],
  ['fd12:3456::1', true, 'fd12:3456::1 - ULA IPv6 access'],
  ['10.1.2.3', true, '10.1.2.3 - private IPv4 access'],
  ['172.31.0.1', true, '172.31.0.1 - private IPv4 access'],
  ['172.32.0.1', false, '172.32.0.1'],
  ['192.168.1.1', true, '192.168.1.1 - private IPv4 access'],
  ['169.254.1.1', true, '169.254.1.1 - link-local IPv4 access'],
  ['100.64.0.1', true, '100.64.0.1 - CGNAT IPv4 access'],
  ['100.128.0.1', false, '100.128.0.1'],
])('the address %s (isp asked: %s) is shown as "%s"', (address, isp, shown) => {
  expect(JSON.parse(addressText(address, isp))).toEqual({ processedString: shown, rawIspInfo: '' });
});

test.each([
  [null, 4],
  ['100', 100],
  [' 7', 7],
  ['+7', 7],
  ['1e3', 1000],
  ['1e9', 1024],
  ['0x10', 4],
  ['-1', 0],
])('ckSize %s is %i chunks', (text, chunks) => {
  expect(chunksOf(text)).toBe(chunks);
});
