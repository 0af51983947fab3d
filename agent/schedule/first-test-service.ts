// The first test of a device, and the second run that a restart came between.
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { aborted, type Service } from '#shared/runtime/service.ts';
import type { AgentState } from './agent-state.ts';
import type { TestRunner } from './test-runner.ts';

const FIRST_TEST_AGAIN_MS: Ms = 3_600_000;

/**
 * A device that never measured shows at once that it can, and tries again each hour until it has:
 * the timetable's first time may be a day off, and nobody stands by.
 */
export function createFirstTest(
  runner: Pick<TestRunner, 'run' | 'resume'>,
  state: () => AgentState,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Service {
  return {
    name: 'first test',
    run: async (signal, ready) => {
      ready();
      await runner.resume(signal).catch((error: unknown) => {
        log.error('a near fail could not be confirmed', { error: messageOf(error) });
      });
      while (!signal.aborted && state().lastMeasuredAt === undefined) {
        await runner.run('first', signal).catch((error: unknown) => {
          log.error('the first test failed', { error: messageOf(error) });
        });
        if (state().lastMeasuredAt !== undefined) break;
        await clock.sleep(FIRST_TEST_AGAIN_MS, signal).catch(() => {});
      }
      await aborted(signal);
    },
  };
}
