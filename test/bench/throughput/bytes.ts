// What moving a test's bytes costs beside the least that Node can do, over loopback, each end a process
// of its own: `node test/bench/throughput/bytes.ts [send|receive] [rounds] [seconds]`. Peer and ours take
// turns, so that a noisy machine treats both alike; medians and their ratio are printed, nothing asserted.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { quantile } from '#test/lab/matrix/report.ts';
import { ROOT } from '#test/support/process.ts';

const [what = 'send', rounds = '5', seconds = '2'] = process.argv.slice(2);
const ENDS = join(ROOT, 'test/bench/throughput/ends.ts');

interface Cost {
  readonly gbps: number;
  readonly cpuPerGB: number;
}

/** Who serves, who receives, and whose CPU is counted. */
const PAIRS = {
  send: {
    counted: 'server',
    bare: ['bare-server', 'bare-client'],
    ours: ['meetpunt', 'test-sink'],
  },
  receive: {
    counted: 'client',
    bare: ['bare-server', 'bare-client'],
    ours: ['bare-server', 'agent'],
  },
} as const;

if (what !== 'send' && what !== 'receive') {
  throw new Error(`there is a benchmark for send and for receive, not for ${what}`);
}
const pair = PAIRS[what];
const costs = { bare: [] as Cost[], ours: [] as Cost[] };
for (let round = 0; round < Number(rounds); round += 1) {
  for (const side of ['bare', 'ours'] as const) {
    const [server, client] = pair[side];
    costs[side].push(await measure(server, client));
  }
}
const median = (side: 'bare' | 'ours', of: (cost: Cost) => number) =>
  quantile(costs[side].map(of), 0.5);
console.log(`${what}, ${rounds} rounds of ${seconds} s, 8 streams, CPU of the ${pair.counted}`);
console.log('| | Gbit/s | CPU s per GB |\n|---|---|---|');
for (const side of ['bare', 'ours'] as const) {
  const name = side === 'bare' ? 'bare net sockets' : 'Meetnet';
  const gbps = median(side, (cost) => cost.gbps).toFixed(1);
  console.log(`| ${name} | ${gbps} | ${median(side, (cost) => cost.cpuPerGB).toFixed(3)} |`);
}
const ratios = costs.ours.map((cost, i) => cost.cpuPerGB / (costs.bare[i]?.cpuPerGB ?? Number.NaN));
console.log(
  `ratio of CPU per GB: ${ratioOf((cost) => cost.cpuPerGB)} of the medians; by round ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}`,
);

function ratioOf(of: (cost: Cost) => number): string {
  return (median('ours', of) / median('bare', of)).toFixed(2);
}

async function measure(serverRole: string, clientRole: string): Promise<Cost> {
  const server = start(serverRole, []);
  try {
    const serverSays = linesOf(server);
    const port = (await serverSays.next()).split(' ')[1] ?? '';
    const before = await ask(server, serverSays);
    const client = start(clientRole, [port, seconds]);
    const said = JSON.parse(await linesOf(client).next());
    const after = await ask(server, serverSays);
    const cpu = pair.counted === 'server' ? after.cpuSeconds - before.cpuSeconds : said.cpuSeconds;
    return { gbps: (said.bytes * 8) / said.seconds / 1e9, cpuPerGB: cpu / (said.bytes / 1e9) };
  } finally {
    server.kill('SIGKILL');
  }
}

function start(role: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [ENDS, role, ...args], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

interface Lines {
  next(): Promise<string>;
}

function linesOf(child: ChildProcess): Lines {
  if (child.stdout === null) throw new Error('the child has no output');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { next: async () => String((await lines.next()).value ?? '') };
}

async function ask(server: ChildProcess, says: Lines): Promise<{ readonly cpuSeconds: number }> {
  server.stdin?.write('\n');
  return JSON.parse(await says.next());
}
