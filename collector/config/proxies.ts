// Reverse proxies that are believed about whom they speak for. Pure.

import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/** Says whether the peer at this address is such a proxy. */
export type TrustedProxy = (address: string) => boolean;

/** `127.0.0.1, 10.0.0.0/8, fd00::/8` */
export function proxyList(): z.ZodType<string> {
  const message = 'must be addresses or networks such as 127.0.0.1,10.0.0.0/8';
  return z
    .string(message)
    .trim()
    .refine((text) => entriesOf(text).every(isEntry), message);
}

/** `list` as `proxyList` accepts it; nobody without one. */
export function trustedProxy(list: string | undefined): TrustedProxy {
  const trusted = new BlockList();
  for (const entry of list === undefined ? [] : entriesOf(list)) {
    const [address = '', bits] = entry.split('/');
    if (bits === undefined) trusted.addAddress(address, familyOf(address));
    else trusted.addSubnet(address, Number(bits), familyOf(address));
  }
  return (address) => isIP(address) !== 0 && trusted.check(address, familyOf(address));
}

/**
 * Whose request it is: the last in the chain of X-Forwarded-For that is no trusted proxy. What
 * stands before it could be anybody's invention.
 */
export function clientAddress(request: IncomingMessage, isTrusted: TrustedProxy): string {
  const forwarded = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  let address = request.socket.remoteAddress ?? 'unknown';
  while (isTrusted(address)) {
    const before = forwarded.pop();
    if (before === undefined) break;
    address = before;
  }
  return address;
}

function entriesOf(text: string): readonly string[] {
  return text.split(',').map((entry) => entry.trim());
}

function isEntry(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
  );
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
