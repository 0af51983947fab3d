// Runs the timetable, and again when the plan changes. On our own clock: a scheduler of timers and
// formatters for each slot costs more memory than all else that waits (`npm run bench:agent`).
import type { Plan } from '#shared/model/plan.ts';
import type { EpochMs, Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Service } from '#shared/runtime/service.ts';
import { createLocalTime, type LocalTime, type NextSlot, nextSlots } from './next-slot.ts';
import { type CronSlot, timetable } from './timetable.ts';

export interface TimetableServiceOptions {
  readonly deviceId: string;
  readonly plan: Plan;
  /** Makes a test; its errors are logged. */
  readonly onSlot: (slot: CronSlot, signal: AbortSignal) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface TimetableService extends Service {
  /** Takes effect at once. */
  apply(plan: Plan): void;
  /** The next times, soonest first, epoch ms. */
  next(count: number): number[];
  /** Grows whenever one of its times has come, and when the times are reckoned anew. */
  turns(): number;
}

/** The wall clock may be set meanwhile; it is looked at this often. */
const LOOK_MS: Ms = 60_000;
/** A device that slept through its time, or whose clock leapt over it, tests at the next one. */
const LATE_MS: Ms = 5 * 60_000;

export function createTimetableService(options: TimetableServiceOptions): TimetableService {
  const { clock, log } = options;
  const underWay = new Set<Promise<void>>();
  let { plan } = options;
  let changed = new AbortController();
  let table: { readonly slots: readonly CronSlot[]; readonly time: LocalTime } | undefined;
  /** When the last slot was due: a clock that is set back a little must not bring it again. */
  let last = Number.NEGATIVE_INFINITY;
  let turns = 0;

  const current = () => {
    table ??= {
      slots: timetable(plan, options.deviceId),
      time: createLocalTime(plan.norm.timeZone),
    };
    return table;
  };
  const comingAfter = (now: EpochMs): NextSlot | undefined => {
    const { slots, time } = current();
    const wasJustNow = Math.abs(last - now) < LATE_MS;
    return nextSlots(slots, time, wasJustNow ? Math.max(now, last) : now, 1)[0];
  };
  const onSlot = async (slot: CronSlot, signal: AbortSignal) => {
    try {
      await options.onSlot(slot, signal);
    } catch (error) {
      log.error('a test of the timetable failed', { error });
    }
  };
  const begin = ({ slot, at }: NextSlot, signal: AbortSignal) => {
    last = at;
    const test = onSlot(slot, signal).finally(() => underWay.delete(test));
    underWay.add(test);
  };
  const wait = async (signal: AbortSignal) => {
    let due = comingAfter(clock.now());
    while (!signal.aborted && !changed.signal.aborted) {
      const leftMs = due === undefined ? LOOK_MS : due.at - clock.now();
      const woken = AbortSignal.any([signal, changed.signal]);
      await clock.sleep(Math.max(0, Math.min(LOOK_MS, leftMs)), woken).catch(() => {});
      if (woken.aborted) return;
      const lateMs = clock.now() - (due?.at ?? Number.POSITIVE_INFINITY);
      if (due !== undefined && lateMs >= 0 && lateMs <= LATE_MS) begin(due, signal);
      const next = comingAfter(clock.now());
      // Also where it was left out, or the clock was set.
      if (next?.at !== due?.at) turns += 1;
      due = next;
    }
  };
  return {
    name: 'timetable',
    apply: (given) => {
      if (JSON.stringify(given) === JSON.stringify(plan)) return;
      plan = given;
      table = undefined;
      changed.abort(new Error('the plan changed'));
    },
    next: (count) => {
      const { slots, time } = current();
      return nextSlots(slots, time, clock.now(), count).map(({ at }) => at);
    },
    turns: () => turns,
    run: async (signal, ready) => {
      ready();
      while (!signal.aborted) {
        changed = new AbortController();
        turns += 1;
        log.info('timetable', { tests: current().slots.length, timeZone: plan.norm.timeZone });
        await wait(signal);
      }
      // A test that is just over still goes to the spool and gives its slot back.
      await Promise.all(underWay);
    },
  };
}
