// Every quality flag, provoked for real: with what provokes it a short line's test carries the flag and
// never says that the line falls short.
import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { disqualifies, type Flag, type Measurement } from '#shared/model/measurement.ts';
import { openDelayedLink } from '../line/delayed-link.ts';
import { type CpuGroup, openCpuGroup } from '../matrix/cpu-group.ts';
import { measureAt, measureUnder, serve } from '../programs.ts';
import { during } from './during.ts';

/** Far below the norm both ways: without a flag this is a fail at once. */
const SHORT = { downMbps: 300, upMbps: 20, rttMs: 5 };

function expectFlagged(measured: Measurement, flag: Flag): void {
  expect(measured.flags, JSON.stringify(measured)).toContain(flag);
  for (const result of [measured.download, measured.upload]) {
    expect(result?.outcome).not.toBe('fail');
  }
}

/** Wants all of the processor that the group may have, until it is disposed of. */
function busyIn(group: CpuGroup): AsyncDisposable {
  const [command, args] = group.wrap('sh', ['-c', 'while :; do :; done']);
  const child = spawn(command, args, { stdio: 'ignore' });
  const gone = new Promise<void>((resolve) => child.on('close', () => resolve()));
  return {
    [Symbol.asyncDispose]: () => {
      child.kill('SIGKILL');
      return gone;
    },
  };
}

test('a short line without anything in its way fails, unless this machine itself was busy', async () => {
  await using link = await openDelayedLink(SHORT);
  const measured = await measureAt(link, ['--server', await serve(link)]);
  const isDisturbed = measured.flags.some(disqualifies);
  expect(measured.flags.filter((flag) => flag !== 'cpu_limited')).toEqual([]);
  expect(measured.download?.outcome).toBe(isDisturbed ? 'inconclusive' : 'fail');
});

test.each([0.25, 0.5])('cpu_limited: a control group with %d of a core', async (coreShare) => {
  await using group = await openCpuGroup();
  await group.limit(coreShare);
  // Half a core alone does for this line, and then its fail is right: the device has more to do than that.
  await using _other = coreShare < 0.5 ? undefined : busyIn(group);
  await using link = await openDelayedLink(SHORT);
  const server = await serve(link);
  // The namespace's network alone: its own /sys would hide the control groups from the agent.
  const measured = await measureUnder(
    ...group.wrap('nsenter', [
      ...[`--net=/run/netns/${link.nearSpace}`, process.execPath, 'agent/main.ts'],
      ...['measure', '--json', '--server', server],
    ]),
  );
  expectFlagged(measured, 'cpu_limited');
  expect(measured.conditions.cpu?.throttledMs).toBeGreaterThan(0);
});

const IPERF = ['iperf3', '-t', '60', '-c'];

test.each([
  ['download', ['-R', '-u', '-b', '60M']],
  ['upload', ['-u', '-b', '5M']],
] as const)('cross_traffic: others use the line during the %s', async (_way, extra) => {
  await using link = await openDelayedLink(SHORT);
  const server = await serve(link);
  const sink = ['iperf3', '-s', '-B', link.farAddress];
  const measured = await during(link, 'far', sink, async () => {
    const measuring = measureAt(link, ['--server', server], { MEETNET_POSITION: 'in_path' });
    // Past the five quiet seconds that the agent waits for, and then all through the test.
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    return during(link, 'near', [...IPERF, link.farAddress, ...extra], () => measuring);
  });
  expectFlagged(measured, 'cross_traffic');
  expect(measured.conditions.crossTraffic?.duringShare).toBeGreaterThan(0.03);
});

test('cross_traffic before the test defers it: no result is made on a busy line', async () => {
  await using link = await openDelayedLink(SHORT);
  const server = await serve(link);
  const sink = ['iperf3', '-s', '-B', link.farAddress];
  const measured = await during(link, 'far', sink, () =>
    during(link, 'near', [...IPERF, link.farAddress, '-R', '-b', '50M'], () =>
      measureAt(link, ['--server', server], { MEETNET_POSITION: 'in_path' }),
    ),
  );
  expect(measured.failure).toMatchObject({ code: 'line_busy' });
  expect(measured.download).toBeUndefined();
});

test('server_limited: the measure server carries as many tests as it may', async () => {
  await using link = await openDelayedLink({ ...SHORT, downMbps: 150 });
  const server = await serve(link);
  // An open server takes eight; seven others hold their places.
  for (let i = 0; i < 7; i += 1) {
    const made = link.spawn('near', process.execPath, [
      '--input-type=module',
      '--eval',
      `const reply = await fetch('${server}/meetpunt/v1/tests', { method: 'POST' });
       const { testId } = await reply.json();
       await fetch('${server}/meetpunt/v1/tests/' + testId + '/counts');
       console.log('held');
       setTimeout(() => {}, 60_000);`,
    ]);
    await new Promise((resolve) => made.stdout?.once('data', resolve));
  }
  expectFlagged(await measureAt(link, ['--server', server]), 'server_limited');
});

test('burst_shaped: a deep bucket gives more at first than the line keeps up', async () => {
  // A tbf lets all of a deep bucket through at once, in as little time as the machine is fast: the line
  // behind it makes that 1.6 s at 400 Mbit/s.
  const deep = { downMbps: 200, burstBytes: 40_000_000 };
  const line = { rateMbps: 400, bufferBytes: 2_500_000 };
  await using link = await openDelayedLink({ ...SHORT, ...deep, line });
  const measured = await measureAt(link, ['--server', await serve(link), '--mode', 'capacity']);
  expectFlagged(measured, 'burst_shaped');
});

test('high_variance: a rate that jumps about', async () => {
  await using link = await openDelayedLink(SHORT);
  const server = await serve(link);
  const jumping = (async () => {
    // Longer at each rate than a batch lasts: a faster alternation is the same mean in every batch.
    for (let i = 0; i < 14; i += 1) {
      const rate = i % 2 === 0 ? 300 : 60;
      const change = link.spawn('far', 'tc', [
        ...['qdisc', 'change', 'dev', link.farDevice, 'root', 'tbf', 'rate', `${rate}mbit`],
        ...['burst', '75000', 'latency', '50ms'],
      ]);
      await new Promise((resolve) => change.on('close', resolve));
      await new Promise((resolve) => setTimeout(resolve, 950));
    }
  })();
  const measured = await measureAt(link, ['--server', server]);
  await jumping;
  const seen = measured.flags.filter((flag) => disqualifies(flag) && flag !== 'cpu_limited');
  expect(seen.length, JSON.stringify(measured)).toBeGreaterThan(0);
  expect(measured.download?.outcome).not.toBe('fail');
});

test('nic_limited: a port of 100 Mbit/s, and one at half duplex', async () => {
  for (const [speed, duplex] of [
    ['100', 'full'],
    ['1000', 'half'],
  ] as const) {
    await using link = await openDelayedLink(SHORT);
    const set = link.spawn('near', 'ethtool', [
      ...['-s', link.nearDevice, 'speed', speed, 'duplex', duplex, 'autoneg', 'off'],
    ]);
    expect(await new Promise((resolve) => set.on('close', resolve))).toBe(0);
    const measured = await measureAt(link, ['--server', await serve(link)]);
    expectFlagged(measured, 'nic_limited');
    expect(measured.conditions.nic).toMatchObject({ speedMbps: Number(speed), duplex });
  }
});
