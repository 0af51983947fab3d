// Power cuts: whatever is killed, each measurement is at the collector exactly once afterwards.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDiskSpool } from '#agent/spool/disk.ts';
import { openSqliteSeries } from '#collector/series/sqlite.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { enrolAgent, startAgent } from '#test/support/agent.ts';
import { locations, signIn, startCollector } from '#test/support/collector.ts';
import { measurementAt } from '#test/support/measurements.ts';
import { eventually, freePort } from '#test/support/process.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const LOCATION = '16SW03';
const silent = createLogger({
  level: 'error',
  format: 'json',
  clock: systemClock,
  write: () => {},
});

test('the collector, killed again and again in a stream of results, has each exactly once', async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, 'collector');
  const agentData = join(folder.path, 'agent-host');
  const port = await freePort();
  const first = await startCollector({ data, port });
  await enrolAgent(first, data, agentData);
  await first.end('SIGTERM');

  const ids = await fillSpool(agentData, 5000);
  await using _agent = startAgent(agentData);
  for (const enough of [1, 1500, 3000]) {
    await using collector = await startCollector({ data, port });
    await eventually(`${enough} measurements have arrived`, () => storedAtLeast(data, enough));
    await collector.end('SIGKILL');
  }
  await using _last = await startCollector({ data, port });
  await eventually('all have arrived', () => storedAtLeast(data, ids.length), 60_000);
  expect((await storedIds(data)).filter((id) => ids.includes(id)).sort()).toEqual([...ids].sort());
});

test('the agent, killed between measuring and sending, delivers afterwards, once', async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, 'collector');
  const agentData = join(folder.path, 'agent-host');
  await using collector = await startCollector({ data });
  await enrolAgent(collector, data, agentData);
  const spool = join(agentData, 'agent', 'spool');

  // The collector stands still from the moment the test has its slot, so nothing can be sent.
  const agent = startAgent(agentData);
  await agent.seen(/slot/i);
  await eventually('the test has begun', async () =>
    /download/.test(agent.stderr()) ? true : undefined,
  );
  process.kill(collector.child.pid ?? 0, 'SIGSTOP');
  await eventually('the result is in the spool', () => spoolHolds(spool), 60_000);
  await agent.end('SIGKILL');
  process.kill(collector.child.pid ?? 0, 'SIGCONT');
  const cookie = await signIn(collector);
  expect((await locations(collector, cookie))[0]?.latest ?? null).toBeNull();

  await using _again = startAgent(agentData);
  const latest = await eventually('the result has arrived', async () => {
    const [location] = await locations(collector, cookie);
    return location?.latest ?? undefined;
  });
  expect(latest.download?.ipCapacity).toBeGreaterThan(0);
  const ids = await storedIds(data);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toContain(latest.id);
});

async function fillSpool(agentData: string, count: number): Promise<string[]> {
  const state = join(agentData, 'agent');
  const { deviceId } = JSON.parse(await readFile(join(state, 'identity.json'), 'utf8'));
  await using spool = await openDiskSpool({
    directory: join(state, 'spool'),
    maxBytes: 100_000_000,
    log: silent,
  });
  const ids: string[] = [];
  const start = Date.now() - count * 1000;
  for (let index = 0; index < count; index += 1) {
    const measurement = measurementAt(deviceId, start + index * 1000);
    ids.push(measurement.id);
    await spool.append(measurement);
  }
  return ids;
}

async function storedIds(data: string): Promise<string[]> {
  await using series = await openSqliteSeries({ path: join(data, 'series.db') });
  return (await series.query({ locationId: LOCATION })).map(({ measurement }) => measurement.id);
}

async function storedAtLeast(data: string, count: number): Promise<true | undefined> {
  return (await storedIds(data)).length >= count ? true : undefined;
}

async function spoolHolds(folder: string): Promise<true | undefined> {
  for (const name of await readdir(folder)) {
    if ((await readFile(join(folder, name))).includes('"throughput"')) return true;
  }
  return undefined;
}
