// Which conditions are one incident: those that began close together and have a cause in common,
// when they are too many for chance. Pure.
//
// For each kind and cause, in order of time: wherever a window holds enough locations, all in it are
// one; windows that overlap, and bursts that share a condition, are one. A further condition can only
// add to what is joined, never part it, so the order in which conditions are found does not matter.
import type { Cause, Condition, IncidentKind, SharedCause } from '#shared/model/incident.ts';
import type { Ms } from '#shared/model/units.ts';
import type { Place } from './facts.ts';

const HOUR_MS: Ms = 3_600_000;
/**
 * Verdicts on one fault settle over two nights of tests; a change of level is dated by the first test
 * after it; devices that fall silent together do so within the minute, and are heard of each minute.
 */
const WINDOW_MS: Readonly<Record<IncidentKind, Ms>> = {
  below: 48 * HOUR_MS,
  level_fell: 24 * HOUR_MS,
  level_rose: 24 * HOUR_MS,
  silent: 2 * HOUR_MS,
  server_fault: HOUR_MS,
  server_away: HOUR_MS,
};
const LEAST_LOCATIONS = 3;
const LEAST_OF_ALL = 5;
/** Of the measured locations that have the cause; else a large provider always has a few. */
const LEAST_SHARE = 0.2;
/** Which says more, where two have the same members, of as many. */
const TELLING: readonly Cause['kind'][] = [
  'measure_server',
  'provider',
  'municipality',
  'province',
  'collector',
];

/** Measured locations that have the cause. */
export type Population = (cause: Cause) => number;

export function populationOf(places: readonly Place[]): Population {
  const counts = new Map<string, number>();
  const count = (kind: Cause['kind'], name: string | undefined) => {
    if (name === undefined) return;
    const key = nameOf({ kind, name });
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  for (const { isMeasured, providers, municipality, province } of places) {
    if (!isMeasured) continue;
    count('collector', '');
    for (const provider of new Set(providers)) count('provider', provider);
    count('municipality', municipality);
    count('province', province);
  }
  // How many could have been tested on a server is not known: all could.
  return (cause) =>
    counts.get(nameOf(cause.kind === 'measure_server' ? { kind: 'collector', name: '' } : cause)) ??
    0;
}

/** Groups of keys that belong together; a condition in no group is alone. */
export function burstsOf(
  conditions: readonly Condition[],
  population: Population,
): readonly (readonly string[])[] {
  return byCause(conditions).flatMap(({ cause, of }) => {
    const inTime = of.toSorted((a, b) => a.since - b.since || (a.key < b.key ? -1 : 1));
    return joinedInTime(inTime, leastOf(cause, population));
  });
}

/** Of one kind and cause, in order of time: the runs of conditions that share a window with enough. */
function joinedInTime(inTime: readonly Condition[], least: number): readonly (readonly string[])[] {
  const groups: string[][] = [];
  const inWindow = new Map<string | null, number>();
  let to = 0;
  /** All before it are in a group, or in none. */
  let joinedTo = 0;
  for (const [from, first] of inTime.entries()) {
    for (
      let next = inTime[to];
      next !== undefined && next.since - first.since <= WINDOW_MS[first.kind];
      next = inTime[to]
    ) {
      inWindow.set(next.locationId, (inWindow.get(next.locationId) ?? 0) + 1);
      to += 1;
    }
    if (inWindow.size >= least) {
      // Overlapping the last group, it goes on with that.
      const group = from < joinedTo ? groups.at(-1) : undefined;
      const added = inTime.slice(Math.max(from, joinedTo), to).map(({ key }) => key);
      if (group === undefined) groups.push(added);
      else group.push(...added);
      joinedTo = to;
    }
    const left = (inWindow.get(first.locationId) ?? 0) - 1;
    if (left > 0) inWindow.set(first.locationId, left);
    else inWindow.delete(first.locationId);
  }
  return groups;
}

/**
 * What most of them have in common, and the fewest others; undefined for one, and where that is half of
 * them or less.
 */
export function sharedCauseOf(
  conditions: readonly Condition[],
  population: Population,
): SharedCause | undefined {
  const all = locationsOf(conditions);
  if (all < 2) return undefined;
  const candidates = byCause(conditions)
    .map(({ cause, of }) => ({ ...cause, members: locationsOf(of), of: population(cause) }))
    .filter(({ members }) => members * 2 > all)
    .sort(
      (a, b) =>
        b.members - a.members ||
        a.of - b.of ||
        TELLING.indexOf(a.kind) - TELLING.indexOf(b.kind) ||
        (a.name < b.name ? -1 : 1),
    );
  return candidates[0];
}

function leastOf(cause: Cause, population: Population): number {
  const least = cause.kind === 'collector' ? LEAST_OF_ALL : LEAST_LOCATIONS;
  return Math.max(least, Math.ceil(LEAST_SHARE * population(cause)));
}

function byCause(
  conditions: readonly Condition[],
): readonly { readonly cause: Cause; readonly of: readonly Condition[] }[] {
  const found = new Map<string, { cause: Cause; of: Condition[] }>();
  for (const condition of conditions) {
    for (const cause of condition.causes) {
      const key = `${condition.kind} ${nameOf(cause)}`;
      const entry = found.get(key) ?? { cause, of: [] };
      entry.of.push(condition);
      found.set(key, entry);
    }
  }
  return [...found.values()];
}

function locationsOf(conditions: readonly Condition[]): number {
  return new Set(conditions.map(({ locationId }) => locationId)).size;
}

function nameOf({ kind, name }: Cause): string {
  return `${kind} ${name.trim().toLowerCase()}`;
}
