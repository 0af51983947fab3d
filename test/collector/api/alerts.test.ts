import { expect, test } from 'vitest';
import type { Incident } from '#shared/model/incident.ts';
import type { IncidentView, RecipientView } from '#shared/wire/alerts-api.ts';
import { noAlerts } from '#test/support/alerts.ts';
import { readFeed } from '#test/support/read-feed.ts';
import { openHarness } from './harness.ts';

const T0 = Date.parse('2026-03-02T07:00:00.000Z');
const incidentOf = (id: string, ...locationIds: (string | null)[]): Incident => ({
  ...{ id, kind: locationIds.includes(null) ? 'server_away' : 'below', openedAt: T0 },
  ...{ updatedAt: T0, closedAt: null, mergedInto: null, acknowledgements: [] },
  members: locationIds.map((locationId, n) => ({
    ...{ key: `${id} ${n}`, since: T0, locationId, causes: [], joinedAt: T0, endedAt: null },
    detail: locationId === null ? { server: 'http://meet.example' } : { by: 'overrule' },
  })),
});

test('each sees his own part of the feed; an operator acknowledges, once', async () => {
  await using at = await openHarness();
  await at.registry.alerts.keep([
    incidentOf('both', '16SW03', '00AP00'),
    incidentOf('other', '00AP00'),
    incidentOf('server', null),
  ]);
  const url = '/api/v1/alerts/incidents';
  const seen = async (cookie?: string, query = '') => {
    const asked = { url: `${url}${query}` };
    const reply = await (cookie === undefined
      ? at.asOperator(asked)
      : at.app.inject({ ...asked, headers: { cookie } }));
    return reply.json<{ incidents: IncidentView[] }>().incidents;
  };
  expect((await at.app.inject(url)).statusCode).toBe(401);
  expect((await seen()).map(({ id }) => id)).toEqual(['both', 'other', 'server']);
  expect((await seen(undefined, '?boardId=41234')).map(({ id }) => id)).toEqual(['both']);
  expect((await seen(undefined, '?kind=server_away')).map(({ id }) => id)).toEqual(['server']);
  expect(await seen(undefined, '?status=closed')).toEqual([]);
  const reader = await at.signedIn(['41234']);
  const [own, ...more] = await seen(reader);
  expect(more).toEqual([]);
  expect(own).toMatchObject({ id: 'both', elsewhere: 1, members: [{ locationId: '16SW03' }] });
  expect(own?.text.nl).toBe('Basisschool De Zoë (16SW03) is onder de norm');
  expect(await seen(reader, '?boardId=40505')).toEqual([]);

  const post = (id: string, cookie: string) =>
    at.app.inject({
      ...{ method: 'POST', url: `${url}/${id}/acknowledge`, payload: { note: 'gebeld' } },
      headers: { cookie, 'sec-fetch-site': 'same-origin' },
    });
  expect((await post('both', reader)).statusCode).toBe(403);
  const boards = await at.signedIn(['41234'], 'operator');
  expect((await post('other', boards)).statusCode).toBe(404);
  expect((await post('both', boards)).json()).toMatchObject({
    acknowledgements: [{ by: { name: 'Iemand' }, note: 'gebeld' }],
  });
  expect((await post('both', boards)).statusCode).toBe(409);
  // Of boards that are not his, another operator's name is not for him.
  const elsewhere = await at.signedIn(['40505']);
  expect((await seen(elsewhere)).find(({ id }) => id === 'both')?.acknowledgements).toEqual([]);
  expect((await seen(reader))[0]?.acknowledgements).toHaveLength(1);
});

test('a feed has what its boards may see, by its link alone, and says when nothing is new', async () => {
  await using at = await openHarness();
  await at.registry.alerts.keep([
    incidentOf('both', '16SW03', '00AP00'),
    incidentOf('other', '00AP00'),
    incidentOf('server', null),
    { ...incidentOf('joined', '16SW03'), closedAt: T0, mergedInto: 'both' },
  ]);
  const cookie = await at.signedIn(['41234'], 'operator');
  const headers = { cookie, 'sec-fetch-site': 'same-origin' };
  const add = async (payload: object) => {
    const facts = { name: 'Scherm', channel: { kind: 'feed' }, ...payload };
    const url = '/api/v1/alerts/recipients';
    const made = await at.app.inject({ method: 'POST', url, headers, payload: facts });
    expect(made.statusCode).toBe(201);
    expect(made.json()).not.toHaveProperty('secret');
    return made.json<RecipientView & { feedUrl: string }>();
  };
  const own = await add({ boardIds: ['41234'] });
  const get = (url: string, tag?: string) =>
    at.app.inject({
      ...{ url: new URL(url).pathname },
      ...(tag === undefined ? {} : { headers: { 'if-none-match': tag } }),
    });
  const reply = await get(own.feedUrl);
  expect(reply.headers['content-type']).toBe('application/atom+xml; charset=utf-8');
  const feed = await readFeed(reply.body);
  expect(feed).toMatchObject({ title: 'Meetnet: Scherm', language: 'nl', self: own.feedUrl });
  expect(feed.entries).toEqual([
    expect.objectContaining({
      ...{ id: 'urn:uuid:both', kind: 'below', updated: '2026-03-02T07:00:00.000Z' },
      title: 'Basisschool De Zoë (16SW03) is onder de norm',
      link: 'https://meetnet.example/locations/16SW03',
      content: expect.stringMatching(/en nog 1\nNog door niemand gezien/),
    }),
  ]);
  const tag = String(reply.headers.etag);
  expect(await get(own.feedUrl, `"x", W/${tag}`)).toMatchObject({ statusCode: 304, body: '' });

  await at.app.inject({
    ...{ method: 'POST', url: '/api/v1/alerts/incidents/both/acknowledge', headers },
    payload: { note: 'gebeld' },
  });
  const again = await get(own.feedUrl, tag);
  const [entry] = (await readFeed(again.body)).entries;
  expect(entry?.content).toMatch(/Gezien door Iemand, 2 maart 2026 om 09:00: gebeld/);
  expect(entry?.updated).toBe('2026-03-02T08:00:00.000Z');

  const faults = await add({ boardIds: ['41234'], kinds: ['level_fell'], language: 'en' });
  expect((await readFeed((await get(faults.feedUrl)).body)).entries).toEqual([]);
  const country = await at.asOperator({
    ...{ method: 'POST', url: '/api/v1/alerts/recipients' },
    payload: { name: 'Land', channel: { kind: 'feed' }, boardIds: null },
  });
  const all = await readFeed((await get(country.json().feedUrl)).body);
  expect(all.entries.map(({ id }) => id)).toEqual(
    ['both', 'other', 'server'].map((id) => `urn:uuid:${id}`),
  );
  // It ends with its recipient.
  const recipients = `/api/v1/alerts/recipients/${own.id}`;
  expect((await at.app.inject({ method: 'DELETE', url: recipients, headers })).statusCode).toBe(
    204,
  );
  expect((await get(own.feedUrl)).statusCode).toBe(404);
  expect((await get(`${own.feedUrl}x`)).statusCode).toBe(404);
});

test('recipients are within the boards of who names them, and webhooks on the internet', async () => {
  await using at = await openHarness({
    alerts: { ...noAlerts, mail: 'on', sendTest: ({ id }) => Promise.resolve(id) },
  });
  const url = '/api/v1/alerts/recipients';
  const cookie = await at.signedIn(['41234'], 'operator');
  const headers = { cookie, 'sec-fetch-site': 'same-origin' };
  const asBoard = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object) =>
    at.app.inject({ method, url: path, headers, ...(payload === undefined ? {} : { payload }) });
  const channel = { kind: 'mail', address: 'ict@a.nl' };
  const own = { name: 'ICT', channel, boardIds: ['41234'] };
  expect((await asBoard('POST', url, { ...own, boardIds: null })).statusCode).toBe(403);
  expect((await asBoard('POST', url, { ...own, boardIds: ['40505'] })).statusCode).toBe(403);
  const made = await asBoard('POST', url, own);
  expect(made.statusCode).toBe(201);
  expect(made.json()).toMatchObject({ pace: 'at_once', language: 'nl', kinds: null });
  const { id } = made.json<RecipientView>();
  const quietHours = { fromHour: 22, toHour: 7 };
  const changed = await asBoard('PATCH', `${url}/${id}`, { pace: 'daily', quietHours });
  expect(changed.json()).toMatchObject({ name: 'ICT', pace: 'daily', quietHours });
  expect((await asBoard('PATCH', `${url}/${id}`, { boardIds: null })).statusCode).toBe(403);
  expect((await asBoard('POST', `${url}/${id}/test`)).json()).toEqual({ deliveryId: id });
  expect((await asBoard('GET', '/api/v1/alerts/deliveries')).statusCode).toBe(403);

  const operate = (payload: object) => at.asOperator({ method: 'POST', url, payload });
  const hook = (to: string) =>
    operate({ name: 'hook', boardIds: null, channel: { kind: 'webhook', url: to } });
  expect((await hook('https://127.0.0.1/x')).statusCode).toBe(400);
  const country = await hook('https://hooks.example/x');
  expect(country.json<{ secret: string }>().secret).toMatch(/^[\w-]{43}$/);
  expect((await at.asOperator({ url })).json().recipients).toHaveLength(2);
  expect((await asBoard('GET', url)).json().recipients).toHaveLength(1);
  expect((await at.asOperator({ url })).body).not.toContain('secret');
  const gone = { kind: 'person', personId: 'nobody' };
  expect((await operate({ name: 'x', boardIds: null, channel: gone })).statusCode).toBe(400);
  expect((await asBoard('DELETE', `${url}/${country.json().id}`)).statusCode).toBe(404);
  expect((await asBoard('DELETE', `${url}/${id}`)).statusCode).toBe(204);
  expect((await at.asOperator({ url: '/api/v1/alerts/deliveries' })).json()).toEqual({
    mail: 'on',
    counts: { mail: NONE, webhook: NONE },
    deliveries: [],
  });
});

const NONE = { queued: 0, sent: 0, failed: 0 };
