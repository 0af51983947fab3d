// Outages that are known, because the test makes them: a real agent behind a router, a real collector
// and measure server beyond the line.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCalendar } from '#collector/assessment/calendar.ts';
import { COUNT_ALL, type MonthAvailability } from '#collector/availability/availability.ts';
import { gatherAvailability } from '#collector/availability/gather-availability.ts';
import { monthsUntil } from '#collector/availability/months.ts';
import { type Stretch, stretchesOf } from '#collector/availability/stretches.ts';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import { openSqliteSeries } from '#collector/series/sqlite.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { ONE_LOCATION_CSV } from '#test/support/collector.ts';
import { eventually, type Running } from '#test/support/process.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';
import { openRoutedLine, type RoutedLine } from './routed-line.ts';

const SECOND = 1_000;
/** The agent's idea of the collector's time, on a machine that is busy. */
const CLOCK_ERROR_MS = 2 * SECOND;

/** More than records may be apart and still follow one another. */
const OFF_MS = 8 * SECOND;

let line: RoutedLine;
let folder: TemporaryFolder;
const running: Running[] = [];
beforeEach(async () => {
  folder = await temporaryFolder();
  line = await openRoutedLine();
});
afterEach(async () => {
  for (const each of running.splice(0)) await each[Symbol.asyncDispose]();
  await line[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const collectorData = () => join(folder.path, 'collector');
const agentData = () => join(folder.path, 'agent');

function started(...args: Parameters<RoutedLine['start']>): Running {
  const process = line.start(...args);
  running.push(process);
  return process;
}

async function startCollector(): Promise<Running> {
  const collector = started('far', 'collector/main.ts', ['serve'], {
    MEETNET_DATA: collectorData(),
    MEETNET_HOST: line.collectorHost,
    MEETNET_PORT: '8080',
    MEETNET_MEETPUNT_SLOTS: '0',
    MEETNET_MEETPUNTEN: `http://${line.serverHost}:8081=1`,
  });
  await collector.seen(/Meetnet: (http:\S+)/);
  return collector;
}

/** To its end; what it said. */
async function command(file: string, args: readonly string[], data: string): Promise<string> {
  const side = file.startsWith('agent') ? 'near' : 'far';
  await using process = line.start(side, file, args, { MEETNET_DATA: data });
  process.child.stdin?.end();
  expect(await process.exited, process.stderr()).toBe(0);
  return process.stdout();
}

async function startAgent(): Promise<Running> {
  const agent = started('near', 'agent/main.ts', ['run'], { MEETNET_DATA: agentData() });
  await agent.seen(/connected to the collector/);
  return agent;
}

/** What the watch sees now is on the agent's disk. */
function kept(state: Stretch['state']): Promise<true> {
  return eventually(
    `the watch says ${state}`,
    async () => {
      const file = await readFile(join(agentData(), 'agent', 'watch.json'), 'utf8');
      return JSON.parse(file).stretch.state === state ? true : undefined;
    },
    90 * SECOND,
  );
}

/** What the collector knows of outages by now, in its own store, once there are so many. */
function outagesDelivered(count: number): Promise<readonly Stretch[]> {
  const find = async () => {
    await using series = await openSqliteSeries({ path: join(collectorData(), 'series.db') });
    const records = await series.query({ locationId: '16SW03', kind: 'availability' });
    const found = stretchesOf(records).filter(({ state }) => state === 'line_down');
    return found.length >= count ? found : undefined;
  };
  return eventually(`${count} outages are delivered`, find, 90 * SECOND).catch((cause: unknown) => {
    const said = running.map((each) => each.stderr()).join('\n');
    throw new Error(`not delivered; the programs said:\n${said}`, { cause });
  });
}

interface Cut {
  readonly cutAt: number;
  readonly seenAt: number;
  readonly joinedAt: number;
}

/** The line goes, and the device goes on: it sees that itself, and tells of it afterwards. */
async function cutUntilSeen(): Promise<Cut> {
  const cutAt = Date.now();
  await line.setLine('down');
  await kept('line_down');
  const seenAt = Date.now();
  await line.setLine('up');
  return { cutAt, seenAt, joinedAt: Date.now() };
}

function expectOutage(found: Stretch | undefined, { cutAt, seenAt, joinedAt }: Cut): void {
  const { from = 0, to = 0, startUncertaintyMs = 0 } = found ?? {};
  expect(from).toBeGreaterThanOrEqual(cutAt - CLOCK_ERROR_MS);
  expect(from).toBeLessThanOrEqual(seenAt + CLOCK_ERROR_MS);
  expect(from - startUncertaintyMs).toBeLessThanOrEqual(cutAt + CLOCK_ERROR_MS);
  expect(to).toBeGreaterThanOrEqual(joinedAt - CLOCK_ERROR_MS);
  expect(found).toMatchObject({
    ended: 'changed',
    evidence: { gateway: 'answers', targets: [{ kind: 'collector' }, { kind: 'measure_server' }] },
  });
}

test('one look tells the line from the local network, on a real router', async () => {
  // Nothing listens beyond the line: a refusal is no silence, and no answer either.
  const look = async () => {
    const ends = [line.collectorHost, line.serverHost].map((host) => `http://${host}:8080`);
    return JSON.parse(await commandAt('test/lab/look-once.ts', ends));
  };
  expect(await look()).toMatchObject({ state: 'unreachable' });
  await line.setLine('down');
  expect(await look()).toMatchObject({
    state: 'line_down',
    evidence: { gateway: 'answers', gatewaySide: 'location', port: { carrier: true } },
  });
  await line.setLine('up');
  await line.setLocal('down');
  expect(await look()).toMatchObject({
    state: 'local_down',
    evidence: { port: { carrier: false } },
  });
  await line.setLocal('up');
  await line.loseGateway();
  expect(await look()).toMatchObject({
    state: 'local_down',
    evidence: { gateway: 'silent', port: { carrier: true } },
  });
}, 120_000);

async function commandAt(file: string, args: readonly string[]): Promise<string> {
  await using process = line.start('near', file, args);
  expect(await process.exited, process.stderr()).toBe(0);
  return process.stdout();
}

test('a line that was down is an outage, a device that was off is not', async () => {
  await mkdir(collectorData(), { recursive: true });
  const file = join(folder.path, 'locations.csv');
  await writeFile(file, ONE_LOCATION_CSV);
  await command('collector/main.ts', ['import', file], collectorData());
  const code = await command('collector/main.ts', ['enrol-code', '16SW03'], collectorData());
  await startCollector();
  const server = started('far', 'collector/main.ts', [
    ...['meetpunt', '--host', line.serverHost, '--port', '8081'],
    ...['--key-file', join(collectorData(), 'slot.key'), '--slots', '1'],
  ]);
  await server.seen(/Meetpunt/);
  const origin = `http://${line.collectorHost}:8080`;
  const enrol = ['enroll', '--collector', origin, '--code', code.trim()];
  await command('agent/main.ts', enrol, agentData());
  const agent = await startAgent();
  await kept('up');
  const first = await cutUntilSeen();
  expectOutage((await outagesDelivered(1))[0], first);

  // The device goes, as by a power cut, and the line stays.
  await kept('up');
  await agent.end('SIGKILL');
  const killedAt = Date.now();
  await systemClock.sleep(OFF_MS);
  await startAgent();
  const backAt = Date.now();
  const second = await cutUntilSeen();
  expectOutage((await outagesDelivered(2))[1], second);

  const [counted, ...others] = await availability();
  expect(others).toEqual([]);
  const { months = [], outages = [] } = counted ?? {};
  expect(outages.map(({ kind, counted: counts }) => [kind, counts])).toEqual([
    ['line_down', true],
    ['off', false],
    ['line_down', true],
  ]);
  const off = outages[1];
  expect(off?.from).toBeLessThanOrEqual(killedAt + CLOCK_ERROR_MS);
  expect(off?.to).toBeGreaterThanOrEqual(killedAt + OFF_MS - CLOCK_ERROR_MS);
  expect(off?.to).toBeLessThanOrEqual(backAt + CLOCK_ERROR_MS);
  const length = (wanted: string) =>
    outages.filter(({ kind }) => kind === wanted).reduce((ms, { from, to }) => ms + to - from, 0);
  const sum = (part: (month: MonthAvailability) => number) =>
    months.reduce((total, month) => total + part(month), 0);
  expect(sum((month) => month.lineDownMs)).toBe(length('line_down'));
  expect(sum((month) => month.offMs)).toBe(length('off'));
  for (const { share, observedMs, lineDownMs } of months) {
    if (observedMs > 0) expect(share).toBeCloseTo((observedMs - lineDownMs) / observedMs, 10);
    else expect(share).toBeNull();
  }
}, 240_000);

/** As the API counts, over the present month and the one before it, lest one turns in between. */
async function availability() {
  await using series = await openSqliteSeries({ path: join(collectorData(), 'series.db') });
  const path = join(collectorData(), 'registry.db');
  await using registry = await openSqliteRegistry({ path, clock: systemClock, log: silentLog });
  const now = Date.now();
  const months = monthsUntil(now, 2, createCalendar('Europe/Amsterdam'));
  const request = { locationId: '16SW03', months, now, rules: COUNT_ALL };
  return await gatherAvailability({ series, registry }, request);
}
