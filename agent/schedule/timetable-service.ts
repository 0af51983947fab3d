// Runs the timetable by node-cron, and again when the plan changes.
import { type ScheduledTask, schedule } from 'node-cron';
import type { Plan } from '#shared/model/plan.ts';
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { aborted, type Service } from '#shared/runtime/service.ts';
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

/** A clock that is set leaves timers as they were: how often that is looked for, and how much counts. */
const STEP_LOOK_MS: Ms = 30_000;
const STEP_MS: Ms = 2_000;

export function createTimetableService(options: TimetableServiceOptions): TimetableService {
  let tasks: ScheduledTask[] = [];
  let running: AbortSignal | undefined;
  const underWay = new Set<Promise<void>>();
  let plan = options.plan;
  let turns = 0;

  const stop = () => {
    for (const task of tasks) void task.destroy();
    tasks = [];
  };
  const start = (signal: AbortSignal) => {
    stop();
    turns += 1;
    tasks = timetable(plan, options.deviceId).map((slot) => {
      const task = schedule(slot.expression, () => begin(slot, signal), {
        timezone: plan.norm.timeZone,
        noOverlap: true,
        // A device that slept through its time tests at the next one; that is no fault to report.
        suppressMissedWarning: true,
      });
      task.on('execution:missed', () => {
        turns += 1;
      });
      return task;
    });
    options.log.info('timetable', { tests: tasks.length, timeZone: plan.norm.timeZone });
  };
  const onSlot = async (slot: CronSlot, signal: AbortSignal) => {
    try {
      await options.onSlot(slot, signal);
    } catch (error) {
      options.log.error('a test of the timetable failed', { error });
    }
  };
  const begin = (slot: CronSlot, signal: AbortSignal) => {
    turns += 1;
    const test = onSlot(slot, signal).finally(() => underWay.delete(test));
    underWay.add(test);
    return test;
  };
  return {
    name: 'timetable',
    apply: (changed) => {
      if (JSON.stringify(changed) === JSON.stringify(plan)) return;
      plan = changed;
      if (running !== undefined) start(running);
    },
    next: (count) =>
      tasks
        .flatMap((task) => task.getNextRun()?.getTime() ?? [])
        .sort((a, b) => a - b)
        .slice(0, count),
    turns: () => turns,
    run: async (signal, ready) => {
      running = signal;
      start(signal);
      ready();
      const stopLooking = onStep(options.clock, (stepMs) => {
        options.log.info('the clock was set; the timetable is reckoned anew', { stepMs });
        start(signal);
      });
      await aborted(signal);
      stopLooking();
      running = undefined;
      stop();
      // A test that is just over still goes to the spool and gives its slot back.
      await Promise.all(underWay);
    },
  };
}

/** Calls `stepped` when the wall clock left the monotonic one; sleep of the device counts, too. */
function onStep(clock: Clock, stepped: (stepMs: Ms) => void): () => void {
  let apartMs = clock.now() - clock.monotonicMs();
  return clock.every(STEP_LOOK_MS, () => {
    const beforeMs = apartMs;
    apartMs = clock.now() - clock.monotonicMs();
    const stepMs = Math.round(apartMs - beforeMs);
    if (Math.abs(stepMs) > STEP_MS) stepped(stepMs);
  });
}
