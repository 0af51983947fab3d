// Whether a name server beyond the line answers. A name that nobody has ever asked for is in no
// cache, so that only the servers of its top level can say that it does not exist.
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { LineLook } from '#shared/model/availability.ts';
import type { Random } from '#shared/runtime/random.ts';

const TIMEOUT_MS = 2_500;
const LABEL_BYTES = 12;
/** The only answers that prove it: an address may be made up by a router that is cut off. */
const NO_SUCH_NAME = ['ENOTFOUND', 'ENODATA'];

export interface DnsOptions {
  readonly random: Pick<Random, 'bytes'>;
  /** `address:port`; default: those of the system. */
  readonly servers?: readonly string[];
}

/** `host`: a name whose top level is asked; an address or a name without dots has none. */
export async function askDns(
  host: string,
  { random, servers }: DnsOptions,
  signal: AbortSignal,
): Promise<LineLook['dns']> {
  const top = host.split('.').at(-1) ?? '';
  if (isIP(host) > 0 || top === host || top === '') return 'not_asked';
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 1 });
  if (servers !== undefined) resolver.setServers([...servers]);
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const label = Buffer.from(random.bytes(LABEL_BYTES)).toString('hex');
    await resolver.resolve4(`${label}.${top}`);
    return 'silent';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return NO_SUCH_NAME.includes(code) ? 'answers' : 'silent';
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
