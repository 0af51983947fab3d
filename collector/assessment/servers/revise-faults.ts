// What is kept of a server's faults, against what its readings now say: which to add, which to
// withdraw, and for which stretches of time verdicts may change. Pure.
import type { ServerFault } from '#shared/model/server-fault.ts';
import type { EpochMs } from '#shared/model/units.ts';

/** Both ends included. */
export interface Stretch {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

export interface Revision<Kept extends ServerFault> {
  readonly add: readonly ServerFault[];
  readonly withdraw: readonly Kept[];
  /** In which tests came to lie in a fault, or lie in none any more. */
  readonly changed: readonly Stretch[];
}

/**
 * @param kept those of one server that stand, at least all that reach `since`.
 * @param found by the readings from `since` on.
 */
export function reviseFaults<Kept extends ServerFault>(
  kept: readonly Kept[],
  found: readonly ServerFault[],
  since: EpochMs,
): Revision<Kept> {
  // What began earlier was found by readings that are not looked at any more: it stands, and what
  // is found of its rest is one with it.
  const early = kept.filter(({ from }) => from < since);
  const whole = found.map((fault) => {
    const rest = early.find(
      (each) => each.direction === fault.direction && each.to >= fault.from && each.to >= since,
    );
    return rest === undefined ? fault : joined(rest, fault);
  });
  const add = whole.filter((fault) => !kept.some((each) => isSame(each, fault)));
  const withdraw = kept.filter((each) => {
    if (whole.some((fault) => isSame(each, fault))) return false;
    return each.from >= since || whole.some((fault) => isWithin(each, fault));
  });
  const standing = [...kept.filter((each) => !withdraw.includes(each)), ...add];
  return { add, withdraw, changed: differences(kept, standing) };
}

function joined(rest: ServerFault, fault: ServerFault): ServerFault {
  const { lines, fallen, usualRate } = rest.lines > fault.lines ? rest : fault;
  return {
    ...fault,
    ...{ lines, fallen, usualRate },
    from: rest.from,
    to: Math.max(rest.to, fault.to),
  };
}

function isSame(a: ServerFault, b: ServerFault): boolean {
  return (
    a.direction === b.direction &&
    a.from === b.from &&
    a.to === b.to &&
    a.lines === b.lines &&
    a.fallen === b.fallen &&
    a.usualRate === b.usualRate
  );
}

function isWithin(a: ServerFault, b: ServerFault): boolean {
  return a.direction === b.direction && a.from >= b.from && a.to <= b.to;
}

/** Covered by some of `before` and none of `after`, or the other way round. */
function differences(
  before: readonly ServerFault[],
  after: readonly ServerFault[],
): readonly Stretch[] {
  const edges = [...before, ...after]
    .flatMap(({ from, to }) => [from, to + 1])
    .toSorted((a, b) => a - b);
  return edges.flatMap((from, index) => {
    const to = (edges[index + 1] ?? from) - 1;
    if (to < from) return [];
    const covers = (fault: ServerFault) => fault.from <= from && fault.to >= to;
    return before.some(covers) === after.some(covers) ? [] : [{ from, to }];
  });
}
