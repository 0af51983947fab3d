// Runs the timetable by node-cron, and again when the plan changes.
import { type ScheduledTask, schedule } from 'node-cron';
import type { Plan } from '#shared/model/plan.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { aborted, type Service } from '#shared/runtime/service.ts';
import { type CronSlot, timetable } from './timetable.ts';

export interface TimetableServiceOptions {
  readonly deviceId: string;
  readonly plan: Plan;
  /** Makes a test; its errors are logged. */
  readonly onSlot: (slot: CronSlot, signal: AbortSignal) => Promise<unknown>;
  readonly log: Logger;
}

export interface TimetableService extends Service {
  /** Takes effect at once. */
  apply(plan: Plan): void;
  /** The next times, soonest first, epoch ms. */
  next(count: number): number[];
  /** How many of its times have come since the start. */
  begun(): number;
}

export function createTimetableService(options: TimetableServiceOptions): TimetableService {
  let tasks: ScheduledTask[] = [];
  let running: AbortSignal | undefined;
  const underWay = new Set<Promise<void>>();
  let plan = options.plan;
  let begun = 0;

  const stop = () => {
    for (const task of tasks) void task.destroy();
    tasks = [];
  };
  const start = (signal: AbortSignal) => {
    stop();
    tasks = timetable(plan, options.deviceId).map((slot) =>
      schedule(slot.expression, () => begin(slot, signal), {
        timezone: plan.norm.timeZone,
        noOverlap: true,
        // A device that slept through its time tests at the next one; that is no fault to report.
        suppressMissedWarning: true,
      }),
    );
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
    begun += 1;
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
    begun: () => begun,
    run: async (signal, ready) => {
      running = signal;
      start(signal);
      ready();
      await aborted(signal);
      running = undefined;
      stop();
      // A test that is just over still goes to the spool and gives its slot back.
      await Promise.all(underWay);
    },
  };
}
