// Which locations went on as others: told by DUO's overgangen, by a new code at the same postcode
// and house number, or by the operator. Proposed, and applied only when asked for. Pure.
import type { Location } from '#shared/model/location.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Merge } from '#shared/wire/import.ts';
import type { KnownLocation } from '../registry/registry.ts';
import { numberOf } from './postcodes.ts';
import type { ImportedFacts } from './read-files.ts';
import type { Transition } from './transitions.ts';

export type MergeChoice = 'proposed' | readonly { readonly from: string; readonly to: string }[];

export interface MergeInput {
  readonly facts: Pick<ImportedFacts, 'locations' | 'transitions'>;
  readonly known: ReadonlyMap<string, KnownLocation>;
  /** Open ones that the files cover and no longer have. */
  readonly gone: readonly KnownLocation[];
  readonly choice: MergeChoice | undefined;
}

/** Throws `bad_import` for a merge that was asked for and cannot be. */
export function planMerges(input: MergeInput): readonly Merge[] {
  const { facts, known, gone, choice } = input;
  const given = new Set(facts.locations.map(({ id }) => id));
  const leaving = new Set(gone.map(({ id }) => id));
  const isOpen = (id: string) => given.has(id) || (isOpenNow(known.get(id)) && !leaving.has(id));
  // One that was closed by an earlier import can still be told to have gone on.
  const candidates = [
    ...gone,
    ...[...known.values()].filter(
      ({ id, closed }) =>
        closed !== undefined && closed.successorId === undefined && !given.has(id),
    ),
  ];
  const inBuilding = Map.groupBy(facts.locations, buildingOf);
  const isLater = ({ closed }: KnownLocation, other: string) => {
    const before = known.get(other);
    if (before === undefined) return true;
    return closed !== undefined && before.createdAt >= Date.parse(closed.at);
  };
  const next = nextOf(facts.transitions);
  const proposed = candidates.flatMap((location): Merge[] => {
    const { id, devices } = location;
    const told = endOf(next, id);
    if (told !== undefined && isOpen(told)) {
      return [{ from: id, to: told, basis: 'transition', devices, applied: false }];
    }
    const building = buildingOf(location);
    const there = building === undefined ? [] : (inBuilding.get(building) ?? []);
    const same = there.filter((other) => isLater(location, other.id));
    const [to, ...others] = same;
    // Two newcomers in one building: which of them went on is for a person to say.
    if (to === undefined || others.length > 0) return [];
    return [{ from: id, to: to.id, basis: 'same_address', devices, applied: false }];
  });
  if (choice === undefined) return proposed;
  if (choice === 'proposed') return proposed.map((merge) => ({ ...merge, applied: true }));
  refuseTangles(choice);
  const asked = distinct(choice).map(({ from, to }) => askedMerge(from, to, input, isOpen));
  const askedFor = new Set(asked.map(({ from }) => from));
  const basisOf = (merge: Merge) =>
    proposed.find(({ from, to }) => from === merge.from && to === merge.to)?.basis ?? merge.basis;
  return [
    ...asked.map((merge) => ({ ...merge, basis: basisOf(merge) })),
    ...proposed.filter(({ from }) => !askedFor.has(from)),
  ];
}

/** Each goes on as one, which itself stays: else its lines would be at one and its successor another. */
function refuseTangles(pairs: Exclude<MergeChoice, 'proposed'>): void {
  const targets = new Map<string, string>();
  for (const { from, to } of pairs) {
    const other = targets.get(from);
    if (other !== undefined && other !== to) {
      throw refusal(from, to, `${from} cannot go on as ${other} too; name one of them`);
    }
    targets.set(from, to);
  }
  for (const { from, to } of pairs) {
    const next = targets.get(to);
    if (next === undefined || from === to) continue;
    throw refusal(from, to, `${to} is to go on as ${next} itself; name ${from}=${next}`);
  }
}

function distinct(
  pairs: Exclude<MergeChoice, 'proposed'>,
): readonly { readonly from: string; readonly to: string }[] {
  return [...new Map(pairs.map((pair) => [pair.from, pair])).values()];
}

function refusal(from: string, to: string, why: string): AppError {
  return new AppError('bad_import', `${from}=${to}: ${why}`);
}

function askedMerge(
  from: string,
  to: string,
  { facts, known }: MergeInput,
  isOpen: (id: string) => boolean,
): Merge {
  const location = known.get(from);
  const refuse = (why: string) => refusal(from, to, why);
  if (location === undefined) throw refuse(`there is no location ${from}`);
  if (from === to) throw refuse('a location does not go on as itself');
  if (location.closed?.successorId !== undefined) {
    throw refuse(`${from} has gone on as ${location.closed.successorId}`);
  }
  if (facts.locations.some(({ id }) => id === from)) {
    throw refuse(`${from} is still in the files, so it has not gone on as another`);
  }
  if (!isOpen(to)) {
    throw refuse(`${to} is neither in the files nor an open location`);
  }
  return { from, to, basis: 'operator', devices: location.devices, applied: true };
}

function isOpenNow(location: KnownLocation | undefined): boolean {
  return location !== undefined && location.closed === undefined;
}

/** A location that was split among several did not go on as one of them. */
function nextOf(transitions: readonly Transition[]): ReadonlyMap<string, string> {
  const targets = Map.groupBy(transitions, ({ from }) => from);
  return new Map(
    [...targets].flatMap(([from, each]) => {
      const [to, ...others] = [...new Set(each.map((transition) => transition.to))];
      return to === undefined || others.length > 0 ? [] : [[from, to] as const];
    }),
  );
}

/** A location may have gone on more than once; a circle in the file leads nowhere. */
function endOf(next: ReadonlyMap<string, string>, from: string): string | undefined {
  const seen = new Set([from]);
  let at = next.get(from);
  while (at !== undefined && !seen.has(at)) {
    seen.add(at);
    const further = next.get(at);
    if (further === undefined) return at;
    at = further;
  }
  return undefined;
}

/** Undefined where the address is not whole. */
function buildingOf({ postalCode, houseNumber }: Location): string | undefined {
  if (postalCode === undefined || houseNumber === undefined) return undefined;
  return `${postalCode} ${numberOf(houseNumber)}`;
}
