// Which addresses a webhook may go to: those of the internet, unless a setting says otherwise. A name
// is looked up once, and the connection goes to the very address that was checked.
import { BlockList, isIP } from 'node:net';
import { AppError } from '#shared/runtime/errors.ts';

export type WebhookReach = 'internet' | 'private_too';

export interface Resolved {
  readonly address: string;
  readonly family: 4 | 6;
}

export type Resolve = (host: string) => Promise<readonly Resolved[]>;

/** Special-purpose addresses (IANA registries of RFC 6890), and ways around by another family. */
const BLOCKED: Readonly<Record<'ipv4' | 'ipv6', readonly string[]>> = {
  ipv4: [
    ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
    ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16'],
    ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3'],
  ],
  ipv6: [
    ...['::/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32'],
    ...['2002::/16', '3fff::/20', '5f00::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
  ],
};

const blocked = new BlockList();
for (const family of ['ipv4', 'ipv6'] as const) {
  for (const range of BLOCKED[family]) {
    const [network = '', prefix] = range.split('/');
    blocked.addSubnet(network, Number(prefix), family);
  }
}

export function isInternet({ address, family }: Resolved): boolean {
  return !blocked.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** Throws `bad_request` for a URL that no message will go to. Addresses behind names are seen later. */
export function checkWebhookUrl(text: string, reach: WebhookReach): URL {
  const url = URL.parse(text);
  const isWeb =
    url?.protocol === 'https:' || (reach === 'private_too' && url?.protocol === 'http:');
  if (url === null || !isWeb || url.username !== '' || url.hash !== '') {
    throw new AppError(
      'bad_request',
      `the webhook ${text.slice(0, 100)} must be an https address without a name, password or fragment; http is for private networks (MEETNET_WEBHOOK_PRIVATE)`,
    );
  }
  const literal = literalOf(url);
  if (literal !== undefined && reach === 'internet' && !isInternet(literal)) throw noInternet(url);
  return url;
}

/** The address to connect to. Throws `unreachable`, or `bad_request` where none is allowed. */
export async function pinnedAddress(
  url: URL,
  reach: WebhookReach,
  resolve: Resolve,
): Promise<Resolved> {
  const literal = literalOf(url);
  const found = literal === undefined ? await resolve(url.hostname) : [literal];
  if (found.length === 0) throw new AppError('unreachable', `${url.hostname} has no address`);
  const allowed = reach === 'private_too' ? found : found.filter(isInternet);
  const [first] = allowed;
  if (first === undefined) throw noInternet(url);
  return first;
}

function literalOf({ hostname }: URL): Resolved | undefined {
  const address = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(address);
  return family === 4 || family === 6 ? { address, family } : undefined;
}

function noInternet({ hostname }: URL): AppError {
  return new AppError(
    'bad_request',
    `the webhook's host ${hostname} is at an address of a private network or this machine; set MEETNET_WEBHOOK_PRIVATE=allowed where that is meant`,
  );
}
