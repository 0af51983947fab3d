// From what was seen of the machine to quality flags: pure.
import { tooSlowFor } from '#shared/model/calibration.ts';
import type { Conditions, DirectionResult, Flag } from '#shared/model/measurement.ts';
import { type Norm, requiredMbps } from '#shared/model/norm.ts';
import { isDisturbed } from './cross-traffic.ts';

/** What a port of a given speed carries at the IP layer, framing taken off. */
const PORT_EFFICIENCY = 0.94;
/** A reading this close to the port's speed is the port's, not the line's. */
const PORT_FULL = 0.9;
const BUSY = 0.9;
const LATE_TIMERS_MS = 50;

interface Measured {
  readonly download?: DirectionResult;
  readonly upload?: DirectionResult;
}

export function decideFlags(
  seen: Pick<Conditions, 'nic' | 'cpu' | 'crossTraffic' | 'crossTrafficState' | 'calibration'>,
  measured: Measured,
  norm: Norm,
): Flag[] {
  const flags: Flag[] = [];
  if (isPortLimited(seen.nic, measured, norm)) flags.push('nic_limited');
  if (isProcessorLimited(seen.cpu) || isTooSlow(seen.calibration, measured, norm))
    flags.push('cpu_limited');
  const { crossTraffic, crossTrafficState } = seen;
  const isBusy = isDisturbed(crossTraffic) || isOthersFail(crossTraffic, measured, norm);
  if (isBusy || crossTrafficState === 'suspected') flags.push('cross_traffic');
  if (seen.nic?.wireless === true) flags.push('wifi');
  return flags;
}

function isPortLimited(nic: Conditions['nic'], measured: Measured, norm: Norm): boolean {
  if (nic === undefined) return false;
  if (nic.duplex === 'half') return true;
  const { speedMbps } = nic;
  if (speedMbps === undefined) return false;
  // What passed stands, whatever the port: a good gigabit line on a gigabit port is read at 0.93 of it,
  // and that is no reason to doubt that its upload falls short.
  return (['download', 'upload'] as const).some((direction) => {
    const result = measured[direction];
    if (result?.outcome === 'pass') return false;
    const isFull = (result?.ipCapacity ?? 0) >= PORT_FULL * speedMbps;
    return isFull || speedMbps * PORT_EFFICIENCY < norm[direction];
  });
}

/** The little that others took may be just what a line near the norm came short. */
function isOthersFail(
  traffic: Conditions['crossTraffic'],
  measured: Measured,
  norm: Norm,
): boolean {
  if (traffic === undefined || traffic.duringShare >= 1) return false;
  return (['download', 'upload'] as const).some((direction) => {
    const result = measured[direction];
    if (result?.outcome !== 'fail') return false;
    return result.interval[1] / (1 - traffic.duringShare) >= requiredMbps(norm, direction);
  });
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

/** As with a port: a device that carried the norm was fast enough to. */
function isTooSlow(
  calibration: Conditions['calibration'],
  measured: Measured,
  norm: Norm,
): boolean {
  if (calibration === undefined) return false;
  return tooSlowFor(calibration, norm).some(
    ({ direction }) => measured[direction]?.outcome !== 'pass',
  );
}
