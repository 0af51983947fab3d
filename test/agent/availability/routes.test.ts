import { expect, test } from 'vitest';
import {
  defaultRoute,
  isNeighbourKnown,
  isOfLocation,
  portState,
} from '#agent/availability/routes.ts';
import type { HostFiles } from '#agent/measure/environment/host-files.ts';

const files = (tree: Record<string, string>): HostFiles => ({ read: (path) => tree[path] });
const HEAD =
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';

test('the default route with the least metric, as the kernel prints it', () => {
  const table = `${HEAD}wlan0\t00000000\t0100A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\neth0\t00000000\tFE01A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\neth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n`;
  expect(defaultRoute(files({ '/proc/net/route': table }))).toEqual({
    port: 'eth0',
    gateway: '192.168.1.254',
  });
});

test('a point-to-point line has no gateway, and a device without a line no route', () => {
  const ppp = `${HEAD}ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n`;
  expect(defaultRoute(files({ '/proc/net/route': ppp }))).toEqual({ port: 'ppp0' });
  expect(defaultRoute(files({ '/proc/net/route': HEAD }))).toBeUndefined();
  expect(defaultRoute(files({}))).toBeUndefined();
});

test('IPv6 where there is no IPv4', () => {
  const none = '0'.repeat(32);
  const table = [
    `${none} 00 ${none} 00 ${none} ffffffff 00000001 00000000 00200200       lo`,
    `${none} 00 ${none} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0`,
  ].join('\n');
  const tree = { '/proc/net/route': HEAD, '/proc/net/ipv6_route': `${table}\n` };
  expect(defaultRoute(files(tree))).toEqual({
    port: 'eth0',
    gateway: 'fe80:0000:0000:0000:0000:0000:0000:0001%eth0',
  });
});

test('neighbours: known, sought in vain, never sought', () => {
  const arp = [
    'IP address       HW type     Flags       HW address            Mask     Device',
    '192.168.1.254    0x1         0x2         52:54:00:12:34:56     *        eth0',
    '192.168.1.9      0x1         0x0         00:00:00:00:00:00     *        eth0',
  ].join('\n');
  const tree = files({ '/proc/net/arp': `${arp}\n` });
  expect(isNeighbourKnown(tree, '192.168.1.254')).toBe(true);
  expect(isNeighbourKnown(tree, '192.168.1.9')).toBe(false);
  expect(isNeighbourKnown(tree, '192.168.1.8')).toBeUndefined();
});

test('ports: plugged, pulled, switched off, unknown, wireless', () => {
  const at = (carrier: string | undefined, state: string) =>
    files({
      ...(carrier === undefined ? {} : { '/sys/class/net/eth0/carrier': carrier }),
      '/sys/class/net/eth0/operstate': state,
      '/proc/net/wireless': 'Inter-| sta-|\n face | tus |\n wlan0: 0000   54.\n',
    });
  expect(portState(at('1\n', 'up\n'), 'eth0')).toEqual({ carrier: true, wireless: false });
  expect(portState(at('0\n', 'down\n'), 'eth0')).toEqual({ carrier: false, wireless: false });
  expect(portState(at(undefined, 'down\n'), 'eth0')).toEqual({ carrier: false, wireless: false });
  expect(portState(at(undefined, 'unknown\n'), 'eth0')).toEqual({ wireless: false });
  expect(portState(at('1\n', 'up\n'), 'wlan0')).toEqual({ wireless: true });
});

test.each([
  ['10.0.0.1', true],
  ['172.16.3.1', true],
  ['172.32.3.1', false],
  ['192.168.178.1', true],
  ['100.64.0.1', false],
  ['198.51.100.1', false],
  ['fe80:0000::1%eth0', true],
  ['fd12::1', true],
  ['2001:db8::1', false],
])('%s is of the location: %s', (address, isLocal) => {
  expect(isOfLocation(address)).toBe(isLocal);
});
