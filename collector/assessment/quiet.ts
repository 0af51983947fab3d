// Was the line quiet while the test ran? Only then can a low reading be the line's own.
import type { Conditions, Measurement } from '#shared/model/measurement.ts';
import type { Norm } from '#shared/model/norm.ts';
import type { Ms } from '#shared/model/units.ts';
import { idleBaseline } from '#shared/stats/idle-baseline.ts';
import type { Quiet } from './evidence.ts';

/** In path: others' traffic on a quiet line, at most, before and during the test. */
export const QUIET_BYTES_PER_S = 25_000;
export const QUIET_SHARE_DURING = 0.03;

/** Idle round trips of each device to each server, the figure that a busy line is known by. */
export interface Baselines {
  /** Undefined where the device never timed an idle round trip on this path. */
  of(measurement: Measurement): Ms | undefined;
}

/** Round trips to another server, or over the other IP version, are another path's. */
interface Path {
  readonly server: string;
  readonly ipVersion: Conditions['ipVersion'];
  readonly deviceId: string;
  readonly rtts: Ms[];
}

/** Over the tests of one window: of the idle medians per path. */
export function baselinesOf(measurements: Iterable<Measurement>): Baselines {
  // A location has one path or a few: looking through them costs less than naming each.
  const paths: Path[] = [];
  for (const measurement of measurements) {
    const rtt = idleMedian(measurement);
    if (rtt === undefined) continue;
    const known = pathIn(paths, measurement);
    if (known !== undefined) {
      known.rtts.push(rtt);
      continue;
    }
    const { deviceId, conditions } = measurement;
    paths.push({
      deviceId,
      server: conditions.server,
      ipVersion: conditions.ipVersion,
      rtts: [rtt],
    });
  }
  const baselines = new Map(paths.map((path) => [path, idleBaseline(path.rtts)]));
  return {
    of: (measurement) => {
      const path = pathIn(paths, measurement);
      return path === undefined ? undefined : baselines.get(path);
    },
  };
}

function pathIn(paths: readonly Path[], { deviceId, conditions }: Measurement): Path | undefined {
  for (const path of paths) {
    if (
      path.deviceId === deviceId &&
      path.server === conditions.server &&
      path.ipVersion === conditions.ipVersion
    ) {
      return path;
    }
  }
  return undefined;
}

export function quietDuring(
  measurement: Measurement,
  inQuietHours: boolean,
  baselines: Baselines,
  norm: Norm,
): Quiet {
  if (measurement.flags.includes('cross_traffic')) return 'no';
  const { position, crossTraffic } = measurement.conditions;
  if (position === 'in_path') {
    return crossTraffic !== undefined &&
      crossTraffic.beforeBytesPerS <= QUIET_BYTES_PER_S &&
      crossTraffic.duringShare <= QUIET_SHARE_DURING
      ? 'known'
      : 'no';
  }
  if (!inQuietHours) return 'no';
  const rtt = idleMedian(measurement);
  const baseline = baselines.of(measurement);
  return rtt !== undefined && baseline !== undefined && rtt <= baseline + norm.quietRttMarginMs
    ? 'presumed'
    : 'no';
}

function idleMedian({ conditions }: Measurement): Ms | undefined {
  const idle = conditions.idleLatency;
  return idle === undefined || idle.lost >= idle.count ? undefined : idle.p50Ms;
}
