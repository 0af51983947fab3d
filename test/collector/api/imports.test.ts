// DUO's files over the API, as a browser or curl sends them.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { importPreviewSchema } from '#shared/wire/import.ts';
import {
  commaUtf8,
  currentRows,
  ROW_A,
  ROW_B,
  semicolonCp1252,
} from '#test/collector/import/duo-files.ts';
import { type Harness, openHarness } from './harness.ts';

let at: Harness;
beforeEach(async () => {
  at = await openHarness();
});
afterEach(() => at[Symbol.asyncDispose]());

const PO = { name: 'po.csv', bytes: semicolonCp1252(currentRows(ROW_A, ROW_B)) };
const BOARDS = {
  name: 'bg.csv',
  bytes: commaUtf8([
    ['BEVOEGD GEZAG NUMMER', 'BEVOEGD GEZAG NAAM'],
    ['41234', 'Stichting Zoë'],
  ]),
};

async function upload(
  files: readonly { name: string; bytes: Uint8Array }[],
  { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {},
) {
  const form = new FormData();
  for (const { name, bytes } of files) {
    form.append('file', new Blob([new Uint8Array(bytes)], { type: 'text/csv' }), name);
  }
  const encoded = new Response(form);
  return at.asOperator({
    method: 'POST',
    url: `/api/v1/imports${query}`,
    headers: { 'content-type': encoded.headers.get('content-type') ?? '', ...headers },
    payload: Buffer.from(await encoded.arrayBuffer()),
  });
}
const apply = (token: string, payload: object = {}) =>
  at.asOperator({ method: 'POST', url: `/api/v1/imports/${token}/apply`, payload });
const errorOf = (reply: { json(): { error: { code: string; message: string } } }) =>
  reply.json().error;

test('files are previewed, and applied once by the token', async () => {
  const reply = await upload([PO, BOARDS]);
  expect(reply.statusCode).toBe(201);
  const { token, expiresAt, plan } = importPreviewSchema.parse(reply.json());
  expect(Date.parse(expiresAt)).toBe(at.clock.now() + 3_600_000);
  expect(plan.boards.renamed).toEqual([{ id: '41234', from: 'Stichting A', to: 'Stichting Zoë' }]);
  expect(plan.locations.changed.map(({ id }) => id).sort()).toEqual(['00AP00', '16SW03']);
  expect(await at.registry.location('16SW03')).not.toHaveProperty('street');
  const changed: string[] = [];
  at.events.subscribe((id) => changed.push(id));
  const applied = await apply(token);
  expect(applied.statusCode).toBe(200);
  expect(applied.json()).toEqual(plan);
  expect(changed.sort()).toEqual(['00AP00', '16SW03']);
  expect(await at.registry.location('16SW03')).toMatchObject({ street: 'Kerkstraat' });
  expect((await apply(token)).statusCode).toBe(404);
});

test('an hour later, or after the registry changed, a preview is no more', async () => {
  const first = (await upload([PO])).json();
  await at.registry.importLocations([], [{ id: '16SW03', boardId: '41234', name: 'Anders' }]);
  const stale = await apply(first.token);
  expect(stale.statusCode).toBe(409);
  expect(errorOf(stale).message).toMatch(/changed since the preview/);
  const second = (await upload([PO])).json();
  at.clock.step(3_600_000);
  expect((await apply(second.token)).statusCode).toBe(404);
});

test('a merge follows the operator’s answer to the preview, and the new location is judged', async () => {
  await at.asOperator({
    method: 'POST',
    url: `/api/v1/imports/${(await upload([PO])).json().token}/apply`,
  });
  const moved = ROW_A.map((cell, index) => ({ 2: '20CD', 3: '20CD00' })[index] ?? cell);
  const files = [{ name: 'po.csv', bytes: semicolonCp1252(currentRows(moved, ROW_B)) }];
  const { token, plan } = importPreviewSchema.parse((await upload(files)).json());
  expect(plan.locations.merged).toMatchObject([{ from: '16SW03', to: '20CD00', applied: false }]);
  const wrong = await apply(token, { merge: [{ from: '16SW03', to: '99ZZ99' }] });
  expect(wrong.statusCode).toBe(422);
  const mistyped = await apply(token, { merges: 'proposed' });
  expect(mistyped.statusCode).toBe(400);
  const reply = await apply(token, { merge: 'proposed' });
  expect(reply.json().locations.merged).toMatchObject([{ applied: true }]);
  expect(await at.registry.verdict('20CD00')).toMatchObject({ outcome: 'no_data' });
  const closed = (await at.asOperator({ url: '/api/v1/locations/16SW03' })).json();
  expect(closed.location.closed).toMatchObject({ successorId: '20CD00' });
  const list = (await at.asOperator({ url: '/api/v1/locations' })).json();
  expect(list.locations.map(({ id }: { id: string }) => id)).toEqual(['00AP00', '20CD00']);
});

test('one that was closed before goes on by the preview’s token, and only as it was shown', async () => {
  const other = ROW_B.map((cell, index) => ({ 0: 'Noord-Brabant', 3: '00AP01' })[index] ?? cell);
  const files = (...rows: readonly (readonly string[])[]) => [
    { name: 'po.csv', bytes: semicolonCp1252(currentRows(...rows)) },
  ];
  for (const rows of [
    [ROW_A, ROW_B, other],
    [ROW_B, other],
  ]) {
    expect((await apply((await upload(files(...rows))).json().token)).statusCode).toBe(200);
  }
  expect(await at.registry.location('16SW03')).toHaveProperty('closed');
  const { token, plan } = importPreviewSchema.parse((await upload(files(ROW_B, other))).json());
  expect(plan.locations).toMatchObject({ closed: [], merged: [] });
  const merge = [{ from: '16SW03', to: '00AP01' }];
  const reply = await apply(token, { merge });
  expect(reply.statusCode).toBe(200);
  expect(reply.json().locations.merged).toMatchObject([{ ...merge[0], applied: true }]);
  expect(await at.registry.location('16SW03')).toMatchObject({
    closed: { successorId: '00AP01' },
  });
  expect((await apply(token, { merge })).statusCode).toBe(404);
});

test('a proposal that is another since the preview is not applied for the one that was shown', async () => {
  const moved = (code: string) =>
    ROW_A.map((cell, index) => ({ 2: code.slice(0, 4), 3: code })[index] ?? cell);
  const files = (...rows: readonly (readonly string[])[]) => [
    { name: 'po.csv', bytes: semicolonCp1252(currentRows(...rows)) },
  ];
  await apply((await upload(files(ROW_A, ROW_B))).json().token);
  const both = files(moved('20CD00'), moved('20CD01'), ROW_B);
  const { token, plan } = importPreviewSchema.parse((await upload(both)).json());
  expect(plan.locations.merged).toEqual([]);
  const { token: second } = (await upload(files(moved('20CD00'), ROW_B))).json();
  expect((await apply(second, { merge: 'proposed' })).statusCode).toBe(200);
  expect((await apply(token, { merge: 'proposed' })).statusCode).toBe(409);
});

test('faults come with line, column and what to do; nothing is kept', async () => {
  const rows = currentRows(ROW_A.map((cell, index) => (index === 7 ? '1' : cell)));
  const reply = await upload([{ name: 'po.csv', bytes: semicolonCp1252(rows) }]);
  expect(reply.statusCode).toBe(422);
  expect(errorOf(reply)).toMatchObject({
    code: 'bad_import',
    message: expect.stringMatching(/line 2, column POSTCODE: "1" cannot be used: must be four/),
  });
});

test('what is no form of files is told apart', async () => {
  const url = '/api/v1/imports';
  const json = await at.asOperator({ method: 'POST', url, payload: {} });
  expect(json.statusCode).toBe(400);
  expect(errorOf(json).message).toMatch(/multipart\/form-data/);
  const empty = await upload([]);
  expect(empty.statusCode).toBe(400);
  const cut = await at.asOperator({
    ...{ method: 'POST', url, payload: '--x\r\ncontent-dis' },
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  });
  expect(cut.statusCode).toBe(400);
  const big = await upload([{ name: 'x.csv', bytes: new Uint8Array(17 * 1024 * 1024) }]);
  expect(big.statusCode).toBe(413);
  expect((await upload([PO], { query: '?sector=mbo' })).statusCode).toBe(400);
});

test('only an operator of all boards imports, and nobody else’s upload is read', async () => {
  const ask = async (boards: string[] | null, role: 'reader' | 'operator') => {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(PO.bytes)]), 'po.csv');
    const encoded = new Response(form);
    return at.app.inject({
      method: 'POST',
      url: '/api/v1/imports',
      headers: {
        cookie: await at.signedIn(boards, role),
        origin: 'http://localhost',
        host: 'localhost',
        'content-type': encoded.headers.get('content-type') ?? '',
      },
      payload: Buffer.from(await encoded.arrayBuffer()),
    });
  };
  expect((await ask(['41234'], 'operator')).statusCode).toBe(403);
  expect((await ask(null, 'reader')).statusCode).toBe(403);
  expect((await ask(null, 'operator')).statusCode).toBe(201);
  const stranger = await at.app.inject({
    ...{ method: 'POST', url: '/api/v1/imports', payload: 'x'.repeat(20_000_000) },
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  });
  expect(stranger.statusCode).toBe(401);
});
