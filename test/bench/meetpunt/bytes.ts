// What moving a test's bytes costs beside the least that Node can do for it, over loopback, each end a
// process of its own: `node test/bench/meetpunt/bytes.ts send|receive [rounds] [seconds]`. Bare sockets
// and ours take turns, so that a noisy machine treats both alike; medians and ratios are printed.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '#test/support/process.ts';

const [subject = '', rounds = '5', seconds = '2'] = process.argv.slice(2);
const ENDS = join(ROOT, 'test/bench/meetpunt/ends.ts');

interface Cost {
  readonly gbps: number;
  readonly cpuPerGB: number;
}

interface Pair {
  readonly title: string;
  /** Whose CPU and bytes are counted. */
  readonly counted: 'server' | 'client';
  /** [server, client] */
  readonly bare: readonly [string, string];
  readonly ours: readonly [string, string];
}

const PAIRS: Readonly<Record<string, readonly Pair[]>> = {
  send: [
    {
      title: 'download: the measure server sends',
      counted: 'server',
      bare: ['bare-source', 'bare-reader'],
      ours: ['meetpunt', 'test-reader'],
    },
  ],
  receive: [
    {
      title: 'download: the agent receives',
      counted: 'client',
      bare: ['bare-source', 'bare-reader'],
      ours: ['bare-source', 'agent'],
    },
    {
      title: 'upload: the measure server receives',
      counted: 'server',
      bare: ['bare-sink', 'bare-writer'],
      ours: ['meetpunt', 'test-writer'],
    },
  ],
};

const pairs = PAIRS[subject];
if (pairs === undefined) {
  throw new Error(`the subject is send or receive, not ${JSON.stringify(subject)}`);
}
for (const pair of pairs) {
  const bare: Cost[] = [];
  const ours: Cost[] = [];
  for (let round = 0; round < Number(rounds); round += 1) {
    bare.push(await measure(pair, pair.bare));
    ours.push(await measure(pair, pair.ours));
  }
  console.log(`${pair.title}; 8 streams, unpaced, ${rounds} rounds of ${seconds} s`);
  console.log('| | Gbit/s | CPU s per GB |\n|---|---|---|');
  print('bare net sockets', bare);
  print('Meetnet', ours);
  const each = ours.map(({ cpuPerGB }, i) => cpuPerGB / (bare[i]?.cpuPerGB ?? Number.NaN));
  const speed = ours.map(({ gbps }, i) => gbps / (bare[i]?.gbps ?? Number.NaN));
  console.log(
    `ratio of CPU per GB ${median(each).toFixed(2)} (${each.map((ratio) => ratio.toFixed(2)).join(', ')}), of speed ${median(speed).toFixed(2)}\n`,
  );
}

function print(name: string, costs: readonly Cost[]): void {
  const gbps = median(costs.map((cost) => cost.gbps)).toFixed(1);
  console.log(`| ${name} | ${gbps} | ${median(costs.map((cost) => cost.cpuPerGB)).toFixed(3)} |`);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (upper + lower) / 2;
}

interface Used {
  readonly cpuSeconds: number;
  readonly bytes: number;
}

async function measure({ counted }: Pair, [serverRole, clientRole]: readonly [string, string]) {
  const server = start(serverRole, []);
  try {
    const says = linesOf(server);
    const port = (await says()).split(' ')[1] ?? '';
    const ask = async (): Promise<Used> => {
      server.stdin?.write('\n');
      return JSON.parse(await says());
    };
    const before = await ask();
    const client = start(clientRole, [port, seconds]);
    const said = JSON.parse(await linesOf(client)()) as Used & { readonly seconds: number };
    const after = await ask();
    const used: Used =
      counted === 'client'
        ? said
        : {
            cpuSeconds: after.cpuSeconds - before.cpuSeconds,
            bytes: after.bytes - before.bytes,
          };
    return {
      gbps: (used.bytes * 8) / said.seconds / 1e9,
      cpuPerGB: used.cpuSeconds / (used.bytes / 1e9),
    };
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

function linesOf(child: ChildProcess): () => Promise<string> {
  if (child.stdout === null) throw new Error('the child has no output');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async () => String((await lines.next()).value ?? '');
}
