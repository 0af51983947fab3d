// A location by others' rules: the worst of its main lines, as ours does. Pure.
import type { Line } from '#shared/model/line.ts';
import type { Norm } from '#shared/model/norm.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Evidence } from '../evidence.ts';
import { windowOf } from '../window.ts';
import { judgeByPack, type PackOutcome, type RulePack, worst } from './pack.ts';

/** By the packs' names. `lines` are the location's running ones. */
export function judgeLocationByPacks(
  packs: readonly RulePack[],
  lines: readonly { readonly line: Pick<Line, 'role'>; readonly evidence: Evidence }[],
  norm: Norm,
  now: EpochMs,
): Readonly<Record<string, PackOutcome>> {
  const { from, to } = windowOf(norm, now);
  const main = lines
    .filter(({ line }) => line.role === 'main')
    .map(({ evidence }) =>
      evidence.tests
        .filter(({ startedAt }) => startedAt >= from && startedAt <= to)
        .sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1)),
    );
  return Object.fromEntries(
    packs.map((pack) => [
      pack.name,
      main.length === 0
        ? 'undecided'
        : worst(main.map((tests) => judgeByPack(pack, tests, norm).outcome)),
    ]),
  );
}
