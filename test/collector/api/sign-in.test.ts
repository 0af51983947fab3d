import { afterEach, beforeEach, expect, test } from 'vitest';
import { cookieOf, type Harness, openHarness, PERSON, TOKEN } from './harness.ts';

let at: Harness;
beforeEach(async () => {
  at = await openHarness();
});
afterEach(() => at[Symbol.asyncDispose]());

const session = '/api/v1/session';

test('the set-up token makes the first operator, signs in, and is used up', async () => {
  const anonymous = await at.app.inject(session);
  expect(anonymous.json()).toEqual({ person: null, setupNeeded: true });
  const token = await at.setup.newToken();
  const payload = { ...PERSON, token };

  const made = await at.app.inject({ method: 'POST', url: '/api/v1/setup', payload });
  expect(made.statusCode).toBe(201);
  expect(made.json()).toMatchObject({
    person: { email: 'beheer@example.nl', role: 'operator', boardIds: null },
    setupNeeded: false,
  });
  const cookie = cookieOf(made.headers['set-cookie']);
  expect((await at.app.inject({ url: session, headers: { cookie } })).json().person.name).toBe(
    'Beheer',
  );

  const again = await at.app.inject({ method: 'POST', url: '/api/v1/setup', payload });
  expect(again.statusCode).toBe(403);
  expect(again.json().error.code).toBe('setup_token_wrong');
  expect(await at.setup.newToken()).toBeUndefined();
});

test('a later start replaces the token, and only its hash is kept', async () => {
  const first = await at.setup.newToken();
  const second = await at.setup.newToken();
  expect(JSON.stringify(await at.registry.fact('setup_token_hash'))).not.toContain(second);
  const old = {
    method: 'POST',
    url: '/api/v1/setup',
    payload: { ...PERSON, token: first },
  } as const;
  expect((await at.app.inject(old)).statusCode).toBe(403);
  const fresh = { ...old, payload: { ...PERSON, token: second } };
  expect((await at.app.inject(fresh)).statusCode).toBe(201);
});

test('two requests with the right token at once make one account', async () => {
  const token = await at.setup.newToken();
  const replies = await Promise.all(
    ['a', 'b', 'c'].map((name) =>
      at.app.inject({
        method: 'POST',
        url: '/api/v1/setup',
        payload: { ...PERSON, email: `${name}@example.nl`, token },
      }),
    ),
  );
  expect(replies.map(({ statusCode }) => statusCode).sort()).toEqual([201, 403, 403]);
  expect(await at.registry.people()).toHaveLength(1);
});

test('wrong set-up tokens run out of tries', async () => {
  await at.setup.newToken();
  const wrong = {
    method: 'POST',
    url: '/api/v1/setup',
    payload: { ...PERSON, token: 'x' },
  } as const;
  for (let count = 0; count < 10; count += 1) {
    expect((await at.app.inject(wrong)).statusCode).toBe(403);
  }
  expect((await at.app.inject(wrong)).statusCode).toBe(429);
});

test('signing in takes the right password, sets a closed cookie, and lasts 12 hours', async () => {
  await makeFirst();
  const wrong = await signIn({ password: 'een ander wachtwoord' });
  expect(wrong.statusCode).toBe(401);
  expect(wrong.json().error).toMatchObject({ code: 'not_signed_in' });
  expect((await signIn({ email: 'niemand@example.nl' })).json()).toEqual(wrong.json());

  const right = await signIn({ email: ' BEHEER@example.nl ' });
  expect(right.statusCode).toBe(200);
  const header = String(right.headers['set-cookie']);
  expect(header).toMatch(/^meetnet=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
  const cookie = cookieOf(header);
  const locations = { url: '/api/v1/locations', headers: { cookie } };
  expect((await at.app.inject(locations)).statusCode).toBe(200);
  await at.clock.advance(12 * 3_600_000 + 1);
  expect((await at.app.inject(locations)).statusCode).toBe(401);
});

test('signing out ends the session itself, not just the cookie', async () => {
  const cookie = await at.signedIn(null);
  const out = await at.app.inject({
    method: 'DELETE',
    url: session,
    headers: { cookie, origin: 'http://localhost', host: 'localhost' },
  });
  expect(out.statusCode).toBe(204);
  expect(String(out.headers['set-cookie'])).toMatch(/^meetnet=;.*Expires=Thu, 01 Jan 1970/);
  expect((await at.app.inject({ url: session, headers: { cookie } })).json().person).toBeNull();
});

test('guessing a password is stopped after ten tries, for that account and address alone', async () => {
  await makeFirst();
  for (let count = 0; count < 10; count += 1) {
    expect((await signIn({ password: `gok nummer ${count}` })).statusCode).toBe(401);
  }
  const stopped = await signIn({});
  expect(stopped.statusCode).toBe(429);
  expect(stopped.json().error.message).toMatch(/wait 900 seconds/);
  expect((await signIn({ email: 'iemand@example.nl' })).statusCode).toBe(401);
  await at.clock.advance(15 * 60_000);
  expect((await signIn({})).statusCode).toBe(200);
});

test('a bearer token is right or refused, whatever cookie comes with it', async () => {
  const cookie = await at.signedIn(null);
  const withToken = (authorization: string) =>
    at.app.inject({ url: '/api/v1/locations', headers: { authorization, cookie } });
  expect((await withToken(`Bearer ${TOKEN}`)).statusCode).toBe(200);
  for (const wrong of [`Bearer ${TOKEN}x`, 'Bearer', 'Bearer ', `Basic ${TOKEN}`, TOKEN]) {
    const reply = await withToken(wrong);
    expect(reply.statusCode, wrong).toBe(401);
    expect(reply.json().error.message).toMatch(/Bearer TOKEN/);
  }
});

test('a program uses the API as an account by a token, until it ends it', async () => {
  const cookie = await at.signedIn(['41234']);
  const authorization = `Bearer ${cookie.split('=')[1]}`;
  const list = () => at.app.inject({ url: '/api/v1/locations', headers: { authorization } });
  const before = await list();
  expect(before.statusCode).toBe(200);
  const boards = before.json().locations.map((each: { boardId: string }) => each.boardId);
  expect([...new Set(boards)]).toEqual(['41234']);
  const end = await at.app.inject({ method: 'DELETE', url: session, headers: { authorization } });
  expect(end.statusCode).toBe(204);
  expect((await list()).statusCode).toBe(401);
});

test('a change with a cookie must come from our own pages', async () => {
  const cookie = await at.signedIn(null, 'operator');
  const post = (headers: Record<string, string>) =>
    at.app.inject({
      method: 'POST',
      url: '/api/v1/locations/16SW03/enrolment-codes',
      headers: { cookie, host: 'meet.example:8080', ...headers },
    });
  expect((await post({ origin: 'http://meet.example:8080' })).statusCode).toBe(201);
  expect((await post({ 'sec-fetch-site': 'same-origin' })).statusCode).toBe(201);
  for (const headers of [
    {},
    { origin: 'null' },
    { origin: 'http://evil.example' },
    { origin: 'http://meet.example:8081' },
    { 'sec-fetch-site': 'cross-site' },
  ] as Record<string, string>[]) {
    const reply = await post(headers);
    expect(reply.statusCode, JSON.stringify(headers)).toBe(403);
    expect(reply.json().error.code).toBe('not_allowed');
  }
});

test('with a public https address, that is the only origin and the cookie is for https alone', async () => {
  await using open = await openHarness({ publicUrl: 'https://meet.example' });
  const token = await open.setup.newToken();
  const setUp = (origin: string) =>
    open.app.inject({
      method: 'POST',
      url: '/api/v1/setup',
      headers: { origin, host: '127.0.0.1:8080' },
      payload: { ...PERSON, token },
    });
  expect((await setUp('http://127.0.0.1:8080')).statusCode).toBe(403);
  const made = await setUp('https://meet.example');
  expect(made.statusCode).toBe(201);
  expect(String(made.headers['set-cookie'])).toMatch(/^__Host-meetnet=.*; Secure; SameSite=Strict/);
  expect(made.headers['strict-transport-security']).toMatch(/max-age=31536000/);
});

async function makeFirst(): Promise<void> {
  const token = await at.setup.newToken();
  await at.app.inject({ method: 'POST', url: '/api/v1/setup', payload: { ...PERSON, token } });
}

function signIn(change: { email?: string; password?: string }) {
  const { email, password } = PERSON;
  return at.app.inject({
    method: 'POST',
    url: session,
    payload: { email, password, ...change },
  });
}
