// The readings of the last weeks by series, and each against what was typical before it. Memory
// alone, and a function of the set of readings: in whatever order they are added, it answers the
// same. In columns of numbers, because a country has 1.3 million readings in five weeks.
import type { Direction } from '#shared/model/norm.ts';
import type { EpochMs, Mbps, Ms } from '#shared/model/units.ts';
import type { Comparison } from './decide-faults.ts';
import type { DirectionReading, ServerReading } from './reading.ts';
import { FALLEN_SHARE, typicalOf } from './typical.ts';

/** What is typical is of this long before a reading. */
export const TYPICAL_MS: Ms = 28 * 86_400_000;

/** Not worked out yet; a rate is never 0. */
const UNKNOWN = 0;

interface Column {
  /** NaN where the direction gave no result. */
  readonly ipCapacity: Mbps[];
  readonly isPass: boolean[];
  /** Usual rate, negative for a reading that fell; NaN for one that cannot be compared. */
  readonly comparison: number[];
}

interface Series {
  readonly server: string;
  readonly locationId: string;
  /** Ascending; a device starts one test at a time, so each is there once. */
  readonly startedAt: EpochMs[];
  readonly download: Column;
  readonly upload: Column;
}

export class ReadingLog {
  readonly #byServer = new Map<string, Map<string, Series>>();
  readonly #touched = new Set<string>();

  /** A reading that is there already changes nothing. */
  add(reading: ServerReading): void {
    const series = this.#seriesOf(reading);
    const { startedAt, download, upload } = series;
    const at = firstFrom(startedAt, reading.startedAt);
    if (startedAt[at] === reading.startedAt) return;
    startedAt.splice(at, 0, reading.startedAt);
    insert(download, at, reading.download);
    insert(upload, at, reading.upload);
    this.#touched.add(reading.server);
  }

  /** Servers with new readings since the last time. */
  takeTouched(): readonly string[] {
    const touched = [...this.#touched];
    this.#touched.clear();
    return touched;
  }

  /** So that they are taken again. */
  touch(server: string): void {
    this.#touched.add(server);
  }

  /** Of all readings from `from` on that can be compared. */
  comparisons(server: string, direction: Direction, from: EpochMs): Comparison[] {
    const found: Comparison[] = [];
    for (const series of this.#byServer.get(server)?.values() ?? []) {
      const { startedAt, locationId } = series;
      for (let at = firstFrom(startedAt, from); at < startedAt.length; at += 1) {
        const comparison = comparisonAt(series, series[direction], at);
        if (Number.isNaN(comparison)) continue;
        found.push({
          locationId,
          startedAt: startedAt[at] ?? 0,
          hasFallen: comparison < 0,
          usualRate: Math.abs(comparison),
        });
      }
    }
    return found;
  }

  /** Locations with a reading on the server that started within, both ends included. */
  locationsWithin(server: string, from: EpochMs, to: EpochMs): readonly string[] {
    const found = new Set<string>();
    for (const { startedAt, locationId } of this.#byServer.get(server)?.values() ?? []) {
      if ((startedAt[firstFrom(startedAt, from)] ?? Number.POSITIVE_INFINITY) <= to) {
        found.add(locationId);
      }
    }
    return [...found];
  }

  /** Forgets what started before. */
  prune(before: EpochMs): void {
    for (const [server, all] of this.#byServer) {
      for (const [key, series] of all) {
        const { startedAt, download, upload } = series;
        const count = firstFrom(startedAt, before);
        if (count === startedAt.length) all.delete(key);
        if (count === 0) continue;
        startedAt.splice(0, count);
        for (const column of [download, upload]) {
          for (const values of Object.values(column)) values.splice(0, count);
        }
      }
      if (all.size === 0) this.#byServer.delete(server);
    }
  }

  #seriesOf({ server, series: key, locationId }: ServerReading): Series {
    const all = this.#byServer.get(server) ?? new Map<string, Series>();
    this.#byServer.set(server, all);
    const known = all.get(key);
    if (known !== undefined) return known;
    const column = (): Column => ({ ipCapacity: [], isPass: [], comparison: [] });
    const added = { server, locationId, startedAt: [], download: column(), upload: column() };
    all.set(key, added);
    return added;
  }
}

function insert(column: Column, at: number, reading: DirectionReading | undefined): void {
  column.ipCapacity.splice(at, 0, reading?.ipCapacity ?? Number.NaN);
  column.isPass.splice(at, 0, reading?.isPass ?? false);
  column.comparison.splice(at, 0, UNKNOWN);
  // It is now part of what is typical of those after it.
  column.comparison.fill(UNKNOWN, at);
}

function comparisonAt({ startedAt }: Series, column: Column, at: number): number {
  const known = column.comparison[at] ?? UNKNOWN;
  if (known !== UNKNOWN) return known;
  const value = column.ipCapacity[at] ?? Number.NaN;
  const first = firstFrom(startedAt, (startedAt[at] ?? 0) - TYPICAL_MS);
  const before = column.ipCapacity.slice(first, at).filter((each) => !Number.isNaN(each));
  const typical = Number.isNaN(value) ? undefined : typicalOf(before);
  const found = typical === undefined ? Number.NaN : typical.usualRate;
  const hasFallen =
    typical !== undefined && !column.isPass[at] && value <= FALLEN_SHARE * typical.median;
  column.comparison[at] = hasFallen ? -found : found;
  return hasFallen ? -found : found;
}

/** Position of the first time that is not before `from`; most are asked for near the end. */
function firstFrom(times: readonly EpochMs[], from: EpochMs): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
