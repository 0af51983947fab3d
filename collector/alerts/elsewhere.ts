// Which devices are to test on another measure server than before, so that what they say of their
// line is confirmed there. Pure.
import type { EpochMs } from '#shared/model/units.ts';
import { confirmContextOf } from './conditions.ts';
import { confirmLine } from './confirm-below.ts';
import type { AlertFacts } from './facts.ts';

/** By device the servers on which its line failed; it is sent to another while one has a place. */
export type Elsewhere = ReadonlyMap<string, readonly string[]>;

export function elsewhereOf(
  facts: Pick<AlertFacts, 'standing' | 'turning' | 'servers'>,
  now: EpochMs,
): Elsewhere {
  const found = new Map<string, readonly string[]>();
  for (const fact of [...facts.standing, ...facts.turning]) {
    const context = confirmContextOf(fact, facts, now);
    for (const tests of fact.tests ?? []) {
      const confirmed = confirmLine(tests, context);
      if (confirmed.state !== 'waiting' || confirmed.for !== 'second_server') continue;
      for (const { deviceId } of tests) found.set(deviceId, confirmed.servers);
    }
  }
  return found;
}
