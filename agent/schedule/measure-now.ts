// A test that somebody at the collector asked for, and how it goes, phase by phase, back to him.
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { createErrands } from '#shared/runtime/errands.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Service } from '#shared/runtime/service.ts';
import type { AgentFrame, Instruction, TestProgress } from '#shared/wire/uplink.ts';
import type { Progress } from '../measure/measurer.ts';
import type { TestRunner } from './test-runner.ts';

export interface MeasureNowOptions {
  readonly runner: Pick<TestRunner, 'run' | 'resume' | 'isTesting'>;
  /** False without a connection: nobody hears it then. */
  readonly say: (frame: AgentFrame) => boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface MeasureNow {
  readonly service: Service;
  /** Before the service runs nothing is taken. */
  take(instruction: Extract<Instruction, { type: 'measure_now' }>): void;
}

/** Within a phase; a person sees no more than that. */
const BETWEEN_MS: Ms = 500;

export function createMeasureNow({ runner, say, clock, log }: MeasureNowOptions): MeasureNow {
  const errands = createErrands('measure now');

  const measure = async (requestId: string, signal: AbortSignal) => {
    const tell = (progress: TestProgress) => say({ type: 'measure_progress', requestId, progress });
    const refuse = (reason: string) => tell({ phase: 'refused', reason: reason.slice(0, 500) });
    if (runner.isTesting) {
      refuse('a test is under way already; ask again when it is over');
      return;
    }
    tell({ phase: 'waiting' });
    try {
      const measurement = await runner.run('asked', signal, undefined, spaced(tell, clock));
      if (measurement === undefined) refuse('the test was not made: the agent stops');
      else tell({ phase: 'done', measurementId: measurement.id });
      await runner.resume(signal);
    } catch (error) {
      log.error('a test that was asked for failed', { error: messageOf(error) });
      refuse(messageOf(error));
    }
  };
  return {
    service: errands.service,
    take: ({ requestId }) => {
      errands.start((signal) => {
        log.info('a test was asked for', { requestId });
        return measure(requestId, signal);
      });
    },
  };
}

/** Each phase at once, and its readings now and then. */
function spaced(
  tell: (progress: TestProgress) => void,
  clock: Pick<Clock, 'monotonicMs'>,
): (progress: Progress) => void {
  let last = { phase: '', atMs: Number.NEGATIVE_INFINITY };
  return (progress) => {
    // Its result is told when it is in the spool.
    if (progress.phase === 'done') return;
    const atMs = clock.monotonicMs();
    if (progress.phase === last.phase && atMs - last.atMs < BETWEEN_MS) return;
    last = { phase: progress.phase, atMs };
    tell(progress);
  };
}
