// What lies before a connection: the time of a name's lookup and of a TCP handshake.
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import type { LatencyReport } from '#shared/model/latency.ts';
import { type Clock, withDeadline } from '#shared/runtime/clock.ts';

type Timed = LatencyReport['reach'][number];

const DEADLINE_MS = 5_000;

/** By the system's resolver, as any program would; undefined for an address, which has none. */
export async function timeLookup(
  host: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Timed | undefined> {
  const name = host.replace(/^\[|\]$/g, '');
  return isIP(name) > 0 ? undefined : timed(name, clock, signal, () => lookup(name));
}

export function timeConnect(
  { host, port }: { readonly host: string; readonly port: number },
  clock: Clock,
  signal: AbortSignal,
): Promise<Timed> {
  return timed(`${host}:${port}`, clock, signal, async (within) => {
    const socket = connect({ host, port });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('error', reject);
        within.addEventListener('abort', () => reject(within.reason), { once: true });
      });
    } finally {
      socket.destroy();
    }
  });
}

/** Throws a TypeError for what is no address; settings were checked when they were read. */
export function endOfOrigin(origin: string): { readonly host: string; readonly port: number } {
  const url = new URL(origin);
  const usual = url.protocol === 'https:' || url.protocol === 'wss:' ? 443 : 80;
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || usual) };
}

async function timed(
  name: string,
  clock: Clock,
  signal: AbortSignal,
  work: (within: AbortSignal) => Promise<unknown>,
): Promise<Timed> {
  const start = clock.monotonicMs();
  try {
    const late = () => new Error(`no answer in ${DEADLINE_MS / 1000} s`);
    await withDeadline(clock, DEADLINE_MS, late, work, signal);
    return { name, ms: Math.round((clock.monotonicMs() - start) * 1000) / 1000 };
  } catch (error) {
    return { name, failure: reasonOf(error) };
  }
}

/** The system's code where it gives one: its texts may name addresses. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    return error.code;
  return error instanceof Error ? error.message.slice(0, 200) : 'unknown';
}
