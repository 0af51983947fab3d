// A run of latency probes to a measure server until it is stopped. Implementations: stamp-probe.ts over
// UDP, tcp-probe.ts where UDP does not get through.
import type { ProbeLog } from './probe-log.ts';

export interface Probe {
  /** Stops sending, listens for `graceMs` more, and tells. Never rejects. */
  stop(graceMs: number): Promise<ProbeLog>;
}
