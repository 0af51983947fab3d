// When a recipient is told: at once, in a daily or weekly digest, and never in his quiet hours.
// Hours are those of Europe/Amsterdam. Pure.
import type { QuietHours, Recipient } from '#shared/model/incident.ts';
import type { EpochMs, Ms } from '#shared/model/units.ts';

const HOUR_MS: Ms = 3_600_000;
/** What is found within it goes in one message. */
export const GATHER_MS: Ms = 2 * 60_000;
/** A week, and a day for the clock's change. */
const MOST_HOURS = 8 * 24;
const DIGEST_HOUR = 8;
const DIGEST_DAY = 'Mon';

const FORMAT = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Amsterdam',
  weekday: 'short',
  hour: '2-digit',
  hourCycle: 'h23',
});

export function dueAt(
  { pace, quietHours }: Pick<Recipient, 'pace' | 'quietHours'>,
  at: EpochMs,
): EpochMs {
  const due =
    pace === 'at_once'
      ? at + GATHER_MS
      : nextHour(at, ({ hour, day }) => {
          return hour === DIGEST_HOUR && (pace === 'daily' || day === DIGEST_DAY);
        });
  return quietHours === null ? due : afterQuiet(due, quietHours);
}

export function isQuiet({ fromHour, toHour }: QuietHours, at: EpochMs): boolean {
  const { hour } = localOf(at);
  return fromHour < toHour ? hour >= fromHour && hour < toHour : hour >= fromHour || hour < toHour;
}

function afterQuiet(at: EpochMs, quietHours: QuietHours): EpochMs {
  if (!isQuiet(quietHours, at)) return at;
  return nextHour(at, (_local, start) => !isQuiet(quietHours, start));
}

interface LocalTime {
  readonly hour: number;
  readonly day: string;
}

/** Start of the first hour after `at` that is wanted. The zone's hours begin with those of UTC. */
function nextHour(at: EpochMs, isWanted: (local: LocalTime, start: EpochMs) => boolean): EpochMs {
  let start = (Math.floor(at / HOUR_MS) + 1) * HOUR_MS;
  for (let hours = 0; hours < MOST_HOURS; hours += 1) {
    if (isWanted(localOf(start), start)) return start;
    start += HOUR_MS;
  }
  return start;
}

function localOf(at: EpochMs): LocalTime {
  const parts = new Map(FORMAT.formatToParts(at).map(({ type, value }) => [type, value]));
  return { hour: Number(parts.get('hour')), day: parts.get('weekday') ?? '' };
}
