// Off path nothing tells of others' traffic but a round trip longer than usual: on a line whose queue
// another's download fills, a test is flagged; on the same line at rest it is not.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { saveIdleHistory } from '#agent/known.ts';
import {
  type IdleHistory,
  idleReadingOf,
  remember,
} from '#agent/measure/environment/idle-history.ts';
import { disqualifies } from '#shared/model/measurement.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';
import { type DelayedLink, openDelayedLink } from './line/delayed-link.ts';
import { measureAt, serve } from './programs.ts';

const HOUR_MS = 3_600_000;
/**
 * A queue of 100 ms, as many a modem has. It is the line's own: a kernel keeps a connection from filling
 * the queue of its own port.
 */
const LINE = {
  ...{ downMbps: 120, upMbps: 20, rttMs: 8 },
  line: { rateMbps: 100, bufferBytes: 1_250_000 },
  congestionControl: 'reno',
} as const;

/** What the agent would have read of this line in a quiet day: its own readings, laid an hour apart. */
async function quietDay(link: DelayedLink, server: string, directory: string): Promise<void> {
  const probe = ['--server', server, '--kind', 'latency', '--seconds', '2'];
  const tested = await measureAt(link, ['--server', server]);
  const probed = await measureAt(link, probe);
  let history: IdleHistory = [];
  for (let hour = 24; hour > 0; hour -= 1) {
    const reading = idleReadingOf(hour % 6 === 0 ? tested : probed);
    if (reading === undefined) throw new Error(JSON.stringify({ tested, probed }));
    history = remember(history, { ...reading, at: Date.now() - hour * HOUR_MS });
  }
  await mkdir(directory, { recursive: true });
  await saveIdleHistory(directory, history);
}

test('a queue that another fills is suspected; the same line at rest is unknown, never "none"', async () => {
  await using home = await temporaryFolder();
  await using link = await openDelayedLink(LINE);
  const server = await serve(link);
  await quietDay(link, server, join(home.path, 'agent'));
  const measure = () => measureAt(link, ['--server', server], { MEETNET_DATA: home.path });

  const quiet = await measure();
  expect(quiet.conditions.crossTrafficState, JSON.stringify(quiet)).toBe('unknown');
  expect(quiet.flags).not.toContain('cross_traffic');
  expect(quiet.conditions.idleBaselineMs).toBeGreaterThan(7);
  expect(quiet.conditions.idleBaselineMs).toBeLessThan(18);

  const sink = link.spawn('far', 'iperf3', ['-s', '--forceflush', '-B', link.farAddress]);
  await new Promise((resolve) => sink.stdout?.once('data', resolve));
  const other = link.spawn('near', 'iperf3', ['-c', link.farAddress, '-R', '-t', '90', '-P', '2']);
  // Past its slow start: the queue is what it keeps full.
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  const busy = await measure();
  for (const child of [other, sink]) child.kill('SIGKILL');
  expect(busy.conditions, JSON.stringify(busy)).toMatchObject({
    ...{ position: 'off_path', crossTrafficState: 'suspected' },
    idleBaselineMs: expect.closeTo(quiet.conditions.idleBaselineMs ?? 0, 0),
  });
  expect(busy.conditions.crossTraffic).toBeUndefined();
  expect(busy.conditions.idleLatency?.p50Ms).toBeGreaterThan(30);
  expect(busy.flags).toContain('cross_traffic');
  expect(busy.download?.outcome).not.toBe('fail');
  // The line's share that was left is still known to have fallen short, unless this machine was busy.
  if (busy.flags.filter(disqualifies).length === 1) expect(busy.download?.withheld).toBe('fail');
});
