// One look at the line: first the targets beyond it, and only when all are silent what lies before
// them. A few SYN packets, nothing else.
import type { LineLook } from '#shared/model/availability.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Random } from '#shared/runtime/random.ts';
import type { HostFiles } from '../measure/environment/host-files.ts';
import { endOfOrigin, timeConnect } from '../measure/latency/reach.ts';
import { askDns } from './dns.ts';
import { askGateway } from './gateway.ts';
import type { KnownAddresses } from './known-addresses.ts';
import { type DefaultRoute, defaultRoute, isOfLocation, portState } from './routes.ts';

export interface ProbeOptions {
  /** Origin. */
  readonly collector: string;
  /** Origins of the measure servers that are known now. */
  readonly servers: () => readonly string[];
  readonly addresses: KnownAddresses;
  readonly files: HostFiles;
  /** Addresses of a port, as `networkInterfaces` of node:os has them. */
  readonly addressesOf: (port: string) => readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  /** Whether the collector is reached through a proxy; default: it is not. */
  readonly isProxied?: () => boolean;
  /** For name servers other than the system's: `address:port`. */
  readonly nameServers?: readonly string[];
}

export type ProbeLine = (signal: AbortSignal) => Promise<LineLook>;

/** More tell nothing new, and each costs a packet at every look of every agent. */
const MAX_SERVERS = 3;

export function createProbe(options: ProbeOptions): ProbeLine {
  /** A route may go with its port's link; what it was tells where to look then. */
  let last: DefaultRoute | undefined;
  return async (signal) => {
    const targets = await askTargets(options, signal);
    const route = defaultRoute(options.files);
    last = route ?? last;
    const port = portEvidence(options, last?.port);
    const seen = {
      ...(port === undefined ? {} : { port }),
      ...(options.isProxied?.() ? { isProxied: true as const } : {}),
      ...sideOf(last),
      targets,
    };
    if (targets.some(({ answers }) => answers)) {
      return { ...seen, gateway: 'not_asked', dns: 'not_asked' };
    }
    const [gateway, dns] = await Promise.all([
      gatewayEvidence(options, route, signal),
      askDns(endOfOrigin(options.collector).host, dnsOptions(options), signal),
    ]);
    return { ...seen, gateway, dns };
  };
}

function askTargets(options: ProbeOptions, signal: AbortSignal): Promise<LineLook['targets']> {
  const { collector, servers, addresses, clock } = options;
  const origins = [...new Set(servers())].filter((origin) => origin !== collector);
  const asked = [
    { kind: 'collector' as const, origin: collector },
    ...farFirst(origins, collector)
      .slice(0, MAX_SERVERS)
      .map((origin) => ({ kind: 'measure_server' as const, origin })),
  ];
  return Promise.all(
    asked.map(async ({ kind, origin }) => {
      const end = endOfOrigin(origin);
      const found = await timeConnect({ ...end, host: addresses.of(end.host) }, clock, signal);
      const name = `${end.host}:${end.port}`.slice(0, 300);
      const code = found.failure === undefined ? {} : { code: found.failure };
      return { kind, name, answers: found.ms !== undefined, ...code };
    }),
  );
}

/** Those on other hosts than the collector's first: they tell more. */
function farFirst(origins: readonly string[], collector: string): readonly string[] {
  const { host } = endOfOrigin(collector);
  const isNear = (origin: string) => Number(endOfOrigin(origin).host === host);
  return [...origins].sort((a, b) => isNear(a) - isNear(b));
}

function portEvidence(
  { files, addressesOf }: ProbeOptions,
  name: string | undefined,
): LineLook['port'] {
  if (name === undefined) return undefined;
  const hasAddress = addressesOf(name).some((address) => !/^(fe80:|169\.254\.)/i.test(address));
  return { name, hasAddress, ...portState(files, name) };
}

async function gatewayEvidence(
  { files, clock }: ProbeOptions,
  route: DefaultRoute | undefined,
  signal: AbortSignal,
): Promise<LineLook['gateway']> {
  if (route === undefined) return 'none';
  // A point-to-point line: its other end is the provider's.
  if (route.gateway === undefined) return 'unknown';
  if (portState(files, route.port).carrier === false) return 'not_asked';
  return askGateway(route.gateway, files, clock, signal);
}

function sideOf(route: DefaultRoute | undefined): Pick<LineLook, 'gatewaySide'> {
  if (route === undefined) return {};
  if (route.gateway === undefined) return { gatewaySide: 'provider' };
  return { gatewaySide: isOfLocation(route.gateway) ? 'location' : 'provider' };
}

function dnsOptions({ random, nameServers }: ProbeOptions) {
  return { random, ...(nameServers === undefined ? {} : { servers: nameServers }) };
}
