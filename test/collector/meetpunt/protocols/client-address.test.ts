// Addresses of guests: one IPv4 address or one /64 is one guest.
import { expect, test } from 'vitest';
import { endpoint, networkOf, shownAddress } from '#collector/meetpunt/protocols/client-address.ts';

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  [undefined, ''],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test('an address is shown as its owner knows it', () => {
  expect(shownAddress('::ffff:192.0.2.7')).toBe('192.0.2.7');
  expect(shownAddress('2001:db8::1')).toBe('2001:db8::1');
  expect(endpoint('::ffff:192.0.2.7', 80)).toBe('192.0.2.7:80');
  expect(endpoint('2001:db8::1', 80)).toBe('[2001:db8::1]:80');
});
