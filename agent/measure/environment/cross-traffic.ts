// What is known of others' traffic on the line during a test: pure. In path the port's counters tell; off
// path nothing does, and a slow round trip before the load only makes one suspect it.
import type { Conditions } from '#shared/model/measurement.ts';
import type { Ms } from '#shared/model/units.ts';
import type { UsualRoundTrip } from './idle-history.ts';
import { QUIET_BYTES_PER_S, type QuietWait } from './quiet-line.ts';

const CROSS_TRAFFIC_SHARE = 0.03;
/**
 * Five times what the collector lets a quiet line have: between the two a line is neither presumed quiet
 * nor suspected.
 */
const SUSPECT_MARGIN_MS = 10;

export interface LineSeen {
  readonly wait: QuietWait;
  /** Others' share of the port's bytes during the load, where the device is in path. */
  readonly foreignShare: number | undefined;
  readonly idle: Pick<Conditions, 'idleLatency' | 'ipVersion'>;
  readonly usual: UsualRoundTrip | undefined;
}

export function crossTrafficOf(
  seen: LineSeen,
): Pick<Conditions, 'crossTraffic' | 'crossTrafficState' | 'idleBaselineMs'> {
  const { wait, foreignShare, idle, usual } = seen;
  const idleBaselineMs = idle.ipVersion === undefined ? undefined : usual?.[idle.ipVersion];
  const known = idleBaselineMs === undefined ? {} : { idleBaselineMs };
  if (wait.bytesPerS !== undefined && foreignShare !== undefined) {
    const crossTraffic = { beforeBytesPerS: wait.bytesPerS, duringShare: foreignShare };
    return {
      crossTraffic,
      crossTrafficState: isDisturbed(crossTraffic) ? 'busy' : 'quiet',
      ...known,
    };
  }
  if (wait.state === 'busy') return { crossTrafficState: 'busy', ...known };
  const isSuspected = isSlow(idle.idleLatency, idleBaselineMs);
  return { crossTrafficState: isSuspected ? 'suspected' : 'unknown', ...known };
}

export function isDisturbed(traffic: Conditions['crossTraffic']): boolean {
  if (traffic === undefined) return false;
  return traffic.beforeBytesPerS > QUIET_BYTES_PER_S || traffic.duringShare > CROSS_TRAFFIC_SHARE;
}

function isSlow(idle: Conditions['idleLatency'], baselineMs: Ms | undefined): boolean {
  if (idle === undefined || baselineMs === undefined || idle.lost >= idle.count) return false;
  return idle.p50Ms > baselineMs + SUSPECT_MARGIN_MS;
}
