// Power cuts: whatever is killed, each measurement is at the collector exactly once afterwards.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDiskSpool } from '#agent/spool/disk.ts';
import { openSqliteSeries } from '#collector/series/sqlite.ts';
import { enrolAgent, startAgent } from '#test/support/agent.ts';
import { locations, signIn, startCollector } from '#test/support/collector.ts';
import { measurementAt } from '#test/support/measurements.ts';
import { eventually, freePort, start } from '#test/support/process.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const LOCATION = '16SW03';

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
  const [port, meetpuntPort] = [await freePort(), await freePort()];
  // A measure server that outlives the collector, as one in another place does.
  const env = { MEETNET_MEETPUNT_URL: `http://127.0.0.1:${meetpuntPort}` };
  const collector = await startCollector({ data, port, env });
  await enrolAgent(collector, data, agentData);
  await using meetpunt = start('collector/main.ts', [
    ...['meetpunt', '--host', '127.0.0.1', '--port', String(meetpuntPort)],
    ...['--key-file', join(data, 'slot.key')],
  ]);
  await meetpunt.seen(/Meetpunt: /);

  const agent = startAgent(agentData);
  await agent.seen(/testing: download/);
  await collector.end('SIGKILL');
  await eventually('the result is in the spool', () => spoolHolds(agentData), 60_000);
  await agent.end('SIGKILL');
  expect(await storedIds(data)).toEqual([]);

  await using again = await startCollector({ data, port, env });
  await using _agent = startAgent(agentData);
  await eventually('the result has arrived', () => storedAtLeast(data, 1));
  const [location] = await locations(again, await signIn(again));
  expect(location?.latest?.download?.ipCapacity).toBeGreaterThan(0);
  expect(await storedIds(data)).toEqual([location?.latest?.id]);
});

test('the agent, killed between sending and the acknowledgement, delivers once', async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, 'collector');
  const agentData = join(folder.path, 'agent-host');
  await using collector = await startCollector({ data });
  await enrolAgent(collector, data, agentData);

  const agent = startAgent(agentData);
  await agent.seen(/testing: download/);
  // It stands still, and so acknowledges nothing; what is sent waits in the kernel's buffers.
  process.kill(collector.child.pid ?? 0, 'SIGSTOP');
  await eventually('the result is in the spool', () => spoolHolds(agentData), 60_000);
  await agent.end('SIGKILL');
  process.kill(collector.child.pid ?? 0, 'SIGCONT');

  await using again = startAgent(agentData);
  await again.seen(/connected to the collector/);
  // The resend and its answer take milliseconds; only a spool that nobody uses can be looked into.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await again.end('SIGTERM');
  expect(await testsInSpool(agentData)).toBe(0);
  expect(await storedIds(data)).toHaveLength(1);
});

async function fillSpool(agentData: string, count: number): Promise<string[]> {
  const state = join(agentData, 'agent');
  const { deviceId } = JSON.parse(await readFile(join(state, 'identity.json'), 'utf8'));
  await using spool = await openDiskSpool({
    directory: join(state, 'spool'),
    maxBytes: 100_000_000,
    log: silentLog,
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

/** Of tests: what the agent's watch tells comes when it comes. */
async function storedIds(data: string): Promise<string[]> {
  await using series = await openSqliteSeries({ path: join(data, 'series.db') });
  const tests = await series.query({ locationId: LOCATION, kind: 'throughput' });
  return tests.map(({ measurement }) => measurement.id);
}

async function storedAtLeast(data: string, count: number): Promise<true | undefined> {
  return (await storedIds(data)).length >= count ? true : undefined;
}

async function spoolHolds(agentData: string): Promise<true | undefined> {
  const folder = join(agentData, 'agent', 'spool');
  for (const name of await readdir(folder)) {
    if ((await readFile(join(folder, name))).includes('"throughput"')) return true;
  }
  return undefined;
}

async function testsInSpool(agentData: string): Promise<number> {
  const directory = join(agentData, 'agent', 'spool');
  await using spool = await openDiskSpool({ directory, maxBytes: 100_000_000, log: silentLog });
  const records = await spool.read(100);
  return records.filter(({ measurement }) => measurement.kind === 'throughput').length;
}
