// The network interface on the route to the measure server.
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import type { Conditions } from '#shared/model/measurement.ts';
import { type Clock, withDeadline } from '#shared/runtime/clock.ts';
import type { HostFiles } from './host-files.ts';

export type Port = NonNullable<Conditions['nic']>;

/** What systeminformation's `networkInterfaces` tells of one interface, as far as it is used. */
export interface InterfaceFacts {
  readonly iface: string;
  readonly ip4: string;
  readonly ip6: string;
  readonly type: string;
  readonly duplex: string;
  readonly speed: number | null;
}

const DEADLINE_MS = 5_000;

/**
 * The facts of the interface that owns `address`, as the conditions of a test name them. `owner`:
 * its name where that is known; the facts have only the first of an interface's addresses.
 */
export function portOf(
  address: string,
  interfaces: readonly InterfaceFacts[],
  owner?: string,
): Port | undefined {
  const facts =
    interfaces.find(({ ip4, ip6 }) => ip4 === address || ip6 === address) ??
    interfaces.find(({ iface }) => iface === owner);
  if (facts === undefined) return undefined;
  const hasSpeed = facts.speed !== null && facts.speed > 0 && facts.type !== 'virtual';
  const hasDuplex = facts.duplex === 'full' || facts.duplex === 'half';
  return {
    name: facts.iface,
    ...(hasSpeed ? { speedMbps: Number(facts.speed) } : {}),
    ...(hasDuplex ? { duplex: facts.duplex as 'full' | 'half' } : {}),
    wireless: facts.type === 'wireless',
  };
}

/** Undefined where it cannot be told, which is no reason not to measure. */
export async function findPort(
  server: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Port | undefined> {
  try {
    return await withDeadline(
      clock,
      DEADLINE_MS,
      () => new Error('the interface could not be told in time'),
      async () => {
        const address = await localAddressTo(server);
        // Loaded late: only a test needs it, and it is large.
        const host = await import('systeminformation');
        const found = await host.networkInterfaces('*');
        return portOf(address, Array.isArray(found) ? found : [found], ownerOf(address));
      },
      signal,
    );
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}

/** The address from which the kernel would send to the server; nothing is sent. */
async function localAddressTo(server: string): Promise<string> {
  const { hostname, port } = new URL(server);
  // The family that the test itself tries first; a name may have no IPv4 address at all.
  const { address: host, family } = await lookup(hostname.replace(/^\[|\]$/g, ''));
  return new Promise((resolve, reject) => {
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    socket.on('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.connect(Number(port || 80), host, () => {
      const { address } = socket.address();
      socket.close();
      resolve(address);
    });
  });
}

function ownerOf(address: string): string | undefined {
  return Object.entries(networkInterfaces()).find(([, addresses]) =>
    addresses?.some((each) => each.address === address),
  )?.[0];
}

export interface PortBytes {
  readonly received: number;
  readonly sent: number;
  /** As the interface counts them: what it splits or joins by itself is one. */
  readonly receivedPackets: number;
  readonly sentPackets: number;
}

export function readPortBytes(files: HostFiles, name: string): PortBytes | undefined {
  const read = (counter: string) => files.read(`/sys/class/net/${name}/statistics/${counter}`);
  const [received, sent] = [read('rx_bytes'), read('tx_bytes')];
  const [receivedPackets, sentPackets] = [read('rx_packets'), read('tx_packets')];
  if (received === undefined || sent === undefined) return undefined;
  if (receivedPackets === undefined || sentPackets === undefined) return undefined;
  return {
    ...{ received: Number(received), sent: Number(sent) },
    ...{ receivedPackets: Number(receivedPackets), sentPackets: Number(sentPackets) },
  };
}

/** ARPHRD_ETHER of the kernel's if_arp.h: its counters have a frame's header. */
export function isEthernet(files: HostFiles, name: string): boolean {
  return files.read(`/sys/class/net/${name}/type`)?.trim() === '1';
}
