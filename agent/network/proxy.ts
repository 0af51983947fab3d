// Which proxy the environment names for an address: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, in
// capitals or not, as curl and Node read them. Pure.
import { BlockList, isIP } from 'node:net';
import { AppError } from '#shared/runtime/errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface WebProxy {
  /** How the proxy itself is spoken to. */
  readonly isTls: boolean;
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** Value of Proxy-Authorization (RFC 7617); absent without a user in the address. */
  readonly authorization?: string;
}

/** Undefined: directly, as always to this host itself. Throws `bad_settings` for a proxy that is no address. */
export function proxyFor(env: Environment, url: URL): WebProxy | undefined {
  if (isLoopback(bare(url.hostname))) return undefined;
  const isTls = url.protocol === 'https:' || url.protocol === 'wss:';
  const names = isTls ? ['HTTPS_PROXY', 'ALL_PROXY'] : ['HTTP_PROXY', 'ALL_PROXY'];
  const found = names
    .map((name) => ({ name, text: named(env, name) }))
    .find(({ text }) => text !== '');
  if (found === undefined || isExempt(named(env, 'NO_PROXY'), url)) return undefined;
  return parseProxy(found.name, found.text);
}

function parseProxy(name: string, text: string): WebProxy {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw new AppError(
      'bad_settings',
      // Without the value, which may hold a password.
      `environment variable ${name} is no address of an HTTP proxy; give it as http://proxy.example:3128`,
    );
  }
  const isTls = url.protocol === 'https:';
  const user = decoded(url.username);
  const credentials = `${user}:${decoded(url.password)}`;
  return {
    isTls,
    host: bare(url.hostname),
    port: Number(url.port) || (isTls ? 443 : 80),
    ...(user === ''
      ? {}
      : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
  };
}

/** Entries are `*`, a name with all below it, an address or a network, with a port or without. */
function isExempt(list: string, url: URL): boolean {
  const host = bare(url.hostname).toLowerCase();
  const port = portOf(url);
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      if (entry.includes('/')) return isInNetwork(host, entry);
      const [, name = '', only] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(splitPort(entry)) ?? [];
      if (only !== undefined && Number(only) !== port) return false;
      const wanted = name.toLowerCase().replace(/^\*?\./, '');
      return host === wanted || (isIP(host) === 0 && host.endsWith(`.${wanted}`));
    });
}

/** An IPv6 address without brackets has no port. */
function splitPort(entry: string): string {
  return isIP(entry) === 6 ? `[${entry}]` : entry;
}

function isInNetwork(host: string, entry: string): boolean {
  const [network = '', prefix = ''] = entry.split('/');
  const family = isIP(network);
  const bits = Number(prefix);
  const isNetwork = family !== 0 && /^\d+$/.test(prefix) && bits <= (family === 4 ? 32 : 128);
  if (!isNetwork || isIP(host) !== family) return false;
  const list = new BlockList();
  const type = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(network, bits, type);
  return list.check(host, type);
}

/** As it is where it was not encoded at all: `100%`. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function named(env: Environment, name: string): string {
  return (env[name.toLowerCase()] || env[name] || '').trim();
}

export function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === 'https:' || url.protocol === 'wss:' ? 443 : 80);
}

/** Of a URL's host: without the brackets of an IPv6 address. */
export function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
