import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LocationView, locationDetailSchema, overruleListSchema } from '#shared/wire/api.ts';
import { type Harness, openHarness } from './harness.ts';

const URL = '/api/v1/locations/16SW03/overrules';
const DAY_MS = 86_400_000;

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness[Symbol.asyncDispose]());

const request = (days = 10) => ({
  outcome: 'meets',
  reason: 'Maandag is glasvezel opgeleverd.',
  endsAt: new Date(harness.clock.now() + days * DAY_MS).toISOString(),
});

async function shown(): Promise<LocationView> {
  const reply = await harness.asOperator({ url: '/api/v1/locations/16SW03' });
  return locationDetailSchema.parse(reply.json()).location;
}

test('an operator overrules; it is shown beside the computed verdict, and ends by itself', async () => {
  const changed: string[] = [];
  harness.events.subscribe((id) => changed.push(id));
  const before = (await shown()).verdict.outcome;
  const made = await harness.asOperator({ method: 'POST', url: URL, payload: request() });
  expect(made.statusCode).toBe(201);
  expect(changed).toEqual(['16SW03']);
  const during = await shown();
  expect(during.overrule).toMatchObject({
    outcome: 'meets',
    author: { name: 'Operator token' },
    reason: 'Maandag is glasvezel opgeleverd.',
  });
  expect(during.verdict.outcome).toBe(before);
  const list = await harness.asOperator({ url: '/api/v1/locations' });
  const inList = (list.json().locations as LocationView[]).find(({ id }) => id === '16SW03');
  expect(inList?.overrule?.outcome).toBe('meets');
  harness.clock.advance(10 * DAY_MS);
  expect((await shown()).overrule).toBeUndefined();
  const kept = await harness.asOperator({ url: URL });
  expect(overruleListSchema.parse(kept.json()).overrules).toHaveLength(1);
});

test('it is withdrawn with a reason, and both stay on record', async () => {
  const made = await harness.asOperator({ method: 'POST', url: URL, payload: request() });
  const again = await harness.asOperator({ method: 'POST', url: URL, payload: request() });
  expect(again.statusCode).toBe(409);
  const url = `${URL}/${made.json().id}/withdraw`;
  const payload = { reason: 'De levering is uitgesteld.' };
  const ended = await harness.asOperator({ method: 'POST', url, payload });
  expect(ended.json()).toMatchObject({ withdrawn: { reason: payload.reason } });
  expect((await shown()).overrule).toBeUndefined();
  expect((await harness.asOperator({ method: 'POST', url, payload })).statusCode).toBe(409);
});

test('a reader sees it and may not make one; another board’s operator sees nothing', async () => {
  const reader = await harness.signedIn(['41234']);
  const elsewhere = await harness.signedIn(['40505'], 'operator');
  const post = (cookie: string) =>
    harness.app.inject({
      method: 'POST',
      url: URL,
      payload: request(),
      headers: { cookie, 'sec-fetch-site': 'same-origin' },
    });
  expect((await post(reader)).statusCode).toBe(403);
  expect((await post(elsewhere)).statusCode).toBe(404);
  await harness.asOperator({ method: 'POST', url: URL, payload: request() });
  const get = (cookie: string) => harness.app.inject({ url: URL, headers: { cookie } });
  expect((await get(reader)).json().overrules).toHaveLength(1);
  expect((await get(elsewhere)).statusCode).toBe(404);
});

test.each([
  [{ outcome: 'no_data' }, /outcome/],
  [{ reason: 'kort' }, /say why in at least 10/],
  [{ endsAt: '2020-01-01T00:00:00Z' }, /lies in the past/],
  [{ endsAt: '2099-01-01T00:00:00Z' }, /more than 366 days ahead/],
])('%j is refused', async (change, message) => {
  const payload = { ...request(), ...change };
  const reply = await harness.asOperator({ method: 'POST', url: URL, payload });
  expect(reply.statusCode).toBe(400);
  expect(reply.body).toMatch(message);
});
