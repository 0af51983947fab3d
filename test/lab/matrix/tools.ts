// The tools of the matrix, each run in its own way through a link that is there already.
import type { ChildProcess } from 'node:child_process';
import { type Measurement, measurementSchema } from '#shared/model/measurement.ts';
import type { DelayedLink } from '../line/delayed-link.ts';
import type { Run, Said } from './cell.ts';

export interface ToolContext {
  readonly link: DelayedLink;
  /** A measure server at the far end, open to anyone. */
  readonly origin: string;
}

export type Tool = (context: ToolContext) => Run;

export const SERVER_PORT = 9000;
const IPERF_PORT = 5201;
const IPERF_SECONDS = 10;
const IPERF_STREAMS = 4;

/** Resolves with what it wrote. Rejects with its complaints when it fails. */
function outputOf(child: ChildProcess, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    let complaints = '';
    child.stdout?.on('data', (chunk) => (said += chunk));
    child.stderr?.on('data', (chunk) => (complaints += chunk));
    child.on('close', (code) => {
      if (code === 0) resolve(said);
      else
        reject(
          new Error(`${name} ended with ${code}: ${complaints.slice(-500)} ${said.slice(-500)}`),
        );
    });
  });
}

export function meetnet(mode: 'check' | 'capacity'): Tool {
  return (context) => async () => {
    const child = context.link.spawn('near', process.execPath, [
      ...['agent/main.ts', 'measure', '--json', '--mode', mode, '--server', context.origin],
    ]);
    const measurement = measurementSchema.parse(JSON.parse(await outputOf(child, 'measure')));
    return { down: ours(measurement, 'download'), up: ours(measurement, 'upload') };
  };
}

function ours(measurement: Measurement, direction: 'download' | 'upload'): Said {
  const result = measurement[direction];
  if (result === undefined) return { outcome: measurement.failure?.message ?? 'no result' };
  return {
    mbps: result.ipCapacity,
    atLeast: result.atLeast ?? false,
    outcome: result.outcome,
    flags: measurement.flags,
    window: [result.warmUpMs, result.durationMs],
  };
}

/** Four streams for its usual ten seconds each way; its figure is the receiver's goodput. */
export const iperf3: Tool = (context) => async () => {
  const server = context.link.spawn('far', 'iperf3', [
    ...['-s', '-B', context.link.farAddress, '-p', String(IPERF_PORT), '--forceflush'],
  ]);
  try {
    await new Promise<void>((resolve, reject) => {
      server.stdout?.on('data', (chunk) => String(chunk).includes('listening') && resolve());
      server.on('close', (code) => reject(new Error(`iperf3's server ended with ${code}`)));
    });
    const down = await iperf(context, ['-R']);
    const up = await iperf(context, []);
    return { down, up };
  } finally {
    server.kill('SIGKILL');
  }
};

/** Through Node, which fills lines that Chromium's use of the processor does not. */
export const ndt7InNode: Tool = (context) => async () => {
  const child = context.link.spawn('near', process.execPath, [
    'test/lab/matrix/ndt7-in-node.ts',
    context.origin,
  ]);
  const { downMbps, upMbps } = JSON.parse(await outputOf(child, 'ndt7'));
  return { down: { mbps: downMbps }, up: { mbps: upMbps } };
};

async function iperf(context: ToolContext, extra: readonly string[]): Promise<Said> {
  const child = context.link.spawn('near', 'iperf3', [
    ...['-c', context.link.farAddress, '-p', String(IPERF_PORT), '-J'],
    ...['-t', String(IPERF_SECONDS), '-P', String(IPERF_STREAMS), ...extra],
  ]);
  const { end } = JSON.parse(await outputOf(child, 'iperf3'));
  return { mbps: Number(end.sum_received.bits_per_second) / 1e6 };
}
