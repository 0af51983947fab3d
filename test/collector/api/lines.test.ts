import { afterEach, beforeEach, expect, test } from 'vitest';
import { lineViewSchema, locationDetailSchema } from '#shared/wire/api.ts';
import { type Harness, openHarness } from './harness.ts';

const DAY_MS = 86_400_000;
const PATH = '/api/v1/locations/16SW03';

let at: Harness;
beforeEach(async () => {
  at = await openHarness();
});
afterEach(() => at[Symbol.asyncDispose]());

const post = (path: string, payload?: object) =>
  at.asOperator({
    method: 'POST',
    url: `${PATH}${path}`,
    ...(payload === undefined ? {} : { payload }),
  });
const patch = (lineId: string, payload: object) =>
  at.asOperator({ method: 'PATCH', url: `${PATH}/lines/${lineId}`, payload });
const detail = async () => locationDetailSchema.parse((await at.asOperator({ url: PATH })).json());

test('a location shows its lines, each with its verdict, and says that nobody knows where it is', async () => {
  const { lines, location } = await detail();
  expect(lines).toMatchObject([
    { name: 'hoofdlijn', role: 'main', kind: 'unknown', endedAt: null },
  ]);
  expect(lines[0]?.verdict).toMatchObject({ outcome: 'no_data' });
  expect(lines[0]?.verdict.text.nl).not.toBe('');
  expect(location.coordinates).toBeNull();
});

test('an operator adds, changes and ends a line, and the location is judged by what runs', async () => {
  const changed: string[] = [];
  at.events.subscribe((id) => changed.push(id));
  at.clock.step(1000);
  const added = await post('/lines', { name: ' Glas ', kind: 'fibre', contractedDownMbps: 1000 });
  expect(added.statusCode).toBe(201);
  const line = lineViewSchema.parse(added.json());
  expect(line).toMatchObject({ name: 'Glas', role: 'main', verdict: { outcome: 'no_data' } });
  expect((await detail()).location.verdict.reasons[1]).toMatchObject({
    rule: 'line_decides',
    detail: { lines: 2 },
  });
  const after = await patch(line.id, { role: 'backup', contractedDownMbps: null });
  expect(after.json()).toMatchObject({ id: line.id, role: 'backup', kind: 'fibre' });
  expect(after.json()).not.toHaveProperty('contractedDownMbps');
  expect((await detail()).location.verdict.reasons[0]?.rule).toBe('no_device');
  at.clock.step(DAY_MS);
  const endedAt = new Date(at.clock.now() - 1000).toISOString();
  const ended = await post(`/lines/${line.id}/end`, { endedAt });
  expect(ended.json()).toMatchObject({ id: line.id, endedAt });
  expect((await detail()).lines.map(({ name }) => name)).toEqual(['hoofdlijn', 'Glas']);
  expect(changed).toEqual(['16SW03', '16SW03', '16SW03']);
});

test('what cannot be is refused with what to do', async () => {
  const [main] = (await detail()).lines;
  const id = main?.id ?? '';
  const cases: [Promise<{ statusCode: number; body: string }>, number, RegExp][] = [
    [post('/lines', { name: '' }), 400, /body\/name/],
    [post('/lines', { name: 'x', kind: 'adsl' }), 400, /body\/kind/],
    [post('/lines', { name: 'x', contractedUpMbps: -1 }), 400, /body\/contractedUpMbps/],
    [post('/lines', { name: 'x', contractedDown: 5 }), 400, /contractedDown/],
    [patch(id, { contractedDown: 5 }), 400, /contractedDown/],
    [post('/lines', { name: 'Hoofdlijn' }), 409, /choose another name/],
    [patch(id, { role: 'backup' }), 409, /only main line/],
    [post(`/lines/${id}/end`), 409, /add its successor first/],
    [post('/lines/of-elsewhere/end'), 404, /has no line of-elsewhere/],
    [post(`/lines/${id}/end`, { endedAt: '2999-01-01T00:00:00Z' }), 400, /in the future/],
  ];
  for (const [reply, status, message] of cases) {
    expect(await reply).toMatchObject({ statusCode: status });
    expect((await reply).body).toMatch(message);
  }
});

test('readers change nothing, operators only within their boards', async () => {
  const headers = async (boards: string[], role: 'reader' | 'operator') => ({
    cookie: await at.signedIn(boards, role),
    origin: 'http://localhost',
    host: 'localhost',
  });
  const add = async (boards: string[], role: 'reader' | 'operator') =>
    at.app.inject({
      method: 'POST',
      url: `${PATH}/lines`,
      headers: await headers(boards, role),
      payload: { name: 'Glas' },
    });
  expect((await add(['41234'], 'reader')).statusCode).toBe(403);
  expect((await add(['40505'], 'operator')).statusCode).toBe(404);
  expect((await add(['41234'], 'operator')).statusCode).toBe(201);
});

test('with several lines a code says which one it is for, and the device shows it', async () => {
  const line = lineViewSchema.parse((await post('/lines', { name: 'Glas' })).json());
  const without = await post('/enrolment-codes', {});
  expect(without.statusCode).toBe(409);
  expect(without.body).toMatch(/several lines/);
  const made = await post('/enrolment-codes', { lineId: line.id });
  expect(made.statusCode).toBe(201);
  const device = { id: 'd', name: 'kast', position: 'off_path', publicKey: 'abc' } as const;
  await at.registry.enrol(made.json().code, { ...device, agentVersion: '0' }, at.clock.now());
  expect((await detail()).devices).toMatchObject([{ id: 'd', lineId: line.id }]);
});
