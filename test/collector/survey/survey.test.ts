// The survey over real HTTP: which links are good, what an answer does, what is limited.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Harness, openHarness } from '#test/collector/api/harness.ts';
import { openDossier } from '#test/support/dossiers.ts';

const DAY_MS = 86_400_000;
let at: Harness;
let origin: string;
beforeEach(async () => {
  at = await openHarness();
  origin = await at.listen();
  await openDossier(at.registry, '16SW03', at.clock.now());
});
afterEach(() => at[Symbol.asyncDispose]());

/** Path of a fresh link. */
async function invite(version = 1, days = 28): Promise<string> {
  const reply = await at.asOperator({
    method: 'POST',
    url: '/api/v1/dossiers/16SW03/invitations',
    payload: { version, reason: 'onder de norm', email: 'school@example.nl', days },
  });
  expect(reply.statusCode, reply.body).toBe(201);
  return new URL(reply.json().link).pathname;
}
async function send(path: string, fields: Record<string, string>) {
  const reply = await fetch(origin + path, {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });
  return {
    status: reply.status,
    location: reply.headers.get('location'),
    text: await reply.text(),
  };
}
const get = async (path: string) => {
  const reply = await fetch(origin + path);
  return { status: reply.status, headers: reply.headers, text: await reply.text() };
};
const dossier = async () => {
  const found = await at.registry.dossiers.dossier('16SW03');
  if (found === undefined) throw new Error('it was opened');
  return found;
};
const BETTER = { view: 'wants_better' };

test('an answer steps the dossier, is confirmed after a redirect, and can be changed', async () => {
  const path = await invite();
  expect((await dossier()).state).toBe('asked');
  const form = await get(path);
  expect([form.status, form.text]).toEqual([200, expect.stringContaining('Basisschool De Zoë')]);
  // Looking changes nothing: mail scanners look too.
  expect((await dossier()).version).toBe(2);

  const sent = await send(path, {
    view: 'too_costly',
    costMonthly: 'yes',
    pupils: '44',
    contactName: 'J. de Vries',
  });
  expect([sent.status, sent.location]).toEqual([303, `${path}?done=1&lang=nl`]);
  expect(await dossier()).toMatchObject({
    state: 'too_costly',
    answer: {
      view: { view: 'too_costly', cost: 'monthly' },
      pupils: 44,
      author: { kind: 'school' },
    },
  });
  const done = await get(sent.location ?? '');
  expect(done.text).toContain('Dank u wel');
  expect(done.text).toContain('J. de Vries');

  expect((await get(path)).text).toMatch(/value="too_costly" checked/);
  await send(path, BETTER);
  expect(await dossier()).toMatchObject({ state: 'wants_better', version: 4 });
  await send(path, BETTER);
  expect((await dossier()).version).toBe(4);
  // Whoever answered is in the invitation, never in a step.
  expect(JSON.stringify((await dossier()).steps)).not.toContain('Vries');
});

test('faults come back with what was filled in, and nothing is kept', async () => {
  const path = await invite();
  const sent = await send(path, {
    view: 'suffices',
    pupils: 'veel',
    contactName: 'Jo',
    lang: 'en',
  });
  expect(sent.status).toBe(422);
  expect(sent.text).toMatch(/<title>Error: /);
  expect(sent.text).toContain('href="#why-few_pupils"');
  expect(sent.text).toMatch(
    /id="pupils"[^>]*value="veel"[^>]*aria-describedby="pupils-hint pupils-fault"[^>]*aria-invalid="true"/,
  );
  expect(sent.text).toMatch(/value="suffices" checked/);
  expect(sent.text).toContain('value="Jo"');
  expect((await dossier()).state).toBe('asked');
});

describe('a link', () => {
  test('is for its own time', async () => {
    const path = await invite(1, 2);
    // Asked at 9 in the morning in Amsterdam, it is good for the whole of the second day after.
    await at.clock.advance(2 * DAY_MS + 15 * 3_600_000 - 1);
    expect((await get(path)).status).toBe(200);
    await at.clock.advance(1);
    for (const reply of [await get(path), await send(path, BETTER)]) {
      expect([reply.status, reply.text]).toEqual([410, expect.stringContaining('voorbij')]);
    }
    expect((await dossier()).state).toBe('asked');
  });

  test('is replaced by a newer question’s', async () => {
    const old = await invite();
    await send(old, { view: 'suffices', why: 'satisfied' });
    const fresh = await invite(3);
    expect((await get(old)).status).toBe(404);
    expect((await send(old, BETTER)).status).toBe(404);
    await send(fresh, BETTER);
    expect((await dossier()).state).toBe('wants_better');
  });

  test('answers no more once something was built upon the answer, or it was set aside', async () => {
    const path = await invite();
    await send(path, BETTER);
    const step = (version: number, event: object) =>
      at.asOperator({
        method: 'POST',
        url: '/api/v1/dossiers/16SW03/steps',
        payload: { version, reason: 'r', event },
      });
    await step(3, { kind: 'set_aside' });
    expect((await send(path, { view: 'suffices', why: 'satisfied' })).status).toBe(409);
    await step(4, { kind: 'resumed' });
    await step(5, { kind: 'maatwerk_started' });
    const late = await send(path, { view: 'suffices', why: 'satisfied' });
    expect([late.status, late.text]).toEqual([409, expect.stringContaining('al aan gewerkt')]);
    expect((await dossier()).state).toBe('maatwerk');
  });

  test('is kept as a hash: what is stored opens nothing', async () => {
    const path = await invite();
    const [{ tokenHash } = { tokenHash: '' }] = await at.registry.dossiers.invitations('16SW03');
    expect(path).not.toContain(tokenHash);
    expect((await get(`/survey/${tokenHash}`)).status).toBe(404);
  });

  test('cannot be guessed at leisure: thirty wrong ones, and right ones wait as well', async () => {
    const path = await invite();
    for (let tries = 0; tries < 30; tries += 1) {
      const wrong = `/survey/${String(tries).padStart(32, 'a')}`;
      expect((await (tries % 2 === 0 ? get(wrong) : send(wrong, BETTER))).status).toBe(404);
    }
    const stopped = await get(path);
    expect([stopped.status, stopped.text]).toEqual([
      429,
      expect.stringContaining('Te veel pogingen'),
    ]);
    await at.clock.advance(10 * 60_000);
    expect((await get(path)).status).toBe(200);
  });
});

test('an answer is changed fifty times at most, a page asked for sixty times a minute', async () => {
  const path = await invite();
  const statuses: number[] = [];
  for (let n = 0; n < 59; n += 1) {
    statuses.push(
      (await send(path, n % 2 === 0 ? BETTER : { view: 'suffices', why: 'satisfied' })).status,
    );
  }
  expect([statuses.slice(0, 50).every((s) => s === 303), statuses[50], statuses[58]]).toEqual([
    true,
    429,
    429,
  ]);
  expect((await dossier()).version).toBe(52);
  await send(path, BETTER);
  expect((await send(path, BETTER)).text).toContain('Te veel pogingen');
});

test('nothing of it is cached, framed, indexed, followed or told to others', async () => {
  const { headers, text } = await get(await invite());
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-robots-tag')).toBe('noindex, nofollow');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('content-security-policy')).toMatch(/frame-ancestors 'none'/);
  expect(headers.get('set-cookie')).toBeNull();
  expect(text).not.toMatch(/<script|https?:\/\/|<img|<link rel="(?!icon" href="data:,)/);
});

test('bodies that are no form are refused on a page, not with a fault of ours', async () => {
  const path = await invite();
  const post = async (body: string, type: string) => {
    const reply = await fetch(origin + path, {
      method: 'POST',
      body,
      headers: { 'content-type': type },
    });
    return [reply.status, reply.headers.get('content-type')];
  };
  expect(await post('{"view":"wants_better"}', 'application/json')).toEqual([
    422,
    'text/html; charset=utf-8',
  ]);
  expect(await post('x', 'image/png')).toEqual([400, 'text/html; charset=utf-8']);
  const form = 'application/x-www-form-urlencoded';
  expect((await post(`view=${'x'.repeat(20_000)}`, form))[0]).toBe(413);
  expect((await post('view=%ff%00&&==&why', form))[0]).toBe(422);
  expect((await dossier()).state).toBe('asked');
});
