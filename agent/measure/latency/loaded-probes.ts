// Probes while a direction of a test loads the line: what a lesson's video call would feel.
import type { LoadedLatency } from '#shared/model/latency.ts';
import { chooseProbe, type OpenProbe, type ProbeContext } from './open-probe.ts';
import type { Probe } from './probe.ts';
import { responsiveness, summariseProbes } from './probe-log.ts';

export interface LoadedProbes {
  start(): Promise<void>;
  /** What was seen since `start`; nothing without one. Never rejects. */
  stop(): Promise<LoadedLatency | undefined>;
}

const PER_SECOND = 40;
/** What waits in a full queue comes a little after the load. */
const GRACE_MS = 300;

/** Latency is beside a throughput test, never in its way: no error leaves here. */
export async function openLoadedProbes(context: ProbeContext): Promise<LoadedProbes> {
  let open: OpenProbe | undefined;
  let running: Probe | undefined;
  try {
    ({ open } = await chooseProbe(context));
  } catch {
    // The test itself will say what is wrong with the server.
  }
  return {
    start: async () => {
      running = await open?.(PER_SECOND).catch(() => undefined);
    },
    stop: async () => {
      const log = await running?.stop(GRACE_MS);
      running = undefined;
      const probes = log === undefined ? undefined : summariseProbes(log);
      if (log === undefined || probes === undefined) return undefined;
      const responsivenessRpm = responsiveness(log.replies);
      return { probes, ...(responsivenessRpm === undefined ? {} : { responsivenessRpm }) };
    },
  };
}
