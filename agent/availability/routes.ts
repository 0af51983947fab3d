// The way out of this device, from the texts of /proc/net. Pure: how files are read is handed in.
import type { HostFiles } from '../measure/environment/host-files.ts';

export interface DefaultRoute {
  readonly port: string;
  /** Absent on a point-to-point line, which has no address to send to. */
  readonly gateway?: string;
}

const UP = 1;
const VIA_GATEWAY = 2;
/** A prefix of no bits: everything. */
const ALL_4 = '00000000';
const ALL_6 = '0'.repeat(32);

/** IPv4 before IPv6, the least metric first; undefined without a default route. */
export function defaultRoute(files: HostFiles): DefaultRoute | undefined {
  return bestOf(routes4(files)) ?? bestOf(routes6(files));
}

type Metered = DefaultRoute & { readonly metric: number };

function routes4(files: HostFiles): readonly Metered[] {
  return rows(files.read('/proc/net/route'))
    .slice(1)
    .flatMap(([port = '', to, gateway = '', flags = '', , , metric = '', mask]) => {
      const isDefault = to === ALL_4 && mask === ALL_4 && (hex(flags) & UP) !== 0;
      if (!isDefault) return [];
      const via = (hex(flags) & VIA_GATEWAY) === 0 ? {} : { gateway: address4(gateway) };
      return [{ port, metric: Number(metric), ...via }];
    });
}

function routes6(files: HostFiles): readonly Metered[] {
  return rows(files.read('/proc/net/ipv6_route')).flatMap((row) => {
    const [to, bits, , , gateway = '', metric = '', , , flags = '', port = ''] = row;
    const isDefault = to === ALL_6 && bits === '00' && port !== 'lo' && (hex(flags) & UP) !== 0;
    if (!isDefault) return [];
    const via = gateway === ALL_6 ? {} : { gateway: `${address6(gateway)}%${port}` };
    return [{ port, metric: hex(metric), ...via }];
  });
}

function bestOf(routes: readonly Metered[]): DefaultRoute | undefined {
  const [best] = [...routes].sort((a, b) => a.metric - b.metric);
  if (best === undefined) return undefined;
  const { metric: _, ...route } = best;
  return route;
}

/** Whether the kernel has the neighbour's hardware address; undefined for one that it never sought. */
export function isNeighbourKnown(files: HostFiles, address: string): boolean | undefined {
  const COMPLETE = 2;
  const row = rows(files.read('/proc/net/arp'))
    .slice(1)
    .find(([of]) => of === address);
  return row === undefined ? undefined : (Number(row[2]) & COMPLETE) !== 0;
}

/** Carrier and radio of a port. */
export function portState(
  files: HostFiles,
  name: string,
): { readonly carrier?: boolean; readonly wireless: boolean } {
  // Of a port that was switched off the carrier cannot be read at all.
  const carrier = files.read(`/sys/class/net/${name}/carrier`)?.trim();
  const isOff = files.read(`/sys/class/net/${name}/operstate`)?.trim() === 'down';
  const wireless = rows(files.read('/proc/net/wireless')).some(([first]) => first === `${name}:`);
  if (carrier === '1') return { carrier: true, wireless };
  return carrier === '0' || isOff ? { carrier: false, wireless } : { wireless };
}

/** An address that only the location itself uses, so not the provider's end of the line. */
export function isOfLocation(address: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|fe[89ab][0-9a-f]:|f[cd])/i.test(
    address,
  );
}

function rows(text = ''): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));
}

function hex(text: string): number {
  return Number.parseInt(text, 16);
}

/** The kernel prints it as a number of this processor, which is little-endian wherever Node 24 runs. */
function address4(text: string): string {
  return [3, 2, 1, 0].map((byte) => hex(text.slice(2 * byte, 2 * byte + 2))).join('.');
}

function address6(text: string): string {
  return text.match(/.{4}/g)?.join(':') ?? text;
}
