// Is a verdict `below` confirmed well enough to tell people? M of the newest N tests on a quiet line
// failed, and not all of those on one measure server where there are more. Pure.
import type { EpochMs, Ms } from '#shared/model/units.ts';

export const NEWEST_TESTS = 5;
export const FAILED_TESTS = 3;
/**
 * Devices are sent to another server meanwhile (elsewhere.ts). Where none of their tests came out
 * there in a week, it cannot be reached from that line, and people are told without.
 */
export const WAIT_ELSEWHERE_MS: Ms = 7 * 86_400_000;

export interface BelowTest {
  readonly id: string;
  readonly deviceId: string;
  readonly startedAt: EpochMs;
  readonly server: string;
  readonly isFail: boolean;
}

/** Of each running main line: its decisive tests on a quiet line, in any order. */
export type BelowTests = readonly (readonly BelowTest[])[];

export interface ConfirmContext {
  /** Measure servers that a device may be sent to. */
  readonly serverCount: number;
  /** How long the verdict has stood. */
  readonly stoodMs: Ms;
}

export type Confirmation =
  | { readonly state: 'waiting'; readonly for: 'tests' }
  /** `servers`: on which it failed; it is to be tested on another. */
  | {
      readonly state: 'waiting';
      readonly for: 'second_server';
      readonly servers: readonly string[];
    }
  | {
      readonly state: 'confirmed';
      readonly secondServer: 'agrees' | 'not_possible';
      readonly failed: number;
      readonly of: number;
      /** On which tests failed, the most first. */
      readonly servers: readonly string[];
    };

/** One line that is confirmed is enough: a location is below as soon as one of its main lines is. */
export function confirmBelow(lines: BelowTests, context: ConfirmContext): Confirmation {
  const confirmed = lines.map((tests) => confirmLine(tests, context));
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
export function confirmLine(
  tests: readonly BelowTest[],
  { serverCount, stoodMs }: ConfirmContext,
): Confirmation {
  const newestFirst = tests.toSorted((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? -1 : 1));
  const newest = newestFirst.slice(0, NEWEST_TESTS);
  const fails = newest.filter(({ isFail }) => isFail);
  if (fails.length < FAILED_TESTS) return { state: 'waiting', for: 'tests' };
  const servers = byFrequency(fails.map(({ server }) => server));
  const agreed = { state: 'confirmed', failed: fails.length, of: newest.length } as const;
  if (servers.length > 1) return { ...agreed, servers, secondServer: 'agrees' };
  if (serverCount <= 1) return { ...agreed, servers, secondServer: 'not_possible' };
  const elsewhere = newestFirst.find(({ server }) => !servers.includes(server));
  if (elsewhere === undefined && stoodMs >= WAIT_ELSEWHERE_MS) {
    return { ...agreed, servers, secondServer: 'not_possible' };
  }
  if (elsewhere?.isFail !== true) return { state: 'waiting', for: 'second_server', servers };
  return { ...agreed, servers: [...servers, elsewhere.server], secondServer: 'agrees' };
}

function byFrequency(names: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([name]) => name);
}
