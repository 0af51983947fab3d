// Whether the gateway is there, as a user without root can tell: a connection that it accepts or
// refuses, or, where a firewall drops that, the ARP answer that the attempt made the kernel ask for.
import type { LineLook } from '#shared/model/availability.ts';
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { HostFiles } from '../measure/environment/host-files.ts';
import { timeConnect } from '../measure/latency/reach.ts';
import { isNeighbourKnown } from './routes.ts';

/** DNS: a router at a school most often has it, and any other answers that it has not. */
const PORT = 53;
/**
 * A stale entry counts as known until the kernel has asked anew: it waits 5 s for traffic to prove
 * it, then asks three times, a second apart (delay_first_probe_time and ucast_solicit of arp(7)).
 */
const SETTLED_MS: Ms = 9_000;

export async function askGateway(
  address: string,
  files: HostFiles,
  clock: Clock,
  signal: AbortSignal,
): Promise<LineLook['gateway']> {
  const start = clock.monotonicMs();
  const found = await timeConnect({ host: address, port: PORT }, clock, signal);
  if (found.ms !== undefined || found.failure === 'ECONNREFUSED') return 'answers';
  const isIpv6 = address.includes(':');
  // There is no list of IPv6 neighbours in /proc: a failure to find it is all that is told.
  if (isIpv6) return found.failure === 'EHOSTUNREACH' ? 'silent' : 'unknown';
  if (isNeighbourKnown(files, address) !== true) return 'silent';
  await clock.sleep(Math.max(0, SETTLED_MS - (clock.monotonicMs() - start)), signal);
  return isNeighbourKnown(files, address) === true ? 'answers' : 'silent';
}
