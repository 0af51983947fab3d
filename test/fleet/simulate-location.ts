// One location of the simulated country: its true line and the measurements that a collector would
// have stored of it. The same for the same seed and number, whichever others are simulated.
import type { StoredMeasurement } from '#collector/series/series.ts';
import type { Failure } from '#shared/model/failure.ts';
import type { Position } from '#shared/model/location.ts';
import type { Conditions, Measurement } from '#shared/model/measurement.ts';
import { NORM_500_40, type Norm } from '#shared/model/norm.ts';
import type { EpochMs, Ms } from '#shared/model/units.ts';
import type { Random } from '#shared/runtime/random.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { drawHazard, type Hazard } from './hazards.ts';
import { type Device, drawDevice, report } from './reported.ts';
import { type LocalDay, localDays, slotTimes } from './slots.ts';
import { drawSurroundings, leftAt, type Moment, type Surroundings } from './surroundings.ts';
import { type Capacity, drawLine, type TrueLine, type Truth, truthOf } from './true-line.ts';

export interface FleetOptions {
  readonly seed: number;
  /** End of the window. */
  readonly now: EpochMs;
  /** Default: the norm's window. */
  readonly days?: number;
  readonly norm?: Norm;
}

export interface SimulatedLocation {
  readonly locationId: string;
  readonly deviceId: string;
  readonly position: Position;
  readonly line: TrueLine;
  readonly truth: Truth;
  readonly hazard: Hazard | undefined;
  /** A lasting change within the window: the line was another one before. */
  readonly change?: 'fell' | 'rose';
  /** Oldest first. */
  readonly measurements: readonly StoredMeasurement[];
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const CHANGED = { fell: 0.012, rose: 0.012 } as const;
const IN_PATH_SHARE = 0.15;

export function simulateLocation(index: number, options: FleetOptions): SimulatedLocation {
  const norm = options.norm ?? NORM_500_40;
  const random = seededRandom(options.seed * 1_000_003 + index * 7919);
  const days = localDays(options.now, (options.days ?? norm.windowDays) + 1, norm.timeZone);
  const window = { from: days[0]?.midnight ?? options.now, to: options.now };
  const drawn = drawLine(random, norm);
  const hazard = drawHazard(random);
  const changed = hazard === undefined ? drawChange(drawn, norm, random) : undefined;
  const line = changed === undefined ? drawn : { ...drawn, capacity: changed.after };
  const surroundings = {
    ...drawSurroundings(hazard, window, random),
    ...(changed === undefined
      ? {}
      : {
          change: {
            at: window.from + random.next() * (window.to - window.from),
            before: changed.before,
          },
        }),
  };
  const site: Site = {
    ...{ locationId: locationIdOf(index), deviceId: deviceIdOf(index), index, norm, random, line },
    ...{ hazard, surroundings, days, device: drawDevice(hazard, norm, random) },
    position: random.next() < IN_PATH_SHARE ? 'in_path' : 'off_path',
    clockOffsetMs: clockOffsetOf(hazard, random),
  };
  return {
    locationId: site.locationId,
    deviceId: site.deviceId,
    position: site.position,
    line,
    truth: truthOf(line.capacity, norm),
    hazard,
    ...(changed === undefined ? {} : { change: changed.kind }),
    measurements: testsOf(site, options.now),
  };
}

interface Site extends Pick<SimulatedLocation, 'locationId' | 'deviceId' | 'position' | 'line'> {
  readonly index: number;
  readonly norm: Norm;
  readonly random: Random;
  readonly hazard: Hazard | undefined;
  readonly surroundings: Surroundings;
  readonly device: Device;
  readonly days: readonly LocalDay[];
  /** Agent's clock minus the collector's. */
  readonly clockOffsetMs: Ms;
}

function drawChange(
  { capacity }: TrueLine,
  norm: Norm,
  random: Random,
):
  | { readonly kind: 'fell' | 'rose'; readonly before: Capacity; readonly after: Capacity }
  | undefined {
  const chance = random.next();
  if (chance >= CHANGED.fell + CHANGED.rose) return undefined;
  const good = {
    download: Math.max(capacity.download, 1.15 * norm.download),
    upload: Math.max(capacity.upload, 1.15 * norm.upload),
  };
  const left = 0.05 + 0.65 * random.next();
  const bad = { download: norm.download * left, upload: good.upload };
  return chance < CHANGED.fell
    ? { kind: 'fell', before: good, after: bad }
    : { kind: 'rose', before: bad, after: good };
}

function clockOffsetOf(hazard: Hazard | undefined, random: Random): Ms {
  if (hazard !== 'clock_off') return Math.round(20 * (random.next() - 0.5));
  return Math.round((random.next() < 0.5 ? -1 : 1) * (1 + 10 * random.next()) * HOUR_MS);
}

function testsOf(site: Site, now: EpochMs): StoredMeasurement[] {
  const { deviceId, days, norm, random, hazard, clockOffsetMs } = site;
  const firstAt = hazard === 'short_lived' ? now - (3 + 6 * random.next()) * DAY_MS : 0;
  const all: StoredMeasurement[] = [];
  for (const slot of slotTimes(deviceId, days, norm)) {
    // Its own clock starts it; what is stored is corrected.
    const startedAt = Math.round(slot - clockOffsetMs);
    if (startedAt < firstAt || startedAt > now) continue;
    const first = testAt(site, startedAt, all.length);
    all.push(first);
    const { download, upload, id } = first.measurement;
    if (download?.provisional !== true && upload?.provisional !== true) continue;
    const again = Math.round(
      startedAt + norm.confirmMinGapMs + 8_000 + 4 * MINUTE_MS * random.next(),
    );
    if (again <= now) all.push(testAt(site, again, all.length, id));
  }
  return all;
}

function testAt(
  site: Site,
  startedAt: EpochMs,
  count: number,
  confirms?: string,
): StoredMeasurement {
  const { line, surroundings, device, norm, random, hazard, position } = site;
  const left = leftAt(momentOf(startedAt, site.days), line, surroundings, random);
  const isWaiting = position === 'in_path' && left.use > 0.05 && random.next() < 0.7;
  const failure = left.isAway ? AWAY : isWaiting ? BUSY : undefined;
  const { nic, flags, ...results } = report(left, line, device, norm, random);
  const inPath = trafficOf(position, left.use);
  const isUnsynced = hazard === 'clock_off' || hazard === 'clock_unknown';
  const measurement: Measurement = {
    id: idOf(startedAt, site.index, count),
    deviceId: site.deviceId,
    kind: 'throughput',
    protocol: 'meetpunt/1',
    startedAt: new Date(startedAt).toISOString(),
    durationMs: 9000,
    ...(failure === undefined ? results : { failure }),
    conditions: {
      ...conditionsOf(site, failure === undefined ? left.idleRttMs : undefined),
      nic,
      ...inPath,
    },
    flags: [
      ...flags,
      ...(inPath !== undefined && left.use > 0.03 ? (['cross_traffic'] as const) : []),
      ...(isUnsynced ? (['clock_unsynced'] as const) : []),
    ],
    ...(confirms === undefined ? {} : { confirms }),
  };
  return {
    measurement,
    locationId: site.locationId,
    startedAt,
    receivedAt: startedAt + 12_000,
  };
}

const AWAY: Failure = {
  code: 'connect_timed_out',
  operation: 'connect',
  message: 'the measure server could not be reached',
};
const BUSY: Failure = {
  code: 'line_busy',
  operation: 'admission',
  message: 'the line did not fall quiet in the time allowed',
};

/** Others' traffic, which only a device in path can count. */
function trafficOf(position: Position, use: number): Pick<Conditions, 'crossTraffic'> | undefined {
  if (position !== 'in_path') return undefined;
  return { crossTraffic: { beforeBytesPerS: 1_500_000 * use, duringShare: use } };
}

function conditionsOf(site: Site, idleRttMs: Ms | undefined): Conditions {
  return {
    position: site.position,
    mode: 'check',
    agentVersion: '0.1.0',
    nodeVersion: 'v24.21.0',
    server: 'http://meet.example:8081',
    ipVersion: 4,
    mtuBytes: 1500,
    ...(idleRttMs === undefined ? {} : { idleLatency: latencyOf(idleRttMs) }),
    ...(site.hazard === 'clock_unknown' ? {} : { clockOffsetMs: site.clockOffsetMs }),
  };
}

function latencyOf(rttMs: Ms): NonNullable<Conditions['idleLatency']> {
  const p50Ms = Math.round(rttMs * 1000) / 1000;
  return { count: 10, lost: 0, minMs: Math.max(0, p50Ms - 0.6), p50Ms, p95Ms: p50Ms + 2 };
}

function momentOf(at: EpochMs, days: readonly LocalDay[]): Moment {
  const day = days.findLast(({ midnight }) => midnight <= at) ?? days[0];
  const midnight = day?.midnight ?? at;
  const weekday = day?.weekday ?? 0;
  // An agent whose clock is off tests a day early or late at the window's ends.
  const hour = ((((at - midnight) / HOUR_MS) % 24) + 24) % 24;
  return { at, hour, isSchoolDay: weekday > 0 && weekday < 6 };
}

/** Made up, in DUO's form: 67,600 of them. */
export function locationIdOf(index: number): string {
  const letter = (n: number) => String.fromCharCode(65 + (n % 26));
  const digits = String(Math.floor(index / 676) % 100).padStart(2, '0');
  return `${digits}${letter(Math.floor(index / 26))}${letter(index)}00`;
}

function deviceIdOf(index: number): string {
  return `00000000-0000-4000-8000-${(index + 1).toString(16).padStart(12, '0')}`;
}

/** A UUIDv7 by time, location and count. */
function idOf(at: EpochMs, index: number, count: number): string {
  const hex = at.toString(16).padStart(12, '0');
  const tail = index.toString(16).padStart(6, '0') + count.toString(16).padStart(6, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${tail}`;
}
