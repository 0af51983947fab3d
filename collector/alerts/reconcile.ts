// From what is wrong now and the incidents that are open to the incidents that are: opened, joined,
// merged, closed. Pure; ids follow from what began an incident, so that the same history gives the
// same ones.
import { createHash } from 'node:crypto';
import type { Condition, Incident, Member } from '#shared/model/incident.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { burstsOf, type Population, sharedCauseOf } from './bursts.ts';

/**
 * @param open the incidents that are open
 * @returns those that are new or changed
 */
export function reconcile(
  open: readonly Incident[],
  conditions: readonly Condition[],
  population: Population,
  now: EpochMs,
): readonly Incident[] {
  const kept = open.flatMap((incident) =>
    incident.members.map((member) => ({ ...member, kind: incident.kind })),
  );
  const known = new Map<string, Condition & Member>(kept.map((member) => [member.key, member]));
  const current = new Map(conditions.map((condition) => [condition.key, condition]));
  const all = new Map<string, Condition & Member>();
  for (const [key, member] of known) {
    const now_ = current.get(key);
    all.set(key, renewed(member, now_, now));
  }
  for (const [key, condition] of current) {
    if (!known.has(key)) all.set(key, { ...condition, joinedAt: now, endedAt: null });
  }
  const groups = joined(
    [...all.keys()],
    [
      ...open.map(({ members }) => members.map(({ key }) => key)),
      ...burstsOf([...all.values()], population),
    ],
  );
  const incidentOf = new Map(
    open.flatMap((incident) => incident.members.map(({ key }) => [key, incident] as const)),
  );
  return groups.flatMap((keys) => {
    const members = keys.flatMap((key) => all.get(key) ?? []);
    const before = [...new Set(keys.flatMap((key) => incidentOf.get(key) ?? []))];
    return incidentsOf(members, before, population, now);
  });
}

/** What lasts is as it was found first, but for what its sentence says; what is over has an end. */
function renewed(
  member: Condition & Member,
  current: Condition | undefined,
  now: EpochMs,
): Condition & Member {
  if (current === undefined) return { ...member, endedAt: member.endedAt ?? now };
  if (member.endedAt === null) return { ...member, detail: current.detail };
  return { ...current, joinedAt: now, endedAt: null };
}

/** The incident of a group, and those that go on in it. Only what changed. */
function incidentsOf(
  members: readonly (Condition & Member)[],
  before: readonly Incident[],
  population: Population,
  now: EpochMs,
): readonly Incident[] {
  const first = members[0];
  if (first === undefined) return [];
  const [oldest, ...others] = before.toSorted(
    (a, b) => a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1),
  );
  const cause = sharedCauseOf(members, population);
  const isOver = members.every(({ endedAt }) => endedAt !== null);
  const base = oldest ?? {
    ...{ id: idOf(members, now), kind: first.kind, openedAt: now, updatedAt: now },
    ...{ closedAt: null, mergedInto: null, members: [], acknowledgements: [] },
  };
  const incident: Incident = {
    ...base,
    ...(cause === undefined ? {} : { cause }),
    closedAt: isOver ? now : null,
    members: members.map(({ kind: _, ...member }) => member),
    acknowledgements: before
      .flatMap(({ acknowledgements }) => acknowledgements)
      .toSorted((a, b) => (a.at < b.at ? -1 : 1)),
  };
  const isSame = oldest !== undefined && others.length === 0 && isAlike(oldest, incident);
  if (isSame) return [];
  return [
    { ...incident, updatedAt: now },
    ...others.map((other) => ({ ...other, closedAt: now, updatedAt: now, mergedInto: base.id })),
  ];
}

function isAlike(before: Incident, after: Incident): boolean {
  return JSON.stringify(essence(before)) === JSON.stringify(essence(after));
}

/** Shares move with every location that is added; that is no news. */
function essence({ closedAt, members, cause }: Incident) {
  return { closedAt, members, cause: [cause?.kind, cause?.name, cause?.members] };
}

/** A UUID's form, from the first of its members: two who find the same open the same. */
function idOf(members: readonly Condition[], now: EpochMs): string {
  const first = members.toSorted((a, b) => a.since - b.since || (a.key < b.key ? -1 : 1))[0];
  const hash = createHash('sha256').update(`${first?.key} ${first?.since} ${now}`).digest('hex');
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

/** The keys in the least groups in which each of `links` is within one. In order of their keys. */
function joined(
  keys: readonly string[],
  links: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  const parent = new Map(keys.map((key) => [key, key]));
  const rootOf = (key: string): string => {
    let at = key;
    for (let up = parent.get(at) ?? at; up !== at; up = parent.get(at) ?? at) at = up;
    parent.set(key, at);
    return at;
  };
  for (const link of links) {
    const [first, ...rest] = link;
    if (first === undefined) continue;
    for (const key of rest) parent.set(rootOf(key), rootOf(first));
  }
  return [...Map.groupBy(keys.toSorted(), rootOf).values()];
}
