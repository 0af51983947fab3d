// The addresses that names had while the line was up: a name server that is down must not make the
// line look down.
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

export interface KnownAddresses {
  /** An address of the host, or the host itself where none is known. */
  of(host: string): string;
  /** Looks the hosts up; what cannot be found keeps what it had. */
  learn(hosts: readonly string[]): Promise<void>;
}

export function createKnownAddresses(): KnownAddresses {
  const known = new Map<string, string>();
  return {
    of: (host) => known.get(host) ?? host,
    learn: async (hosts) => {
      for (const host of new Set(hosts)) {
        if (isIP(host) > 0) continue;
        const found = await lookup(host).catch(() => undefined);
        if (found !== undefined) known.set(host, found.address);
      }
    },
  };
}
