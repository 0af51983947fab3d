// The lab's matrix as a command: lines of known capacity, our reading and other tools' beside it.
//   node test/lab/matrix/main.ts [--rates 10,500] [--rtt 1,40] [--loss 0,0.001] [--up-share 1]
//        [--tools meetnet,meetnet-check,iperf3,ndt7-node,ndt7,cloudflare] [--browser-rates 10,40]
//        [--browser-rtt 10] [--browser-loss 0] [--runs 1] [--cc cubic|bbr] [--out FILE]
// The browser's tools take minutes a line, and a processor that few lines leave them: --browser-* names
// the lines that they are run on; without it, on all.
// Writes a row as it is measured to stderr, the tables to stdout and the rows as JSON to --out.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type DelayedLink, openDelayedLink } from '../line/delayed-link.ts';
import { cloudflare, ndt7 } from './browser-tools.ts';
import { type Cell, type Row, type Said, WAYS, type Way } from './cell.ts';
import { openCpuGroup } from './cpu-group.ts';
import { plateauMbps, wholeMbps, windowMbps } from './load.ts';
import { rowTable, summaryTable } from './report.ts';
import { iperf3, meetnet, ndt7InNode, SERVER_PORT, type Tool } from './tools.ts';
import { verdictTable } from './verdicts.ts';

const TOOLS: Readonly<Record<string, Tool>> = {
  meetnet: meetnet('capacity'),
  'meetnet-check': meetnet('check'),
  iperf3,
  'ndt7-node': ndt7InNode,
  ndt7,
  cloudflare,
};
const BROWSER_TOOLS: ReadonlySet<string> = new Set(['ndt7', 'cloudflare']);
/** The delay line tells its counters every 50 ms; the last ones must be in. */
const SETTLE_MS = 300;

const { values } = parseArgs({
  options: {
    rates: { type: 'string', default: '10,40,100,300,475,500,525,940' },
    rtt: { type: 'string', default: '1,10,40' },
    loss: { type: 'string', default: '0,0.001' },
    'up-share': { type: 'string', default: '1' },
    tools: { type: 'string', default: Object.keys(TOOLS).join() },
    'browser-rates': { type: 'string' },
    'browser-rtt': { type: 'string' },
    'browser-loss': { type: 'string' },
    runs: { type: 'string', default: '1' },
    cc: { type: 'string', default: 'cubic' },
    out: { type: 'string' },
  },
});

const rows: Row[] = [];
for (const cell of cells()) {
  for (let run = 1; run <= Number(values.runs); run += 1) {
    for (const name of toolsFor(cell)) {
      const made = await measureCell(cell, name, run);
      rows.push(...made);
      process.stderr.write(`${rowTable(made).split('\n').slice(2).join('\n')}\n`);
      if (values.out !== undefined) await writeFile(values.out, JSON.stringify(rows, null, 1));
    }
  }
}
process.stdout.write(`${rowTable(rows)}\n\n${summaryTable(rows)}\n\n${verdictTable(rows)}\n`);

function toolsFor({ rateMbps, rttMs, loss }: Cell): string[] {
  const isIn = (list: string | undefined, value: number) =>
    list === undefined || numbers(list).includes(value);
  const isForBrowsers =
    isIn(values['browser-rates'], rateMbps) &&
    isIn(values['browser-rtt'], rttMs) &&
    isIn(values['browser-loss'], loss);
  return values.tools.split(',').filter((name) => isForBrowsers || !BROWSER_TOOLS.has(name));
}

function numbers(text: string): number[] {
  return text.split(',').map(Number);
}

function cells(): Cell[] {
  const upShare = Number(values['up-share']);
  return numbers(values.rates).flatMap((rateMbps) =>
    numbers(values.rtt).flatMap((rttMs) =>
      numbers(values.loss).map((loss) => ({ rateMbps, upShare, rttMs, loss })),
    ),
  );
}

/** Each tool has a fresh link, with the same seed for its losses. */
async function measureCell(cell: Cell, name: string, run: number): Promise<Row[]> {
  const tool = TOOLS[name];
  if (tool === undefined) {
    throw new Error(`no tool ${name}; there are ${Object.keys(TOOLS).join(', ')}`);
  }
  await using group = await openCpuGroup();
  await using link = await openDelayedLink({
    downMbps: cell.rateMbps,
    upMbps: cell.rateMbps * cell.upShare,
    rttMs: cell.rttMs,
    loss: cell.loss,
    seed: 1000 * run,
    wrap: group.wrap,
    congestionControl: values.cc as 'cubic' | 'bbr',
  });
  const origin = `http://${link.farAddress}:${SERVER_PORT}`;
  await startServer(link);
  const before = { cpu: await group.cpuSeconds(), bytes: await link.counters(), at: now() };
  const said = await tool({ link, origin })().catch((error: unknown) => String(error));
  const seconds = (now() - before.at) / 1000;
  const cpuSeconds = (await group.cpuSeconds()) - before.cpu;
  const bytes = await link.counters();
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  return WAYS.map((way) => ({
    ...{ ...cell, tool: name, run, way, seconds, cpuSeconds },
    shapedMbps: plateauMbps(link.counts, way),
    wholeMbps: wholeMbps(link.counts, way),
    megabytes: (bytes[way] - before.bytes[way]) / 1e6,
    ...(typeof said === 'string' ? { error: said.slice(0, 300) } : saidOf(said[way], link, way)),
  }));
}

function saidOf(said: Said, link: DelayedLink, way: Way): Said & Pick<Row, 'windowMbps'> {
  if (said.window === undefined) return said;
  return { ...said, windowMbps: windowMbps(link.counts, way, said.window) };
}

async function startServer(link: DelayedLink): Promise<void> {
  const server = link.spawn('far', process.execPath, [
    ...['collector/main.ts', 'meetpunt', '--open'],
    ...['--host', link.farAddress, '--port', String(SERVER_PORT)],
  ]);
  await new Promise<void>((resolve, reject) => {
    server.stdout?.on('data', (chunk) => String(chunk).includes('Meetpunt') && resolve());
    server.on('close', (code) => reject(new Error(`the measure server ended with ${code}`)));
  });
}

function now(): number {
  return performance.now();
}
