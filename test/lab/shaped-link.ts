// Two network namespaces joined by a veth pair with a shaper at either end. `near` is the school,
// `far` the measure server. Rates are at the Ethernet layer, as tbf counts (14 bytes of header).
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { ROOT } from '#test/support/process.ts';

const run = promisify(execFile);

export interface ShapedLinkOptions {
  /** far → near, Mbit/s. */
  readonly downMbps: number;
  /** near → far, Mbit/s. */
  readonly upMbps: number;
}

export interface ShapedLink extends AsyncDisposable {
  readonly nearAddress: string;
  readonly farAddress: string;
  /** Bytes that passed each shaper, Ethernet headers counted. */
  counters(): Promise<{ readonly down: number; readonly up: number }>;
  /** Starts a program in one of the namespaces. */
  spawn(side: 'near' | 'far', command: string, args: readonly string[]): ChildProcess;
}

const NEAR_ADDRESS = '10.213.0.1';
const FAR_ADDRESS = '10.213.0.2';
/** The share of an Ethernet frame (without FCS, as tbf counts) that is IP at full packets. */
export const IP_SHARE_OF_ETHERNET = 1500 / 1514;

export async function openShapedLink(options: ShapedLinkOptions): Promise<ShapedLink> {
  if (process.getuid?.() !== 0) {
    throw new Error('shaped links need root for network namespaces: run the tests as root');
  }
  const name = `mn${randomBytes(3).toString('hex')}`;
  const near = {
    space: `${name}n`,
    device: `${name}a`,
    address: NEAR_ADDRESS,
    rate: options.upMbps,
  };
  const far = {
    space: `${name}f`,
    device: `${name}b`,
    address: FAR_ADDRESS,
    rate: options.downMbps,
  };
  const children = new Set<ChildProcess>();
  const close = async () => {
    for (const child of children) child.kill('SIGKILL');
    for (const { space } of [near, far]) await run('ip', ['netns', 'del', space]).catch(() => {});
  };
  try {
    for (const { space } of [near, far]) await run('ip', ['netns', 'add', space]);
    await run('ip', [
      ...['link', 'add', near.device, 'netns', near.space, 'type', 'veth'],
      ...['peer', 'name', far.device, 'netns', far.space],
    ]);
    for (const side of [near, far]) await configure(side);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    nearAddress: NEAR_ADDRESS,
    farAddress: FAR_ADDRESS,
    counters: async () => ({ down: await sentBytes(far), up: await sentBytes(near) }),
    spawn: (side, command, args) => {
      const space = side === 'near' ? near.space : far.space;
      const child = spawn('ip', ['netns', 'exec', space, command, ...args], {
        cwd: ROOT,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      children.add(child);
      child.on('close', () => children.delete(child));
      return child;
    },
    [Symbol.asyncDispose]: close,
  };
}

interface Side {
  readonly space: string;
  readonly device: string;
  readonly address: string;
  readonly rate: number;
}

async function configure({ space, device, address, rate }: Side): Promise<void> {
  const inSpace = (...args: string[]) => run('ip', ['netns', 'exec', space, ...args]);
  await inSpace('ip', 'link', 'set', 'lo', 'up');
  // Packets must be real ones: with offloads the shaper would count 64 kB giants as one frame.
  await inSpace('ethtool', '-K', device, 'tso', 'off', 'gso', 'off', 'gro', 'off');
  await inSpace('ip', 'address', 'add', `${address}/24`, 'dev', device);
  await inSpace('ip', 'link', 'set', device, 'up');
  // A bucket of about 1 ms at 500 Mbit/s, so that no test sees a burst; a queue of 50 ms.
  await inSpace(
    ...['tc', 'qdisc', 'add', 'dev', device, 'root', 'tbf'],
    ...['rate', `${rate}mbit`, 'burst', '64kb', 'latency', '50ms'],
  );
}

async function sentBytes({ space, device }: Side): Promise<number> {
  const { stdout } = await run('ip', [
    'netns',
    'exec',
    space,
    'tc',
    '-s',
    'qdisc',
    'show',
    'dev',
    device,
  ]);
  return Number(/Sent (\d+) bytes/.exec(stdout)?.[1] ?? Number.NaN);
}
