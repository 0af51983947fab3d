// Asks for new verdicts after measurements came in: one at a time, each location once however
// many results wait, and again later when it failed. Never holds anybody up.
import type { Logger } from '#shared/runtime/log.ts';
import type { Judge } from '../assessment/judge.ts';
import type { LiveEvents } from '../live.ts';

export interface Rejudge {
  request(locationId: string): void;
  /** Resolves when nothing is being judged or waiting. */
  settled(): Promise<void>;
}

export interface RejudgeOptions {
  readonly judge: Judge;
  readonly events: LiveEvents;
  readonly log: Logger;
}

export function createRejudge({ judge, events, log }: RejudgeOptions): Rejudge {
  const waiting = new Set<string>();
  /** Judged again with the next request, whichever location that is for. */
  const failed = new Set<string>();
  let running: Promise<void> | undefined;

  const judgeOne = async (locationId: string) => {
    try {
      await judge.judge(locationId);
    } catch (error) {
      failed.add(locationId);
      log.error('no new verdict; it is tried again with the next measurement', {
        locationId,
        error,
      });
    }
    // In either case: there is a measurement to show.
    events.changed(locationId);
  };

  const judgeAll = async () => {
    // Not within the caller's turn: it has an acknowledgement to send.
    await Promise.resolve();
    for (const locationId of waiting) {
      waiting.delete(locationId);
      await judgeOne(locationId);
    }
    running = undefined;
  };

  return {
    request: (locationId) => {
      for (const again of failed) waiting.add(again);
      failed.clear();
      waiting.add(locationId);
      running ??= judgeAll();
    },
    settled: async () => {
      while (running !== undefined) await running;
    },
  };
}
