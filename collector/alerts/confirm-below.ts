// Is a verdict `below` confirmed well enough to tell people? M of the newest N tests on a quiet line
// failed, and not all of those on one measure server where there are more. Pure.
import type { EpochMs } from '#shared/model/units.ts';

export const NEWEST_TESTS = 5;
export const FAILED_TESTS = 3;

export interface BelowTest {
  readonly id: string;
  readonly startedAt: EpochMs;
  readonly server: string;
  readonly isFail: boolean;
}

/** Of each running main line: its decisive tests on a quiet line, in any order. */
export type BelowTests = readonly (readonly BelowTest[])[];

/** `possible`: whether there was a second measure server to confirm on. */
export type Confirmation =
  | { readonly state: 'waiting'; readonly for: 'tests' | 'second_server' }
  | {
      readonly state: 'confirmed';
      readonly secondServer: 'agrees' | 'not_possible';
      readonly failed: number;
      readonly of: number;
      /** On which tests failed, the most first. */
      readonly servers: readonly string[];
    };

/** One line that is confirmed is enough: a location is below as soon as one of its main lines is. */
export function confirmBelow(lines: BelowTests, serverCount: number): Confirmation {
  const confirmed = lines.map((tests) => confirmLine(tests, serverCount));
  return (
    confirmed.find(({ state }) => state === 'confirmed') ??
    confirmed.find((each) => each.state === 'waiting' && each.for === 'second_server') ?? {
      state: 'waiting',
      for: 'tests',
    }
  );
}

/**
 * Of the newest tests, and where those were all on one server, its newest fail on another stands in
 * for the oldest of them: a plan that sends a device to the second server now and then is enough.
 */
function confirmLine(tests: readonly BelowTest[], serverCount: number): Confirmation {
  const newestFirst = tests.toSorted((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? -1 : 1));
  const newest = newestFirst.slice(0, NEWEST_TESTS);
  const fails = newest.filter(({ isFail }) => isFail);
  if (fails.length < FAILED_TESTS) return { state: 'waiting', for: 'tests' };
  const servers = byFrequency(fails.map(({ server }) => server));
  const agreed = { state: 'confirmed', failed: fails.length, of: newest.length } as const;
  if (servers.length > 1) return { ...agreed, servers, secondServer: 'agrees' };
  if (serverCount <= 1) return { ...agreed, servers, secondServer: 'not_possible' };
  const elsewhere = newestFirst.find(({ server }) => !servers.includes(server));
  if (elsewhere?.isFail !== true) return { state: 'waiting', for: 'second_server' };
  return { ...agreed, servers: [...servers, elsewhere.server], secondServer: 'agrees' };
}

function byFrequency(names: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([name]) => name);
}
