// Whatever goes wrong, the answer has one form, and the collector goes on.
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '#shared/runtime/errors.ts';
import { errorBodySchema } from '#shared/wire/api.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type Harness, openHarness } from './harness.ts';

let at: Harness;
beforeEach(async () => {
  at = await openHarness();
});
afterEach(() => at[Symbol.asyncDispose]());

const json = { 'content-type': 'application/json' };
const SESSION = { method: 'POST', url: '/api/v1/session' } as const;

test.each([
  [
    'no JSON',
    { ...SESSION, headers: json, payload: '{"email": ' },
    400,
    'bad_request',
    /not valid JSON/,
  ],
  ['no body', { ...SESSION, headers: json, payload: '' }, 400, 'bad_request', /not valid JSON/],
  [
    'a form',
    { ...SESSION, headers: { 'content-type': 'text/plain' }, payload: 'a' },
    400,
    'bad_request',
    /must be JSON/,
  ],
  [
    'a large body',
    { ...SESSION, headers: json, payload: JSON.stringify('x'.repeat(70_000)) },
    413,
    'message_too_big',
    /larger/,
  ],
  [
    'a wrong path',
    { url: '/api/v1/location' },
    404,
    'not_found',
    /GET \/api\/v1\/location: there is no such thing/,
  ],
  ['a wrong method', { method: 'PUT', url: '/api/v1/session' }, 404, 'not_found', /PUT/],
  ['a malformed path', { url: '/api/v1/locations/%E0%A4%A' }, 400, 'bad_request', /%E0%A4%A/],
  [
    'a wrong id',
    { url: '/api/v1/locations/16sw03' },
    400,
    'bad_request',
    /params\/id: must be a vestigingscode such as 16SW03/,
  ],
  ['nobody', { url: '/api/v1/locations' }, 401, 'not_signed_in', /sign in first/],
] as const)('%s', async (what, request, status, code, message) => {
  const signedIn = what === 'a wrong id';
  const reply = await (signedIn ? at.asOperator(request) : at.app.inject(request));
  expect(reply.statusCode).toBe(status);
  expect(reply.headers['content-type']).toMatch(/application\/json/);
  const { error } = errorBodySchema.parse(reply.json());
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
});

test('every fault of a body is named with its path', async () => {
  const reply = await at.app.inject({
    method: 'POST',
    url: '/api/v1/setup',
    payload: { token: 't', email: 'geen adres', password: 'kort' },
  });
  expect(reply.statusCode).toBe(400);
  expect(reply.json().error.faults).toEqual([
    expect.stringMatching(/^body\/email: /),
    expect.stringMatching(/^body\/name: /),
    'body/password: a password has at least 12 characters',
  ]);
});

test('a wrong query is named with its parameter', async () => {
  const url = '/api/v1/locations/16SW03/measurements?limit=0&from=gisteren';
  const reply = await at.asOperator({ url });
  expect(reply.json().error.faults).toEqual([
    expect.stringMatching(/^querystring\/from: /),
    expect.stringMatching(/^querystring\/limit: /),
  ]);
});

test('a door that is tried too often is closed for a minute, and says so in the same form', async () => {
  const knock = () => at.app.inject({ ...SESSION, payload: {} });
  for (let count = 0; count < 60; count += 1) expect((await knock()).statusCode).toBe(400);
  const closed = await knock();
  expect(closed.statusCode).toBe(429);
  expect(errorBodySchema.parse(closed.json()).error.code).toBe('too_many_requests');
  expect(Number(closed.headers['retry-after'])).toBeGreaterThan(0);
  expect((await at.app.inject('/api/v1/session')).statusCode).toBe(200);
});

test('a bug is told in general words and logged in full; a store that is away is 503', async () => {
  const logged: unknown[] = [];
  const log = { ...silentLog, error: (_message: string, fields?: object) => logged.push(fields) };
  const faults = [
    new Error('SELECT secret FROM table'),
    new AppError('store_unavailable', 'the registry does not answer; try again'),
  ];
  const { registry } = at;
  const failing = new Proxy(registry, {
    get: (target, name) =>
      name === 'boards'
        ? () => Promise.reject(faults.shift())
        : (target[name as keyof typeof target] as () => unknown).bind(target),
  });
  await using broken = await openHarness({ registry: failing, log });
  const bug = await broken.asOperator({ url: '/api/v1/boards' });
  expect(bug.statusCode).toBe(500);
  expect(bug.json().error.code).toBe('internal_error');
  expect(bug.body).not.toContain('SELECT');
  expect(logged).toEqual([expect.objectContaining({ path: '/api/v1/boards' })]);
  const away = await broken.asOperator({ url: '/api/v1/boards' });
  expect([away.statusCode, away.json().error.code]).toEqual([503, 'store_unavailable']);
});

test('what is no HTTP gets a clear answer and a closed socket', async () => {
  await at.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = at.app.server.address() as { port: number };
  const answer = await exchange(port, 'HELLO METER\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 400/);
  expect(answer).toContain('"bad_request"');
  const large = await exchange(
    port,
    `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
  );
  expect(large).toMatch(/^HTTP\/1\.1 431/);
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
});

function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}
