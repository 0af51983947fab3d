// Did the line's level change suddenly? Said with its date beside whatever the verdict is.
import { type Direction, type Norm, requiredMbps } from '#shared/model/norm.ts';
import type { TestEvidence } from '../evidence.ts';
import { newestLevelChange, type Reading } from '../level-change.ts';
import { countsForCapacity } from '../samples.ts';
import type { RuleReason } from './reason.ts';

/** None or one. `tests`: those of the window, oldest first. */
export function levelReasons(
  tests: readonly TestEvidence[],
  direction: Direction,
  norm: Norm,
): readonly RuleReason[] {
  const change = newestLevelChange(readingsOf(tests, direction));
  if (change === undefined) return [];
  return [
    {
      rule: 'level_changed',
      direction,
      observed: change.after,
      required: requiredMbps(norm, direction),
      n: change.testsAfter,
      detail: {
        before: change.before,
        testsBefore: change.testsBefore,
        at: new Date(change.at).toISOString(),
      },
    },
  ];
}

function readingsOf(tests: readonly TestEvidence[], direction: Direction): readonly Reading[] {
  const readings: Reading[] = [];
  for (const test of tests) {
    const result = test[direction];
    if (result === undefined || !countsForCapacity(test)) continue;
    readings.push({ startedAt: test.startedAt, day: test.day, ipCapacity: result.ipCapacity });
  }
  return readings;
}
