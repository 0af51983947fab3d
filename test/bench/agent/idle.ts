// What an idle agent costs its device, beside a bare Node of the same version in the same run: a real
// process of the bundle, enrolled at a real collector on loopback, connected, its first test behind it.
//   npm run bench:agent [-- SECONDS [NODE-OPTION …]]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, watch } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { buildBundle } from '#deploy/agent-package/bundle.ts';
import { findRelease } from '#deploy/agent-package/release.ts';
import { enrolAgent } from '#test/support/agent.ts';
import { startCollector } from '#test/support/collector.ts';
import { ROOT, start } from '#test/support/process.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';
import { figuresOf } from './process-figures.ts';

const [seconds = '300', ...nodeOptions] = process.argv.slice(2);
const SPAN_MS = 1000 * Number(seconds);
/** What a start and a test leave on the heap is collected by then. */
const SETTLE_MS = 90_000;
const GOALS = { aboveBareMB: 12, cpuShare: 0.001, writesAMinute: 1, megabytesADay: 5 };

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
await using folder = await temporaryFolder();
const built = await buildBundle(join(folder.path, 'bundle'), findRelease());
const data = join(folder.path, 'collector');
const agentData = join(folder.path, 'agent-host');
await mkdir(data);
await using collector = await startCollector({ data });
await enrolAgent(collector, data, agentData);

await using agent = start(relative(ROOT, built.path), ['run'], {
  ...{ MEETNET_DATA: agentData, NODE_OPTIONS: nodeOptions.join(' ') },
  // As the packages' launcher sets it: without it each thread keeps memory of its own.
  MALLOC_ARENA_MAX: process.env.MALLOC_ARENA_MAX ?? '1',
});
const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
await agent.seen(/ measured /);
await sleep(SETTLE_MS);
const [agentPid = 0, barePid = 0] = [agent.child.pid, bare.pid];
const before = await figuresOf(agentPid);
const writes = countWrites(join(agentData, 'agent'));
await sleep(SPAN_MS);
const [after, idle] = [await figuresOf(agentPid), await figuresOf(barePid)];
bare.kill('SIGKILL');
await once(bare, 'exit');

const mb = (bytes: number) => (bytes / 1e6).toFixed(1);
const perDay = (count: number) => (count * 86_400_000) / SPAN_MS;
const cpuShare = (after.cpuMs - before.cpuMs) / SPAN_MS;
const written = perDay(after.writtenBytes - before.writtenBytes);
const perMinute = (writes() * 60_000) / SPAN_MS;
process.stdout.write(
  [
    `Idle for ${seconds} s, Node ${process.version} ${nodeOptions.join(' ')}`,
    '| | agent | bare Node | goal |',
    '|---|---|---|---|',
    `| PSS, MB | ${mb(after.pssBytes)} | ${mb(idle.pssBytes)} | ≤ ${mb(idle.pssBytes + 1e6 * GOALS.aboveBareMB)} |`,
    `| of it private, MB | ${mb(after.privateBytes)} | ${mb(idle.privateBytes)} | |`,
    `| processor | ${(100 * cpuShare).toFixed(3)}% | | ≤ ${100 * GOALS.cpuShare}% |`,
    `| files written a minute | ${perMinute.toFixed(2)} | | ≤ ${GOALS.writesAMinute} |`,
    `| written a day, MB | ${mb(written)} | | ≤ ${GOALS.megabytesADay} |`,
    `| bundle, MB | ${mb(built.bytes)} | | ≤ 2 |`,
    '',
  ].join('\n'),
);

/** Each file that gets new contents: replaced as a whole, or grown. Says how many so far. */
function countWrites(directory: string): () => number {
  let count = 0;
  const note = async () => {
    for await (const { filename } of watch(directory, { recursive: true })) {
      // A file that is replaced is first written beside its place.
      if (filename?.endsWith('.tmp')) continue;
      count += 1;
    }
  };
  void note();
  return () => count;
}
