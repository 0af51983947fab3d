// The verdict on a location from those on its lines. Pure; lines in any order. A backup line is
// judged and shown by itself and has no say here.
import type { Line } from '#shared/model/line.ts';
import type { Norm } from '#shared/model/norm.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Outcome, Verdict } from '#shared/model/verdict.ts';
import { unjudged } from './assess.ts';
import type { RuleReason } from './rules/reason.ts';

export interface JudgedLine {
  readonly line: Pick<Line, 'id' | 'name' | 'role' | 'createdAt'>;
  readonly verdict: Verdict;
}

/**
 * The first of these that a main line has is the location's: what is proven against a line stands
 * whatever is unknown of another, and only all of them together make a location meet the norm. Of
 * what is unknown, what somebody has to mend goes before what time may bring.
 */
const ORDER: readonly Outcome[] = [
  'below',
  'intermittent',
  'unfit',
  'inconclusive',
  'no_data',
  'meets',
];

/** `lines` are the location's running ones. */
export function locationVerdict(lines: readonly JudgedLine[], norm: Norm, now: EpochMs): Verdict {
  const main = lines.filter(({ line }) => line.role === 'main').sort(byRankThenAge);
  const [decisive] = main;
  if (decisive === undefined) return unjudged(norm, now);
  const { line, verdict } = decisive;
  if (main.length === 1) return verdict;
  const isPartlyKnown = main.some((each) => each.verdict.outcome !== 'no_data');
  if (verdict.outcome === 'no_data' && isPartlyKnown) {
    // There are data, so `no_data` would not be true of the location; they are not enough.
    const unknown = reasonOf('line_without_data', line.name, main.length);
    return { ...verdict, outcome: 'inconclusive', reasons: [unknown, ...verdict.reasons] };
  }
  const [first, ...rest] = verdict.reasons;
  const decides = reasonOf('line_decides', line.name, main.length);
  return { ...verdict, reasons: first === undefined ? [decides] : [first, decides, ...rest] };
}

function byRankThenAge(a: JudgedLine, b: JudgedLine): number {
  return (
    ORDER.indexOf(a.verdict.outcome) - ORDER.indexOf(b.verdict.outcome) ||
    a.line.createdAt - b.line.createdAt ||
    (a.line.id < b.line.id ? -1 : a.line.id > b.line.id ? 1 : 0)
  );
}

function reasonOf(
  rule: 'line_decides' | 'line_without_data',
  line: string,
  lines: number,
): RuleReason {
  return { rule, detail: { line, lines } };
}
