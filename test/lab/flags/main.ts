// The flags' matrix as a command: lines that meet the norm and lines that do not, with a processor held
// back or with others' traffic, and what the tests said:
//   node test/lab/flags/main.ts [--runs 1] [--only cpu|traffic] [--out FILE]
// A disturbed test may prove a pass and never a fail. Tables go to stdout, tests to --out.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Flag, Measurement } from '#shared/model/measurement.ts';
import { type DelayedLink, openDelayedLink } from '../line/delayed-link.ts';
import { openCpuGroup } from '../matrix/cpu-group.ts';
import { markdown } from '../matrix/report.ts';
import { measureAt, measureUnder, serve } from '../programs.ts';
import { during } from './during.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1' },
    only: { type: 'string' },
    out: { type: 'string' },
  },
});

const LINES = [
  { name: '550/44', downMbps: 550, upMbps: 44, rttMs: 5 },
  { name: '475/38', downMbps: 475, upMbps: 38, rttMs: 5 },
  { name: '300/20', downMbps: 300, upMbps: 20, rttMs: 5 },
] as const;
const QUOTAS = [0.1, 0.25, 0.5, 0.8] as const;
/** Share of the line that the others take, all through one direction of the test or before it. */
const TRAFFIC = [
  ...[0.05, 0.2, 0.5].map((share) => ({ way: 'download', share }) as const),
  ...[0.05, 0.2, 0.5].map((share) => ({ way: 'upload', share }) as const),
];
/** Past the five quiet seconds that the agent waits for. */
const STARTED_MS = 7_000;

interface Disturbed {
  readonly what: string;
  readonly flag: Flag;
  readonly line: string;
  readonly measured: Measurement;
}

const all: Disturbed[] = [];
for (let run = 1; run <= Number(values.runs); run += 1) {
  for (const line of LINES) {
    if (values.only !== 'traffic') for (const quota of QUOTAS) await heldBack(line, quota);
    if (values.only !== 'cpu') for (const traffic of TRAFFIC) await shared(line, traffic);
  }
}
process.stdout.write(`${table()}\n`);

type Line = (typeof LINES)[number];

async function heldBack(line: Line, quota: number): Promise<void> {
  await using group = await openCpuGroup();
  await group.limit(quota);
  await using link = await openDelayedLink(line);
  const server = await serve(link);
  // The namespace's network alone: its own /sys would hide the control groups from the agent.
  const measured = await measureUnder(
    ...group.wrap('nsenter', [
      ...[`--net=/run/netns/${link.nearSpace}`, process.execPath, 'agent/main.ts'],
      ...['measure', '--json', '--server', server],
    ]),
  );
  await keep({ what: `${100 * quota}% of a core`, flag: 'cpu_limited', line: line.name, measured });
}

async function shared(line: Line, { way, share }: (typeof TRAFFIC)[number]): Promise<void> {
  await using link = await openDelayedLink(line);
  const server = await serve(link);
  const mbps = share * (way === 'download' ? line.downMbps : line.upMbps);
  const measured = await measureBeside(link, server, [
    ...(way === 'download' ? ['-R'] : []),
    ...['-u', '-b', `${mbps.toFixed(1)}M`],
  ]);
  const what = `others ${way} ${100 * share}% of the line`;
  await keep({ what, flag: 'cross_traffic', line: line.name, measured });
}

function measureBeside(link: DelayedLink, server: string, load: readonly string[]) {
  return during(link, 'far', ['iperf3', '-s', '-B', link.farAddress], async () => {
    const measuring = measureAt(link, ['--server', server], { MEETNET_POSITION: 'in_path' });
    await new Promise((resolve) => setTimeout(resolve, STARTED_MS));
    const others = ['iperf3', '-t', '60', '-c', link.farAddress, ...load];
    return during(link, 'near', others, () => measuring);
  });
}

async function keep(made: Disturbed): Promise<void> {
  all.push(made);
  process.stderr.write(`${made.line}, ${made.what}: ${words(made.measured)}\n`);
  if (values.out !== undefined) await writeFile(values.out, JSON.stringify(all, null, 1));
}

function words({ download, upload, flags, failure }: Measurement): string {
  if (failure !== undefined) return failure.code;
  const said = [download, upload].map((r) => `${r?.ipCapacity.toFixed(1)} ${r?.outcome}`);
  return `${said.join(', ')} ${flags.join(' ')}`;
}

function table(): string {
  const whats = [...new Set(all.map(({ what }) => what))];
  const rows = whats.map((what) => {
    const own = all.filter((made) => made.what === what);
    const disturbed = own.filter(isDisturbed);
    const flagged = disturbed.filter(({ flag, measured }) => measured.flags.includes(flag));
    const failed = own.filter(({ measured }) => measured.failure !== undefined);
    const said = (outcome: string) => counted(own, outcome);
    const counts = [own.length, disturbed.length, flagged.length, failed.length];
    const outcomes = [said('pass'), said('inconclusive'), said('fail')];
    return [what, ...[...counts, ...outcomes, counted(disturbed, 'fail')].map(String)];
  });
  return markdown(
    [
      ...['disturbed by', 'tests', 'really disturbed', 'of those flagged', 'no result'],
      ...['pass', 'undecided', 'fail', 'fail though disturbed'],
    ],
    rows,
  );
}

/** A processor that is not all needed is not felt; the kernel tells whether it held the test back. */
function isDisturbed({ flag, measured }: Disturbed): boolean {
  if (measured.failure !== undefined) return false;
  return flag !== 'cpu_limited' || (measured.conditions.cpu?.throttledMs ?? 0) > 0;
}

function counted(made: readonly Disturbed[], outcome: string): number {
  const results = made.flatMap(({ measured }) => [measured.download, measured.upload]);
  return results.filter((result) => result?.outcome === outcome).length;
}
