// From what was seen of the machine to quality flags: pure.
import type { Conditions, DirectionResult, Flag } from '#shared/model/measurement.ts';
import type { Norm } from '#shared/model/norm.ts';

/** What a port of a given speed carries at the IP layer, framing taken off. */
const PORT_EFFICIENCY = 0.94;
/** A reading this close to the port's speed is the port's, not the line's. */
const PORT_FULL = 0.9;
const BUSY = 0.9;
const LATE_TIMERS_MS = 50;
const CROSS_TRAFFIC_SHARE = 0.03;
export const QUIET_BYTES_PER_S = 25_000;

export function decideFlags(
  seen: Pick<Conditions, 'nic' | 'cpu' | 'crossTraffic'>,
  measured: { readonly download?: DirectionResult; readonly upload?: DirectionResult },
  norm: Norm,
): Flag[] {
  const flags: Flag[] = [];
  if (isPortLimited(seen.nic, measured, norm)) flags.push('nic_limited');
  if (isProcessorLimited(seen.cpu)) flags.push('cpu_limited');
  if (isDisturbed(seen.crossTraffic)) flags.push('cross_traffic');
  if (seen.nic?.wireless === true) flags.push('wifi');
  return flags;
}

function isPortLimited(
  nic: Conditions['nic'],
  measured: { readonly download?: DirectionResult; readonly upload?: DirectionResult },
  norm: Norm,
): boolean {
  if (nic === undefined) return false;
  if (nic.duplex === 'half') return true;
  const { speedMbps } = nic;
  if (speedMbps === undefined) return false;
  const best = Math.max(measured.download?.ipCapacity ?? 0, measured.upload?.ipCapacity ?? 0);
  return (
    speedMbps * PORT_EFFICIENCY < Math.max(norm.download, norm.upload) ||
    best >= PORT_FULL * speedMbps
  );
}

function isProcessorLimited(cpu: Conditions['cpu']): boolean {
  if (cpu === undefined) return false;
  return (
    cpu.busiestCore >= BUSY ||
    cpu.eventLoop >= BUSY ||
    (cpu.throttledMs ?? 0) > 0 ||
    cpu.timerLatenessP99Ms > LATE_TIMERS_MS
  );
}

function isDisturbed(traffic: Conditions['crossTraffic']): boolean {
  if (traffic === undefined) return false;
  return traffic.beforeBytesPerS > QUIET_BYTES_PER_S || traffic.duringShare > CROSS_TRAFFIC_SHARE;
}
