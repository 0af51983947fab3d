import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { clientAddress, trustedProxy } from '#collector/config/proxies.ts';
import { readCollectorSettings } from '#collector/config/settings.ts';

const request = (remoteAddress: string, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

test('a forwarded address counts only as far as trusted proxies vouch for it', () => {
  const isTrusted = trustedProxy('127.0.0.1, 10.0.0.0/8, fd00::/8');
  const of = (remote: string, forwarded?: string) =>
    clientAddress(request(remote, forwarded), isTrusted);
  expect(of('198.51.100.7', '203.0.113.1')).toBe('198.51.100.7');
  expect(of('127.0.0.1')).toBe('127.0.0.1');
  expect(of('127.0.0.1', '203.0.113.1')).toBe('203.0.113.1');
  expect(of('127.0.0.1', 'made.up, 203.0.113.1, 10.1.2.3')).toBe('203.0.113.1');
  expect(of('fd00::1', '2001:db8::5')).toBe('2001:db8::5');
  expect(of('::ffff:127.0.0.1', '203.0.113.1')).toBe('203.0.113.1');
});

test('without a list nobody is believed', () => {
  const isTrusted = trustedProxy(undefined);
  expect(clientAddress(request('127.0.0.1', '203.0.113.1'), isTrusted)).toBe('127.0.0.1');
});

test('a list that cannot be read is refused', () => {
  for (const list of ['nginx', '10.0.0.0/33', '10.0.0.0/8/8', '127.0.0.1,', '::1/129']) {
    expect(() => readCollectorSettings({ MEETNET_TRUST_PROXY: list }, undefined), list).toThrow(
      /MEETNET_TRUST_PROXY: must be addresses or networks/,
    );
  }
});
