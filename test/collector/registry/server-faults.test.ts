import { expect, test } from 'vitest';
import type { ServerFault } from '#shared/model/server-fault.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { openTestRegistry } from '#test/support/registry.ts';

const fault = (server: string, from: number, to: number): ServerFault => ({
  ...{ server, direction: 'download', from, to, lines: 9, fallen: 8, usualRate: 0.0625 },
});

test('server faults are found by time and server, and withdrawn ones as they once stood', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  const { serverFaults } = open.registry;
  const t1 = clock.now();
  await serverFaults.revise([fault('a', 100, 200), fault('b', 150, 150)], []);
  const all = { from: 0, to: 1_000 };
  const first = await serverFaults.find(all);
  expect(first).toEqual([
    { ...fault('a', 100, 200), id: expect.any(String), foundAt: t1 },
    { ...fault('b', 150, 150), id: expect.any(String), foundAt: t1 },
  ]);
  const serversIn = async (from: number, to: number) =>
    (await serverFaults.find({ from, to })).map(({ server }) => server);
  expect(await serversIn(200, 300)).toEqual(['a']);
  expect(await serversIn(201, 300)).toEqual([]);
  expect(await serversIn(0, 99)).toEqual([]);
  expect(await serversIn(150, 150)).toEqual(['a', 'b']);
  expect(await serverFaults.find({ ...all, server: 'b' })).toEqual([first[1]]);

  clock.step(60_000);
  const t2 = clock.now();
  await serverFaults.revise([fault('a', 100, 300)], first.slice(0, 1));
  expect(await serverFaults.find({ ...all, server: 'a' })).toMatchObject([
    { to: 300, foundAt: t2 },
  ]);
  expect(await serverFaults.find({ ...all, asOf: t1 })).toEqual([
    { ...first[0], withdrawnAt: t2 },
    first[1],
  ]);
  expect(await serverFaults.find({ ...all, asOf: t1 - 1 })).toEqual([]);
  expect(await serverFaults.find({ ...all, asOf: t2 })).toHaveLength(2);
  expect((await serverFaults.changedSince(t2)).map(({ to }) => to).sort()).toEqual([200, 300]);
  // Twice withdrawn is withdrawn when it was.
  clock.step(60_000);
  await serverFaults.revise([], first.slice(0, 1));
  expect(await serverFaults.changedSince(t2 + 1)).toEqual([]);
  const again = await open.open();
  expect(await again.serverFaults.find(all)).toHaveLength(2);
});
