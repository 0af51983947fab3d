// What a simulated line leaves to a test at a moment: what it carries then, less what others use,
// and what the idle round trip shows of that.
import type { Direction } from '#shared/model/norm.ts';
import type { EpochMs, Ms, Share } from '#shared/model/units.ts';
import type { Random } from '#shared/runtime/random.ts';
import type { Hazard } from './hazards.ts';
import { type Capacity, gauss, type TrueLine } from './true-line.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface Stretch {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** Drawn once for a location. */
export interface Surroundings {
  readonly hazard: Hazard | undefined;
  /** Before it the line carried something else. */
  readonly change?: { readonly at: EpochMs; readonly before: Capacity };
  readonly outages: readonly Stretch[];
  /** Less of the line for a while. */
  readonly fault?: Stretch & { readonly left: Share };
  readonly backup?: { readonly fromHour: number; readonly hours: number; readonly use: Share };
  /** Lost of the line when the provider's segment is full. */
  readonly segmentLoss: Share;
  /** No queue builds up where the router manages it: a busy line then looks idle. */
  readonly queueMs: Ms;
}

export interface Moment {
  readonly at: EpochMs;
  /** Local, with its fraction. */
  readonly hour: number;
  readonly isSchoolDay: boolean;
}

export interface Left {
  readonly available: Capacity;
  /** Share of the line in use by others, the busier direction. */
  readonly use: Share;
  readonly idleRttMs: Ms;
  readonly isAway: boolean;
}

export function drawSurroundings(
  hazard: Hazard | undefined,
  window: Stretch,
  random: Random,
): Omit<Surroundings, 'change'> {
  const anywhere = () => window.from + random.next() * (window.to - window.from);
  const stretch = (from: EpochMs, lengthMs: Ms): Stretch => ({ from, to: from + lengthMs });
  const outages =
    hazard === 'outages'
      ? Array.from({ length: 1 + Math.floor(6 * random.next()) }, () =>
          stretch(
            anywhere(),
            random.next() < 0.1
              ? (2 + 7 * random.next()) * DAY_MS
              : -6 * HOUR_MS * Math.log(1 - random.next()),
          ),
        )
      : [];
  const fault = stretch(anywhere() - 3 * DAY_MS, (3 + 11 * random.next()) * DAY_MS);
  return {
    hazard,
    outages,
    ...(hazard === 'fault' ? { fault: { ...fault, left: 0.1 + 0.6 * random.next() } } : {}),
    ...(hazard === 'night_backup'
      ? {
          backup: {
            fromHour: (23 + 4 * random.next()) % 24,
            hours: 1.5 + 2.5 * random.next(),
            use: 0.6 + 0.4 * random.next(),
          },
        }
      : {}),
    segmentLoss: hazard === 'shared_segment' ? 0.2 + 0.4 * random.next() : 0,
    queueMs: random.next() < 0.3 ? 1.5 : 5 + 75 * random.next(),
  };
}

export function leftAt(
  moment: Moment,
  line: TrueLine,
  surroundings: Surroundings,
  random: Random,
): Left {
  const { change, fault, hazard, queueMs, outages } = surroundings;
  const { at } = moment;
  const base = change !== undefined && at < change.at ? change.before : line.capacity;
  const isIn = ({ from, to }: Stretch) => at >= from && at < to;
  const shape =
    (fault !== undefined && isIn(fault) ? fault.left : 1) *
    (1 - segmentLossAt(moment, surroundings) * random.next()) *
    Math.max(0.05, 1 + line.noise * gauss(random));
  const use = usedAt(moment, line, surroundings, random);
  const left = (direction: Direction) =>
    // Several streams get more than an even share of a line that others use.
    base[direction] * shape * (1 - 0.8 * use[direction]);
  const busiest = Math.max(use.download, use.upload);
  const jump = hazard === 'jumpy_rtt' ? 8 * Math.abs(gauss(random)) : 0;
  return {
    available: { download: left('download'), upload: left('upload') },
    use: busiest,
    idleRttMs: line.rttMs + 0.5 * random.next() + queueMs * busiest ** 2 + jump,
    isAway: outages.some(isIn),
  };
}

function segmentLossAt({ hour, isSchoolDay }: Moment, { segmentLoss }: Surroundings): Share {
  const isFull = (isSchoolDay && hour >= 8.5 && hour < 15.5) || (hour >= 19 && hour < 23);
  return isFull ? segmentLoss : 0;
}

function usedAt(
  { hour, isSchoolDay }: Moment,
  { schoolUse }: TrueLine,
  { backup }: Surroundings,
  random: Random,
): Record<Direction, Share> {
  const isLesson = isSchoolDay && hour >= 8 && hour < 16;
  const ofSchool = isLesson ? schoolUse * random.next() : 0.01 * random.next();
  const use = { download: ofSchool, upload: 0.5 * ofSchool };
  if (backup === undefined) return use;
  const sinceStart = (hour - backup.fromHour + 24) % 24;
  // It fails to run now and then.
  if (sinceStart >= backup.hours || random.next() < 0.1) return use;
  return { ...use, upload: Math.max(use.upload, backup.use) };
}
