// Two network namespaces joined by TUN devices with a shaper at either end and the delay line in
// between. `near` is the school, `far` the measure server. TUN frames are IP packets, so that the
// shaper's rate and its counters are at the IP layer.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { ROOT } from '#test/support/process.ts';
import type { ShapedLink } from '../shaped-link.ts';
import { buildDelayLine } from './build.ts';
import { type LineCounts, parseCounts } from './counts.ts';

const run = promisify(execFile);

export interface DelayedLinkOptions {
  /** far → near, Mbit/s at the IP layer. */
  readonly downMbps: number;
  /** near → far, Mbit/s at the IP layer. */
  readonly upMbps: number;
  /** Both ways together, without the shapers' queues. */
  readonly rttMs: number;
  /** Chance that a packet is lost, each way. */
  readonly loss?: number;
  /** The shapers' buckets; a deep one makes a burst-shaped line. */
  readonly burstBytes?: number;
  /** The shapers' queues. */
  readonly queueMs?: number;
  readonly seed?: number;
  /** A bottleneck of the line's own behind the shapers, each way; absent: the shapers alone. */
  readonly line?: { readonly rateMbps: number; readonly bufferBytes: number };
  /** Puts what is started in the namespaces under something else too, such as a control group. */
  readonly wrap?: (
    command: string,
    args: readonly string[],
  ) => readonly [string, readonly string[]];
  /** What both kernels use; `cubic` is what most devices have. */
  readonly congestionControl?: 'cubic' | 'bbr' | 'reno';
}

export interface DelayedLink extends ShapedLink {
  readonly nearSpace: string;
  readonly farSpace: string;
  readonly nearDevice: string;
  readonly farDevice: string;
  /** Starts a program in one of the namespaces, with or without something to read. */
  spawn(
    side: 'near' | 'far',
    command: string,
    args: readonly string[],
    stdin?: 'ignore' | 'pipe',
  ): ChildProcess;
  /** Words before a command that make it run at that side, for what starts programs by itself. */
  prefix(side: 'near' | 'far'): readonly string[];
  /** What passed since the start, every 50 ms, on this machine's monotonic clock. */
  readonly counts: readonly LineCounts[];
}

const NEAR_ADDRESS = '10.214.0.1';
const FAR_ADDRESS = '10.214.0.2';
const SUBNET = '10.214.0.0/24';
/** A bucket must outlast a late timer of a busy machine, or the shaper gives less than its rate. */
const BURST = { leastBytes: 16 * 1024, ms: 2 } as const;
const QUEUE_MS = 50;
/**
 * From this rate on the kernel may hand the line a few packets of a connection at once, a tenth of a
 * millisecond of it: one by one they would keep these cores busy that the ends need.
 */
const FAST_MBPS = 400;
const FAST_SEGMENTS = 8;
const READY_DEADLINE_MS = 5_000;

export async function openDelayedLink(options: DelayedLinkOptions): Promise<DelayedLink> {
  if (process.getuid?.() !== 0) {
    throw new Error('delayed links need root for network namespaces: run the lab as root');
  }
  const program = await buildDelayLine();
  const name = `mn${randomBytes(3).toString('hex')}`;
  const near = { space: `${name}n`, device: `${name}a`, address: NEAR_ADDRESS };
  const far = { space: `${name}f`, device: `${name}b`, address: FAR_ADDRESS };
  const children = new Set<ChildProcess>();
  const counts: LineCounts[] = [];
  const start = (command: string, args: readonly string[], stdin: 'ignore' | 'pipe' = 'ignore') => {
    const child = spawn(command, args, { cwd: ROOT, stdio: [stdin, 'pipe', 'pipe'] });
    children.add(child);
    child.on('close', () => children.delete(child));
    return child;
  };
  const prefix = (side: 'near' | 'far') => {
    const inSpace = ['netns', 'exec', (side === 'near' ? near : far).space];
    // From outside, because a namespace's own /sys has no control groups.
    const [command, args] = options.wrap?.('ip', inSpace) ?? ['ip', inSpace];
    return [command, ...args];
  };
  const close = async () => {
    for (const child of children) child.kill('SIGKILL');
    for (const { space } of [near, far]) await run('ip', ['netns', 'del', space]).catch(() => {});
  };
  try {
    for (const { space } of [near, far]) await run('ip', ['netns', 'add', space]);
    const seed = options.seed ?? 1;
    const { rateMbps, bufferBytes } = options.line ?? { rateMbps: 0, bufferBytes: 0 };
    const way = (offset: number) =>
      [
        ...[Math.round(options.rttMs * 500), Math.round(rateMbps * 1e6), bufferBytes],
        ...[Math.round((options.loss ?? 0) * 1e6), seed + offset],
      ].join();
    const line = start(
      program,
      [near.space, near.device, far.space, far.device, way(0), way(1)],
      'pipe',
    );
    await follow(line, counts);
    await configure(near, options.upMbps, options);
    await configure(far, options.downMbps, options);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    nearAddress: NEAR_ADDRESS,
    farAddress: FAR_ADDRESS,
    nearSpace: near.space,
    farSpace: far.space,
    nearDevice: near.device,
    farDevice: far.device,
    counts,
    counters: async () => ({ down: await sentBytes(far), up: await sentBytes(near) }),
    prefix,
    spawn: (side, command, args, stdin) => {
      const [first = '', ...rest] = prefix(side);
      return start(first, [...rest, command, ...args], stdin);
    },
    [Symbol.asyncDispose]: close,
  };
}

/** Resolves with the first counts: the devices are there. */
function follow(line: ChildProcess, counts: LineCounts[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let rest = '';
    let words = '';
    const late = setTimeout(
      () => reject(new Error(`the delay line did not start: ${words}`)),
      READY_DEADLINE_MS,
    );
    line.stderr?.setEncoding('utf8').on('data', (chunk: string) => (words += chunk));
    line.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      counts.push(...lines.map(parseCounts));
      if (counts.length === 0) return;
      clearTimeout(late);
      resolve();
    });
    line.on('close', (code) => {
      clearTimeout(late);
      reject(new Error(`the delay line ended with ${code}: ${words}`));
    });
  });
}

interface Side {
  readonly space: string;
  readonly device: string;
  readonly address: string;
}

async function configure(side: Side, rateMbps: number, options: DelayedLinkOptions) {
  const { space, device, address } = side;
  const inSpace = (...args: string[]) => run('ip', ['netns', 'exec', space, ...args]);
  await inSpace('ip', 'link', 'set', 'lo', 'up');
  // Packets must be real ones: with offloads the shaper would count 64 kB giants as one frame.
  const isFast = rateMbps >= FAST_MBPS;
  const offload = isFast ? 'on' : 'off';
  await inSpace('ethtool', '-K', device, 'tso', offload, 'gso', offload, 'gro', 'off');
  // On a slow line this would keep the sender from filling the queue: what a connection may have waiting
  // on its own machine goes by the size of what it hands over.
  if (isFast) await inSpace('ip', 'link', 'set', device, 'gso_max_segs', String(FAST_SEGMENTS));
  await inSpace('ip', 'address', 'add', `${address}/24`, 'dev', device);
  await inSpace('ip', 'link', 'set', device, 'txqueuelen', '2000', 'up');
  await inSpace(
    ...['tc', 'qdisc', 'add', 'dev', device, 'root', 'tbf', 'rate', `${rateMbps}mbit`],
    ...['burst', String(options.burstBytes ?? burstBytes(rateMbps))],
    ...['latency', `${options.queueMs ?? QUEUE_MS}ms`],
  );
  // By the route: a namespace may not make every control that the kernel has its default.
  const control = options.congestionControl ?? 'cubic';
  await inSpace(
    ...['ip', 'route', 'replace', SUBNET, 'dev', device, 'scope', 'link', 'src', address],
    ...['congctl', control],
  );
}

function burstBytes(rateMbps: number): number {
  return Math.round(Math.max(BURST.leastBytes, (rateMbps * 1e6 * BURST.ms) / 8000));
}

async function sentBytes({ space, device }: Side): Promise<number> {
  const { stdout } = await run('ip', [
    ...['netns', 'exec', space, 'tc', '-s', 'qdisc', 'show', 'dev', device],
  ]);
  return Number(/Sent (\d+) bytes/.exec(stdout)?.[1] ?? Number.NaN);
}
