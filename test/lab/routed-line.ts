// A location and the outside, with a router in between: three network namespaces, so that the line
// (router to outside) and the location's own network (device to router) can each be cut.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { type Running, start } from '#test/support/process.ts';

const run = promisify(execFile);

/** `near` is the device's end, `far` has the collector and the measure server. */
export type Side = 'near' | 'router' | 'far';

export interface RoutedLine extends AsyncDisposable {
  /** Two hosts beyond the line, as far as anyone can tell. */
  readonly collectorHost: string;
  readonly serverHost: string;
  readonly gateway: string;
  /** Starts one of the product's files at that side. */
  start(side: Side, file: string, args: readonly string[], env?: Record<string, string>): Running;
  /** Cuts the line, or joins it again. */
  setLine(state: 'up' | 'down'): Promise<void>;
  /** Pulls the device's own cable, or plugs it in. */
  setLocal(state: 'up' | 'down'): Promise<void>;
  /** The router stops answering at its address, its ports stay up. */
  loseGateway(): Promise<void>;
}

const NEAR = { device: '10.215.0.2', gateway: '10.215.0.1' };
const FAR = { gateway: '10.215.1.1', collector: '10.215.1.2', server: '10.215.1.3' };

export async function openRoutedLine(): Promise<RoutedLine> {
  if (process.getuid?.() !== 0) {
    throw new Error('routed lines need root for network namespaces: run the tests as root');
  }
  const name = `mn${randomBytes(3).toString('hex')}`;
  const space = { near: `${name}n`, router: `${name}r`, far: `${name}f` };
  const ports = { near: `${name}a`, inside: `${name}b`, outside: `${name}c`, far: `${name}d` };
  const inSpace = (side: Side, ...words: string[]) => run('ip', ['-n', space[side], ...words]);
  const close = async () => {
    for (const each of Object.values(space))
      await run('ip', ['netns', 'del', each]).catch(() => {});
  };
  const join = (one: string, at: Side, other: string, to: Side) =>
    run('ip', [
      ...['link', 'add', one, 'netns', space[at], 'type', 'veth'],
      ...['peer', 'name', other, 'netns', space[to]],
    ]);
  const address = async (side: Side, port: string, ...addresses: string[]) => {
    for (const each of addresses) await inSpace(side, 'address', 'add', `${each}/24`, 'dev', port);
    await inSpace(side, 'link', 'set', port, 'up');
    await inSpace(side, 'link', 'set', 'lo', 'up');
  };
  try {
    for (const each of Object.values(space)) await run('ip', ['netns', 'add', each]);
    await join(ports.near, 'near', ports.inside, 'router');
    await join(ports.outside, 'router', ports.far, 'far');
    await address('near', ports.near, NEAR.device);
    await address('router', ports.inside, NEAR.gateway);
    await address('router', ports.outside, FAR.gateway);
    await address('far', ports.far, FAR.collector, FAR.server);
    await inSpace('near', 'route', 'add', 'default', 'via', NEAR.gateway);
    await inSpace('far', 'route', 'add', 'default', 'via', FAR.gateway);
    const forward = 'echo 1 > /proc/sys/net/ipv4/ip_forward';
    await run('ip', ['netns', 'exec', space.router, 'sh', '-c', forward]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    collectorHost: FAR.collector,
    serverHost: FAR.server,
    gateway: NEAR.gateway,
    start: (side, file, args, env = {}) =>
      start(file, args, env, ['ip', 'netns', 'exec', space[side]]),
    setLine: async (state) => {
      await inSpace('router', 'link', 'set', ports.outside, state);
    },
    setLocal: async (state) => {
      await inSpace('router', 'link', 'set', ports.inside, state);
    },
    loseGateway: async () => {
      await inSpace('router', 'address', 'flush', 'dev', ports.inside);
    },
    [Symbol.asyncDispose]: close,
  };
}
