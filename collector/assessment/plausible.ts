// Figures that no line can have given. Whoever reports them proves nothing with them: neither that
// the line passes nor that it falls short. Pure.
//
// - `figures_disagree`: a reading outside its own interval, a rate that the bytes cannot have made,
//   or more than the port carries.
// - Of a device, when most of its tests are so: `figures_repeat` (the same bytes to the last one),
//   `directions_swapped` (up and down would meet the norm if they changed places), and
//   `figures_erratic` (at night, the download jumps by a factor of five from one test to the next).
import type { DirectionResult, Measurement } from '#shared/model/measurement.ts';
import type { Norm } from '#shared/model/norm.ts';
import { bytesAt, type Mbps } from '#shared/model/units.ts';

export const ODDITIES = [
  'figures_disagree',
  'figures_repeat',
  'directions_swapped',
  'figures_erratic',
] as const;
export type Oddity = (typeof ODDITIES)[number];

const MOST = 0.5;
/** "Most" of a few tests is no statement about a device. */
const MIN_TESTS = 5;
/** Headers, options and TLS are well under a quarter of a packet. */
const MAX_OVER_GOODPUT = 1.25;
/** Rounding, and what the estimator leaves out at either end. */
const BYTES_LEAST = 0.5;
const BYTES_MOST = 3;
/** In sockets' buffers, sent and not yet received. */
const BUFFERED_BYTES = 64_000_000;
const JUMP = 5;
/** No line does that in three tests of ten; by day a crowded school may. */
const JUMPING_SHARE = 0.3;
const MIN_NIGHT_TESTS = 10;
/** Of a norm that the directions, changed places, would meet or nearly meet. */
const NEAR = 0.9;
/** Past what a port carries by its name. */
const PORT_SLACK = 1.05;

/**
 * What is odd of each measurement; undefined of one that is not. In the order given.
 * @param isNight of each, whether it ran in the quiet hours.
 */
export function odditiesOf(
  measurements: readonly Measurement[],
  isNight: readonly boolean[],
  norm: Norm,
): readonly (Oddity | undefined)[] {
  const odd: (Oddity | undefined)[] = measurements.map((measurement) =>
    isTorn(measurement) ? 'figures_disagree' : undefined,
  );
  for (const own of byDevice(measurements)) {
    if (own.length < MIN_TESTS) continue;
    const tests = own.map((index) => at(measurements, index));
    const nights = own.filter((index) => isNight[index]).map((index) => at(measurements, index));
    const oddity = isErratic(nights) ? 'figures_erratic' : oddityOfDevice(tests, norm);
    if (oddity !== undefined) for (const index of own) odd[index] = oddity;
  }
  return odd;
}

/** Indexes of the measurements with a result, by device. */
function byDevice(measurements: readonly Measurement[]): Iterable<readonly number[]> {
  const devices = new Map<string, number[]>();
  for (const [index, { deviceId, download, upload }] of measurements.entries()) {
    if (download === undefined || upload === undefined) continue;
    const own = devices.get(deviceId);
    if (own === undefined) devices.set(deviceId, [index]);
    else own.push(index);
  }
  return devices.values();
}

function oddityOfDevice(tests: readonly Measurement[], norm: Norm): Oddity | undefined {
  if (countRepeats(tests) > MOST * tests.length) return 'figures_repeat';
  const swapped = tests.filter((test) => wouldMeetSwapped(test, norm)).length;
  return swapped > MOST * tests.length ? 'directions_swapped' : undefined;
}

function isTorn({ download, upload, conditions }: Measurement): boolean {
  const port = conditions.nic?.speedMbps;
  return isTornResult(download, port) || isTornResult(upload, port);
}

function isTornResult(result: DirectionResult | undefined, port: Mbps | undefined): boolean {
  if (result === undefined) return false;
  const { ipCapacity, interval, goodput } = result;
  if (ipCapacity < interval[0] || ipCapacity > interval[1]) return true;
  if (ipCapacity > MAX_OVER_GOODPUT * goodput || ipCapacity < goodput) return true;
  if (port !== undefined && ipCapacity > PORT_SLACK * port) return true;
  return !haveBytesMadeIt(result);
}

function haveBytesMadeIt({ goodput, bytes, durationMs, warmUpMs }: DirectionResult): boolean {
  const least = BYTES_LEAST * bytesAt(goodput, Math.max(0, durationMs - warmUpMs));
  const most = BYTES_MOST * bytesAt(goodput, durationMs) + BUFFERED_BYTES;
  return bytes >= least && bytes <= most;
}

/** How many tests say what some earlier test said, byte for byte. */
function countRepeats(tests: readonly Measurement[]): number {
  // One number for both: under 2^53, as no direction moves more than 9 GB.
  const moved = Float64Array.from(
    tests,
    ({ download, upload }) => (download?.bytes ?? 0) * 1_000_003 + (upload?.bytes ?? 0),
  ).sort();
  let repeats = 0;
  for (let index = 1; index < moved.length; index += 1) {
    if (moved[index] === moved[index - 1]) repeats += 1;
  }
  return repeats;
}

/**
 * A line that sends faster than 500 and receives at less than half of that is sold nowhere. One
 * whose download has a fault looks the same: it is the set-up that is looked at first.
 */
function wouldMeetSwapped({ download, upload }: Measurement, norm: Norm): boolean {
  if (download === undefined || upload === undefined) return false;
  return (
    download.ipCapacity < norm.download / 2 &&
    download.ipCapacity >= NEAR * norm.upload &&
    upload.ipCapacity >= NEAR * norm.download
  );
}

function isErratic(tests: readonly Measurement[]): boolean {
  if (tests.length < MIN_NIGHT_TESTS) return false;
  const isInTime = tests.every(
    ({ startedAt }, index) => startedAt >= (tests[index - 1]?.startedAt ?? ''),
  );
  const inTime = isInTime ? tests : tests.toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  let jumps = 0;
  let before: Mbps | undefined;
  for (const { download } of inTime) {
    const rate = download?.ipCapacity ?? 0;
    if (before !== undefined && Math.max(rate, before) > JUMP * Math.min(rate, before)) jumps += 1;
    before = rate;
  }
  return jumps > JUMPING_SHARE * (tests.length - 1);
}

function at(measurements: readonly Measurement[], index: number): Measurement {
  return measurements[index] as Measurement;
}
