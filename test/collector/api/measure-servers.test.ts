import { expect, test } from 'vitest';
import type { MeasureServerStatus } from '#collector/api/deps.ts';
import type { ServerFault } from '#shared/model/server-fault.ts';
import { measureServerListSchema } from '#shared/wire/api.ts';
import { openHarness } from './harness.ts';

const T0 = Date.parse('2026-03-02T07:00:00.000Z');
const STATUSES: readonly MeasureServerStatus[] = [
  {
    ...{ url: 'http://meet.example:8081', slots: 2, inUse: 1 },
    condition: { state: 'up', since: T0, failures: 0, checkedAt: T0 + 1_000 },
  },
  {
    ...{ url: 'https://other.example', slots: 1, inUse: 0 },
    condition: {
      ...{ state: 'away', since: T0, failures: 7, checkedAt: T0 + 2_000 },
      lastError: { code: 'tls_untrusted', message: 'certificate has expired', at: T0 + 2_000 },
    },
  },
  {
    ...{ url: 'http://new.example', slots: 1, inUse: 0 },
    condition: { state: 'unknown', since: T0, failures: 0 },
  },
];

test('operators see each measure server, and the faults of four weeks; readers do not', async () => {
  await using at = await openHarness({ measureServers: () => STATUSES });
  const fault = (from: number): ServerFault => ({
    ...{ server: 'http://meet.example:8081', lines: 20, fallen: 18, usualRate: 0.05 },
    ...{ direction: 'upload', from, to: from + 60_000 },
  });
  await at.registry.serverFaults.revise([fault(T0), fault(T0 - 29 * 86_400_000)], []);
  const url = '/api/v1/measure-servers';
  const reply = await at.asOperator({ url });
  expect(reply.statusCode).toBe(200);
  const { servers, faults } = measureServerListSchema.parse(reply.json());
  expect(servers.map(({ state, inUse, failures }) => [state, inUse, failures])).toEqual([
    ['up', 1, 0],
    ['away', 0, 7],
    ['unknown', 0, 0],
  ]);
  expect(servers[0]).toEqual({
    ...{ url: 'http://meet.example:8081', slots: 2, inUse: 1, state: 'up', failures: 0 },
    since: '2026-03-02T07:00:00.000Z',
    checkedAt: '2026-03-02T07:00:01.000Z',
    lastError: null,
  });
  expect(servers[1]?.lastError).toEqual({
    at: '2026-03-02T07:00:02.000Z',
    code: 'tls_untrusted',
    message: 'certificate has expired',
  });
  expect(servers[2]?.checkedAt).toBeNull();
  expect(faults).toMatchObject([
    { from: '2026-03-02T07:00:00.000Z', to: '2026-03-02T07:01:00.000Z', fallen: 18 },
  ]);

  expect((await at.app.inject(url)).statusCode).toBe(401);
  const cookie = await at.signedIn(null);
  expect((await at.app.inject({ url, headers: { cookie } })).statusCode).toBe(403);
  const document = (await at.app.inject('/api/v1/openapi.json')).json();
  expect(document.paths['/api/v1/measure-servers'].get.summary).toContain('Measure servers');
  expect(document.components.schemas).toHaveProperty('MeasureServer');
});
