// Health, readiness, the API's document, and the stream of changes over a real socket.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '#test/support/silent-log.ts';
import { type Harness, openHarness, TOKEN } from './harness.ts';

let at: Harness;
beforeEach(async () => {
  at = await openHarness();
});
afterEach(() => at[Symbol.asyncDispose]());

test('healthz says that the process lives, readyz which store does not answer', async () => {
  expect((await at.app.inject('/healthz')).json()).toEqual({ status: 'ok' });
  const ready = await at.app.inject('/readyz');
  expect([ready.statusCode, ready.json()]).toEqual([
    200,
    { status: 'ready', stores: { registry: 'ok', series: 'ok' } },
  ]);
  await at.series[Symbol.asyncDispose]();
  const away = await at.app.inject('/readyz');
  expect(away.statusCode).toBe(503);
  expect(away.json()).toEqual({
    status: 'not_ready',
    stores: { registry: 'ok', series: 'unavailable' },
  });
  expect((await at.app.inject('/healthz')).statusCode).toBe(200);
});

test('a store that never answers is not ready after two seconds', async () => {
  const series = { ready: () => new Promise<void>(() => {}) } as unknown as Harness['series'];
  const logged: unknown[] = [];
  const log = { ...silentLog, warn: (_message: string, fields?: object) => logged.push(fields) };
  await using stuck = await openHarness({ series, clock: at.clock, log });
  const asked = stuck.app.inject('/readyz');
  const reply = await until(asked, () => at.clock.advance(2000));
  expect(reply.statusCode).toBe(503);
  expect(reply.json().stores).toEqual({ registry: 'ok', series: 'unavailable' });
  expect(logged).toEqual([{ store: 'series', error: 'no answer within 2 s' }]);
});

test('the OpenAPI document names every endpoint and shape', async () => {
  const document = (await at.app.inject('/api/v1/openapi.json')).json();
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths).sort()).toEqual([
    '/.well-known/meetnet-evidence-key',
    '/api/v1/alerts/deliveries',
    '/api/v1/alerts/feeds/{secret}',
    '/api/v1/alerts/incidents',
    '/api/v1/alerts/incidents/{id}',
    '/api/v1/alerts/incidents/{id}/acknowledge',
    '/api/v1/alerts/recipients',
    '/api/v1/alerts/recipients/{id}',
    '/api/v1/alerts/recipients/{id}/test',
    '/api/v1/boards',
    '/api/v1/dossiers',
    '/api/v1/dossiers/{id}',
    '/api/v1/dossiers/{id}/documents',
    '/api/v1/dossiers/{id}/invitations',
    '/api/v1/dossiers/{id}/notes',
    '/api/v1/dossiers/{id}/offers',
    '/api/v1/dossiers/{id}/steps',
    '/api/v1/enrolments',
    '/api/v1/events',
    '/api/v1/imports',
    '/api/v1/imports/{token}/apply',
    '/api/v1/locations',
    '/api/v1/locations/{id}',
    '/api/v1/locations/{id}/availability',
    '/api/v1/locations/{id}/enrolment-codes',
    '/api/v1/locations/{id}/evidence-pack',
    '/api/v1/locations/{id}/lines',
    '/api/v1/locations/{id}/lines/{lineId}',
    '/api/v1/locations/{id}/lines/{lineId}/end',
    '/api/v1/locations/{id}/measurements',
    '/api/v1/locations/{id}/overrules',
    '/api/v1/locations/{id}/overrules/{overruleId}/withdraw',
    '/api/v1/measure-servers',
    '/api/v1/people',
    '/api/v1/planning',
    '/api/v1/planning/funnel',
    '/api/v1/planning/joint-builds',
    '/api/v1/planning/saved-scenarios',
    '/api/v1/planning/saved-scenarios/{id}',
    '/api/v1/planning/scenarios',
    '/api/v1/session',
    '/api/v1/setup',
    '/api/v1/subsidies/estimates',
    '/api/v1/subsidies/schemes',
  ]);
  expect(document.components.schemas).toHaveProperty('Verdict');
  expect(document.paths['/api/v1/session'].post.security).toEqual([]);
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(5);
  for (const [, path = ''] of references) {
    const target = path.split('/').reduce((node, key) => node?.[key], document);
    expect(target, path).toBeDefined();
  }
});

test('changes reach the stream, scoped by board', async () => {
  const url = await listen();
  const all = await follow(url, { authorization: `Bearer ${TOKEN}` });
  const some = await follow(url, { cookie: await at.signedIn(['41234']) });
  at.events.changed('16SW03');
  at.events.changed('00AP00');
  at.events.changed('16SW03');
  await all.seen(/00AP00/);
  await some.seen(/16SW03/);
  expect(all.events()).toEqual(['16SW03', '00AP00']);
  expect(some.events()).toEqual(['16SW03']);
  await at.clock.advance(1000);
  await all.seen(/00AP00[\s\S]*16SW03/);
  expect(some.text()).not.toContain('00AP00');
  expect(all.text()).toMatch(/^retry: 3000\n\nevent: location\ndata: {"locationId":"16SW03"}\n\n/);
});

test('the stream beats every 20 s, ends with the session and leaves no timer behind', async () => {
  const url = await listen();
  const before = at.clock.sleepers;
  const cookie = await at.signedIn(null);
  const stream = await follow(url, { cookie });
  await at.clock.advance(20_000);
  await stream.seen(/: alive/);
  const origin = new URL(url).origin;
  await fetch(`${url}/api/v1/session`, { method: 'DELETE', headers: { cookie, origin } });
  await at.clock.advance(20_000);
  await stream.ended;
  await until(Promise.resolve(), () => at.clock.advance(1));
  expect(at.clock.sleepers).toBe(before);
});

test('open streams do not hold up a stop', async () => {
  const stream = await follow(await listen(), { authorization: `Bearer ${TOKEN}` });
  await at.app.close();
  await stream.ended;
});

async function listen(): Promise<string> {
  return at.app.listen({ host: '127.0.0.1', port: 0 });
}

async function follow(url: string, headers: Record<string, string>) {
  const reply = await fetch(`${url}/api/v1/events`, { headers });
  expect(reply.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  let text = '';
  let wake = Promise.withResolvers<void>();
  const ended = (async () => {
    for await (const chunk of reply.body ?? []) {
      text += Buffer.from(chunk).toString();
      wake.resolve();
      wake = Promise.withResolvers();
    }
  })();
  const stream = {
    ended,
    text: () => text,
    events: () => [...text.matchAll(/"locationId":"(\w+)"/g)].map(([, id]) => id),
    seen: async (pattern: RegExp) => {
      while (!pattern.test(text)) await wake.promise;
    },
  };
  await stream.seen(/retry/);
  return stream;
}

/** Moves the clock along until the promise settles: real sockets take real turns. */
async function until<T>(promise: Promise<T>, step: () => Promise<void>): Promise<T> {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  while (!isSettled) {
    await new Promise((resolve) => setImmediate(resolve));
    await step();
  }
  return settled;
}
