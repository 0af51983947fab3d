// Outages that are known, because the test makes them: a real agent behind a router, a real collector
// and measure server beyond the line.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCalendar } from '#collector/assessment/calendar.ts';
import { COUNT_ALL } from '#collector/availability/availability.ts';
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
/** An uplink pings every 25 s, so no outage is known to have begun more exactly. */
const PING_MS = 25 * SECOND;

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

const pause = (ms: number) => systemClock.sleep(ms);
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
  await kept(0);
  return agent;
}

/** That the line is up, and has been for so long, is on the agent's disk. */
function kept(leastMs: number): Promise<true> {
  return eventually(
    'the watch has seen the line',
    async () => {
      const file = await readFile(join(agentData(), 'agent', 'watch.json'), 'utf8');
      const { state, durationMs } = JSON.parse(file).stretch;
      return state === 'up' && durationMs >= leastMs ? true : undefined;
    },
    90 * SECOND,
  );
}

/** What the collector has by now, from its own store. */
async function stretches(): Promise<readonly Stretch[]> {
  await using series = await openSqliteSeries({ path: join(collectorData(), 'series.db') });
  return stretchesOf(await series.query({ locationId: '16SW03', kind: 'availability' }));
}

const delivered = (what: string, state: Stretch['state'], ended?: Stretch['ended']) =>
  eventually(
    what,
    async () =>
      (await stretches()).find(
        (each) => each.state === state && (ended === undefined || each.ended === ended),
      ),
    120 * SECOND,
  ).catch((cause: unknown) => {
    const said = running.map((each) => each.stderr()).join('\n');
    throw new Error(`not delivered; the programs said:\n${said}`, { cause });
  });

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

test('a line that was down, an agent that was killed and a collector that was stopped are three things', async () => {
  await mkdir(collectorData(), { recursive: true });
  const file = join(folder.path, 'locations.csv');
  await writeFile(file, ONE_LOCATION_CSV);
  await command('collector/main.ts', ['import', file], collectorData());
  const code = await command('collector/main.ts', ['enrol-code', '16SW03'], collectorData());
  const collector = await startCollector();
  const server = started('far', 'collector/main.ts', [
    ...['meetpunt', '--host', line.serverHost, '--port', '8081'],
    ...['--key-file', join(collectorData(), 'slot.key'), '--slots', '1'],
  ]);
  await server.seen(/Meetpunt/);
  const origin = `http://${line.collectorHost}:8080`;
  const enrol = ['enroll', '--collector', origin, '--code', code.trim()];
  await command('agent/main.ts', enrol, agentData());
  const agent = await startAgent();
  const watchedFrom = Date.now();

  // The line goes for a minute.
  const cutAt = Date.now();
  await line.setLine('down');
  await pause(60 * SECOND);
  await line.setLine('up');
  const joinedAt = Date.now();
  const outage = await delivered('the outage', 'line_down');
  expect(outage.from).toBeGreaterThanOrEqual(cutAt - SECOND);
  expect(outage.from).toBeLessThanOrEqual(cutAt + PING_MS + SECOND);
  expect(outage.from - (outage.startUncertaintyMs ?? 0)).toBeLessThanOrEqual(cutAt + SECOND);
  expect(outage.to).toBeGreaterThanOrEqual(joinedAt - SECOND);
  expect(outage.to).toBeLessThanOrEqual(joinedAt + PING_MS + SECOND);
  expect(outage).toMatchObject({
    ended: 'changed',
    evidence: { gateway: 'answers', targets: [{ kind: 'collector' }, { kind: 'measure_server' }] },
  });

  // The agent is killed, and is away for 8 s.
  await kept(1);
  await agent.end('SIGKILL');
  const killedAt = Date.now();
  await pause(8 * SECOND);
  const backAt = Date.now();
  const again = await startAgent();
  await delivered('what the killed agent had seen', 'up', 'killed');

  // The collector is stopped for 40 s; the measure server is not.
  await collector.end('SIGTERM');
  const stoppedAt = Date.now();
  await pause(40 * SECOND);
  await startCollector();
  const away = await delivered('the absence of the collector', 'collector_down');
  expect(away.from).toBeGreaterThanOrEqual(stoppedAt - 15 * SECOND);
  expect(away.to - away.from).toBeGreaterThanOrEqual(15 * SECOND);

  // An agent that is stopped in order says so before it goes.
  await again.end('SIGTERM');
  await delivered('the last of the agent', 'up', 'stopped');

  const all = await stretches();
  expect(all.filter(({ state }) => state === 'line_down')).toHaveLength(1);
  expect(all.filter(({ state }) => state === 'local_down' || state === 'unreachable')).toEqual([]);
  const { months, outages } = await counted();
  expect(outages.map(({ kind }) => kind).filter((kind) => kind !== 'silent')).toEqual([
    'off',
    'line_down',
  ]);
  const off = outages.find(({ kind }) => kind === 'off');
  expect(off?.from).toBeLessThanOrEqual(killedAt);
  expect(off?.to).toBeGreaterThanOrEqual(backAt);
  const lineDownMs = months.reduce((total, month) => total + month.lineDownMs, 0);
  const observedMs = months.reduce((total, month) => total + month.observedMs, 0);
  expect(lineDownMs).toBe(outage.to - outage.from);
  expect(observedMs).toBeGreaterThan(Date.now() - watchedFrom - 120 * SECOND);
  expect(months.reduce((total, { collectorDownMs }) => total + collectorDownMs, 0)).toBe(
    away.to - away.from,
  );
}, 480_000);

/** As the API counts, over the present month and the one before it, lest one turns in between. */
async function counted() {
  await using series = await openSqliteSeries({ path: join(collectorData(), 'series.db') });
  const path = join(collectorData(), 'registry.db');
  await using registry = await openSqliteRegistry({ path, clock: systemClock, log: silentLog });
  const now = Date.now();
  const months = monthsUntil(now, 2, createCalendar('Europe/Amsterdam'));
  const request = { locationId: '16SW03', months, now, rules: COUNT_ALL };
  return gatherAvailability({ series, registry }, request);
}
