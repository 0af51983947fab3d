// What a simulated device makes of a test: its own limits, its flags, and what it reports instead
// of the truth when it is one that lies or mixes up directions.
import type { Conditions, DirectionResult, Flag } from '#shared/model/measurement.ts';
import { type Direction, type Norm, requiredMbps } from '#shared/model/norm.ts';
import type { Mbps } from '#shared/model/units.ts';
import type { Random } from '#shared/runtime/random.ts';
import type { Hazard } from './hazards.ts';
import { readDirection } from './reading.ts';
import type { Left } from './surroundings.ts';
import type { TrueLine } from './true-line.ts';

export type Results = Readonly<Record<Direction, DirectionResult>>;

export interface Reported extends Partial<Results> {
  readonly flags: readonly Flag[];
  readonly nic: NonNullable<Conditions['nic']>;
}

/** Of the flags that it deserves, a weak processor earns this many. */
const FLAGGED = 0.97;

export interface Device {
  readonly hazard: Hazard | undefined;
  /** What a weak processor carries. */
  readonly most: Mbps;
  /** What a device that is stuck always says. */
  readonly stuck: Results;
}

export function drawDevice(hazard: Hazard | undefined, norm: Norm, random: Random): Device {
  return {
    hazard,
    most: hazard === 'weak_cpu' ? 150 + 330 * random.next() : Number.POSITIVE_INFINITY,
    stuck: wildResults(norm, random),
  };
}

export function report(
  left: Left,
  line: TrueLine,
  device: Device,
  norm: Norm,
  random: Random,
): Reported {
  const { hazard } = device;
  const nic = {
    name: hazard === 'wifi' ? 'wlan0' : 'eth0',
    speedMbps: hazard === 'slow_port' ? 100 : 1000,
    duplex: 'full' as const,
    wireless: hazard === 'wifi',
  };
  const ceiling = ceilingOf(device, random);
  const flags = flagsOf(left, device, ceiling, random);
  const read = (direction: Direction) =>
    readDirection(
      Math.min(left.available[direction], ceiling),
      direction,
      line.testError,
      norm,
      random,
      flags.length > 0,
    );
  const honest = { download: read('download'), upload: read('upload') };
  return { ...said(honest, device, norm, random), flags, nic };
}

/** What the device and its port carry at most, at the IP layer. */
function ceilingOf({ hazard, most }: Device, random: Random): Mbps {
  if (hazard === 'slow_port') return 94.5;
  if (hazard === 'wifi') return 60 + 500 * random.next();
  return Math.min(most, 960);
}

function flagsOf({ available }: Left, { hazard }: Device, ceiling: Mbps, random: Random): Flag[] {
  if (hazard === 'wifi') return ['wifi'];
  if (hazard === 'slow_port') return ['nic_limited'];
  const isBusy = hazard === 'weak_cpu' && available.download > 0.85 * ceiling;
  return isBusy && random.next() < FLAGGED ? ['cpu_limited'] : [];
}

function said(honest: Results, { hazard, stuck }: Device, norm: Norm, random: Random): Results {
  switch (hazard) {
    case 'swapped':
      return {
        download: judgedAs(honest.upload, 'download', norm),
        upload: judgedAs(honest.download, 'upload', norm),
      };
    case 'liar_wild':
      return wildResults(norm, random);
    case 'liar_stuck':
      return stuck;
    case 'liar_torn':
      return {
        download: judgedAs(
          { ...honest.download, bytes: Math.round(3e7 * random.next()) },
          'download',
          norm,
          wild(random),
        ),
        upload: judgedAs(
          { ...honest.upload, bytes: Math.round(4e8 * random.next()) },
          'upload',
          norm,
          wild(random),
        ),
      };
    default:
      return honest;
  }
}

/** The same figures as if they were of this direction; `ipCapacity` in place of the reading. */
function judgedAs(
  result: DirectionResult,
  direction: Direction,
  norm: Norm,
  ipCapacity = result.ipCapacity,
): DirectionResult {
  const { atLeast: _, provisional: __, ...rest } = result;
  const required = requiredMbps(norm, direction);
  const outcome = ipCapacity >= required ? 'pass' : 'fail';
  const isSame = ipCapacity === result.ipCapacity;
  return {
    ...rest,
    ipCapacity,
    ...(isSame ? {} : { interval: [ipCapacity * 0.99, ipCapacity * 1.01] }),
    outcome,
    ...(outcome === 'fail' && ipCapacity >= norm.provisionalShare * required
      ? { provisional: true }
      : {}),
    stoppedBy: outcome,
  };
}

function wildResults(norm: Norm, random: Random): Results {
  return {
    download: readDirection(wild(random), 'download', 0.005, norm, random),
    upload: readDirection(wild(random), 'upload', 0.005, norm, random),
  };
}

/** From hopeless to impossible, as likely in each decade. */
function wild(random: Random): Mbps {
  return Math.round(10 ** (3.5 * random.next()) * 1000) / 1000;
}
