// A fail near the norm counts only when a second run agrees. Pure.
//
// Decided here, where the rule leaves room:
// - Each direction on its own: a run that confirms the upload is a test of its own for the
//   download.
// - The second run is known by device and time alone; what the agent says it confirms only
//   chooses among runs that could be it.
// - A second run that passes proves the pass whatever its flags and the hour. One that fails must
//   be fit to prove a fail itself; else it settles nothing and the next run in time is looked at.
// - A run settles one fail: three fails in a row are one confirmed fail and one unconfirmed.
import type { Norm } from '#shared/model/norm.ts';
import type { Mbps } from '#shared/model/units.ts';
import type { DirectionEvidence, TestEvidence } from './evidence.ts';

/** What counts once in a share: a test, or a fail near the norm with the run that settled it. */
export interface Counted {
  readonly result: 'pass' | 'fail';
  /** Its day is the count's day. */
  readonly test: TestEvidence;
  readonly second?: TestEvidence;
  /** Of the run that settled it. */
  readonly ipCapacity: Mbps;
}

export interface Confirmed {
  readonly counted: readonly Counted[];
  /** Fails near the norm that no second run settled; they do not count. */
  readonly unconfirmed: readonly TestEvidence[];
}

/**
 * Counts the decisive tests of a sample.
 * @param tests all of the window, oldest first: a second run may lie outside the sample.
 * @param read what a test says here, absent where it says nothing.
 * @param counts whether a test belongs to the sample and may prove a fail in it.
 */
export function confirm(
  tests: readonly TestEvidence[],
  read: (test: TestEvidence) => DirectionEvidence | undefined,
  counts: (test: TestEvidence) => boolean,
  norm: Norm,
): Confirmed {
  const counted: Counted[] = [];
  const unconfirmed: TestEvidence[] = [];
  const used = new Set<TestEvidence>();
  for (let index = 0; index < tests.length; index += 1) {
    const test = tests[index];
    if (test === undefined || !counts(test)) continue;
    const result = read(test);
    if (result === undefined || result.outcome === 'inconclusive') continue;
    if (used.size > 0 && used.has(test)) continue;
    if (result.outcome === 'pass' || !result.provisional) {
      counted.push({ result: result.outcome, test, ipCapacity: result.ipCapacity });
      continue;
    }
    const second = secondRun(tests, index, norm, (run) => {
      const outcome = read(run)?.outcome;
      return !used.has(run) && (outcome === 'pass' || (outcome === 'fail' && counts(run)));
    });
    const settled = second === undefined ? undefined : read(second);
    if (second === undefined || settled === undefined) {
      unconfirmed.push(test);
      continue;
    }
    used.add(second);
    const agreed = settled.outcome === 'fail' ? 'fail' : 'pass';
    counted.push({ result: agreed, test, second, ipCapacity: settled.ipCapacity });
  }
  return { counted, unconfirmed };
}

/** The run that the agent names, else the first, of those that settle the test at `index`. */
function secondRun(
  tests: readonly TestEvidence[],
  index: number,
  norm: Norm,
  settles: (run: TestEvidence) => boolean,
): TestEvidence | undefined {
  const test = tests[index];
  if (test === undefined) return undefined;
  let first: TestEvidence | undefined;
  for (let next = index + 1; next < tests.length; next += 1) {
    const run = tests[next];
    if (run === undefined || run.startedAt - test.startedAt > norm.confirmMaxGapMs) break;
    if (run.startedAt - test.startedAt < norm.confirmMinGapMs) continue;
    if (run.deviceId !== test.deviceId || !settles(run)) continue;
    if (run.confirms === test.id) return run;
    first ??= run;
  }
  return first;
}
