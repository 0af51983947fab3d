import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  locationDetailSchema,
  locationListSchema,
  measurementListSchema,
} from '#shared/wire/api.ts';
import { measurementAt } from '#test/support/measurements.ts';
import { type Harness, openHarness } from './harness.ts';

const DEVICE = '7f1f6ac1-4d3c-4d3f-9d0a-0d4f0a3a4a10';
const DAY_MS = 86_400_000;

let at: Harness;
beforeEach(async () => {
  at = await openHarness();
});
afterEach(() => at[Symbol.asyncDispose]());

test('a location that was never measured has the verdict no_data with its reasons', async () => {
  const reply = await at.asOperator({ url: '/api/v1/locations' });
  expect(reply.statusCode).toBe(200);
  const { locations, norm } = locationListSchema.parse(reply.json());
  expect(norm).toMatchObject({ download: 500, upload: 40 });
  expect(locations.map(({ id }) => id).sort()).toEqual(['00AP00', '16SW03']);
  for (const location of locations) {
    expect(location.verdict.outcome).toBe('no_data');
    expect(location.verdict.reasons[0]?.text.nl).not.toBe('');
    expect(location).toMatchObject({ latest: null, connected: false, lastContactAt: null });
  }
});

test('a list of many pieces, and an empty one, are whole', async () => {
  const many = Array.from({ length: 250 }, (_, at) => ({
    id: `20AA${String(at % 100).padStart(2, '0')}`.replace('AA', `A${'ABC'[Math.floor(at / 100)]}`),
    boardId: '41234',
    name: `School ${at}`,
  }));
  await at.registry.importLocations([], many);
  const list = async (headers: Record<string, string>) =>
    locationListSchema.parse((await at.app.inject({ url: '/api/v1/locations', headers })).json());
  const seen = await list({ cookie: await at.signedIn(['41234']) });
  expect(seen.locations.map(({ id }) => id).sort()).toEqual(
    ['16SW03', ...many.map(({ id }) => id)].sort(),
  );
  expect((await list({ cookie: await at.signedIn([]) })).locations).toEqual([]);
});

test('a measured location shows its latest result, verdict, contact and devices', async () => {
  await addDevice();
  const now = at.clock.now();
  await store(measurementAt(DEVICE, now - DAY_MS), now - DAY_MS);
  const last = measurementAt(DEVICE, now - 1000);
  await store(last, now - 1000);
  const { download: _down, upload: _up, ...rest } = measurementAt(DEVICE, now - 500);
  const failure = { code: 'connect_timed_out', operation: 'download', message: 'x' } as const;
  await store({ ...rest, failure }, now - 500);
  await at.registry.recordContact(DEVICE, { at: now - 400, agentVersion: '0.2.0' });
  at.connected.add(DEVICE);

  const list = locationListSchema.parse((await at.asOperator({ url: '/api/v1/locations' })).json());
  const row = list.locations.find(({ id }) => id === '16SW03');
  expect(row).toMatchObject({
    board: { id: '41234', name: 'Stichting A' },
    city: 'Boxmeer',
    connected: true,
    lastContactAt: new Date(now - 400).toISOString(),
  });
  expect(row?.latest).toEqual(last);

  const reply = await at.asOperator({ url: '/api/v1/locations/16SW03' });
  const detail = locationDetailSchema.parse(reply.json());
  expect(detail.location).toEqual(row);
  expect(detail.devices).toMatchObject([
    { id: DEVICE, name: 'kast', connected: true, agentVersion: '0.2.0', position: 'off_path' },
  ]);
});

test('the latest result is found behind a long run of failed tests', async () => {
  const now = at.clock.now();
  const result = measurementAt(DEVICE, now - DAY_MS);
  await store(result, now - DAY_MS);
  for (let count = 0; count < 60; count += 1) {
    const { download: _down, upload: _up, ...rest } = measurementAt(DEVICE, now - count * 1000);
    const failure = { code: 'dns_lookup_failed', operation: 'connect', message: 'x' } as const;
    await store({ ...rest, failure }, now - count * 1000);
  }
  const detail = (await at.asOperator({ url: '/api/v1/locations/16SW03' })).json();
  expect(detail.location.latest.id).toBe(result.id);
});

test('measurements come newest first, within the time and number that are asked', async () => {
  const now = at.clock.now();
  const days = [1, 2, 3, 4].map((day) => measurementAt(DEVICE, now - day * DAY_MS));
  for (const measurement of days) await store(measurement, Date.parse(measurement.startedAt));
  const ids = async (query: string) => {
    const reply = await at.asOperator({ url: `/api/v1/locations/16SW03/measurements${query}` });
    const { measurements } = measurementListSchema.parse(reply.json());
    return measurements.map(({ measurement }) => days.findIndex(({ id }) => id === measurement.id));
  };
  expect(await ids('')).toEqual([0, 1, 2, 3]);
  expect(await ids('?limit=2')).toEqual([0, 1]);
  const from = days[2]?.startedAt;
  expect(await ids(`?from=${from}&to=${days[0]?.startedAt}`)).toEqual([1, 2]);
  expect(await ids(`?limit=1&to=${days[0]?.startedAt}`)).toEqual([1]);
});

test('a person sees the locations of his boards; others do not exist for him', async () => {
  const cookie = await at.signedIn(['41234']);
  const get = async (url: string) => at.app.inject({ url, headers: { cookie } });
  const { locations } = (await get('/api/v1/locations')).json();
  expect(locations.map(({ id }: { id: string }) => id)).toEqual(['16SW03']);
  expect((await get('/api/v1/boards')).json()).toEqual({
    boards: [{ id: '41234', name: 'Stichting A' }],
  });
  const unknown = (await get('/api/v1/locations/99ZZ99')).json();
  for (const path of ['', '/measurements']) {
    const foreign = await get(`/api/v1/locations/00AP00${path}`);
    expect(foreign.statusCode).toBe(404);
    const { message } = foreign.json().error;
    expect(message).toBe(unknown.error.message.replace('99ZZ99', '00AP00'));
    expect((await get(`/api/v1/locations/16SW03${path}`)).statusCode).toBe(200);
  }
});

test('only operators make enrolment codes, within their boards', async () => {
  const post = async (cookie: string, location: string, payload?: object) =>
    at.app.inject({
      method: 'POST',
      url: `/api/v1/locations/${location}/enrolment-codes`,
      headers: { cookie, origin: 'http://localhost', host: 'localhost' },
      ...(payload === undefined ? {} : { payload }),
    });
  const reader = await at.signedIn(['41234'], 'reader');
  expect((await post(reader, '16SW03')).statusCode).toBe(403);
  const operator = await at.signedIn(['41234'], 'operator');
  expect((await post(operator, '00AP00')).statusCode).toBe(404);
  const made = await post(operator, '16SW03', { days: 2 });
  expect(made.statusCode).toBe(201);
  expect(made.json()).toMatchObject({
    locationId: '16SW03',
    expiresAt: new Date(at.clock.now() + 2 * DAY_MS).toISOString(),
  });
  const standard = (await post(operator, '16SW03')).json();
  expect(Date.parse(standard.expiresAt)).toBe(at.clock.now() + 14 * DAY_MS);
  expect((await post(operator, '16SW03', { days: 0 })).statusCode).toBe(400);
});

test('accounts: operators add them within what they see, and an address once', async () => {
  const operator = await at.signedIn(['41234'], 'operator');
  const headers = { cookie: operator, origin: 'http://localhost', host: 'localhost' };
  const account = { email: 'lezer@example.nl', name: 'Lezer', role: 'reader', boardIds: ['41234'] };
  const add = (change: object) =>
    at.app.inject({
      method: 'POST',
      url: '/api/v1/people',
      headers,
      payload: { ...account, password: 'een lang genoeg wachtwoord', ...change },
    });
  const made = await add({});
  expect(made.statusCode).toBe(201);
  expect(made.json()).toEqual({ ...account, id: expect.any(String) });
  expect((await add({ email: 'LEZER@example.nl' })).statusCode).toBe(409);
  expect((await add({ email: 'b@example.nl', boardIds: null })).statusCode).toBe(403);
  expect((await add({ email: 'b@example.nl', boardIds: ['40505'] })).statusCode).toBe(403);
  const people = (await at.app.inject({ url: '/api/v1/people', headers })).json();
  expect(people.people).toHaveLength(2);
  expect(JSON.stringify(people)).not.toContain('argon2');

  const unknown = await at.asOperator({
    method: 'POST',
    url: '/api/v1/people',
    payload: { ...account, email: 'c@example.nl', boardIds: ['49999'], password: 'x'.repeat(12) },
  });
  expect(unknown.statusCode).toBe(400);
  expect(unknown.json().error.message).toMatch(/no board 49999/);
  const reader = await at.signedIn(null, 'reader');
  const refused = await at.app.inject({ url: '/api/v1/people', headers: { cookie: reader } });
  expect(refused.statusCode).toBe(403);
});

async function addDevice(): Promise<void> {
  await at.registry.addEnrolmentCode('CODE', '16SW03', at.clock.now() + DAY_MS);
  await at.registry.enrol(
    'CODE',
    { id: DEVICE, name: 'kast', position: 'off_path', publicKey: 'abc', agentVersion: '0.1.0' },
    at.clock.now(),
  );
}

async function store(measurement: ReturnType<typeof measurementAt>, startedAt: number) {
  await at.series.write([
    { measurement, locationId: '16SW03', startedAt, receivedAt: startedAt + 7000 },
  ]);
}
