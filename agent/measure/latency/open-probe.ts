// Which probes a measure server can be asked with: STAMP where its reflector answers, else TCP.
import { lookup } from 'node:dns/promises';
import { type Clock, withDeadline } from '#shared/runtime/clock.ts';
import type { Random } from '#shared/runtime/random.ts';
import type { ServerAddress } from '../throughput/bulk-stream.ts';
import { openPings, stampDoor } from '../throughput/test-control.ts';
import type { Probe } from './probe.ts';
import { openStampProbe } from './stamp-probe.ts';
import { openTcpProbe } from './tcp-probe.ts';

export interface ProbeContext {
  readonly server: ServerAddress;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

export type OpenProbe = (perSecond: number) => Promise<Probe>;

export interface ChosenProbe {
  readonly open: OpenProbe;
  /** Absent over TCP, where each connection may choose. */
  readonly ipVersion?: 4 | 6;
}

const TRIAL = { perSecond: 20, ms: 300, graceMs: 700 } as const;
const LOOKUP_MS = 5_000;

/** Asks once, and tries UDP with a few packets. Rejects when the server does not answer at all. */
export async function chooseProbe(context: ProbeContext): Promise<ChosenProbe> {
  const { server, clock, random, signal } = context;
  const port = await stampDoor(context);
  if (port !== undefined) {
    const { address, family } = await withDeadline(
      clock,
      LOOKUP_MS,
      () => new Error(`no address of ${server.host} in ${LOOKUP_MS / 1000} s`),
      () => lookup(server.host),
      signal,
    );
    const open: OpenProbe = (perSecond) => {
      const sessionId = 1 + Math.floor(random.next() * 65_535);
      return openStampProbe({ address, port, perSecond, sessionId, clock });
    };
    if (await answers(open, clock, signal)) return { open, ipVersion: family === 6 ? 6 : 4 };
  }
  return {
    open: async (perSecond) => {
      const { ping, close } = openPings(context);
      const probe = openTcpProbe({ ping, perSecond, clock });
      return { stop: (graceMs) => probe.stop(graceMs).finally(close) };
    },
  };
}

async function answers(open: OpenProbe, clock: Clock, signal: AbortSignal): Promise<boolean> {
  try {
    const probe = await open(TRIAL.perSecond);
    await clock.sleep(TRIAL.ms, signal).catch(() => {});
    // The first answers mostly come at once; only silence is waited for.
    const early = await probe.stop(0);
    if (early.replies.length > 0) return true;
    const again = await open(TRIAL.perSecond);
    return (await again.stop(TRIAL.graceMs)).replies.length > 0;
  } catch {
    return false;
  }
}
