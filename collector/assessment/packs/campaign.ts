// Campaigns: rules that ask for so many tests on each of three days. Pure.
import type { PackReading } from './pack.ts';

export interface CampaignPlan {
  readonly days: number;
  readonly perDay: number;
  /** All of it lies within so many days. */
  readonly withinDays: number;
  /** Local days that must lie between two of its days. */
  readonly daysBetween: number;
}

export interface Campaign {
  /** One list a day, or a block of tests in a row that stands for one. */
  readonly days: readonly (readonly PackReading[])[];
  readonly timing: 'as_written' | 'in_a_row';
}

/**
 * The newest campaign that lies in time as the rule asks; else the newest tests, in a row, in
 * blocks that stand for its days. Undefined where there are too few.
 */
export function campaignIn(
  readings: readonly PackReading[],
  plan: CampaignPlan,
): Campaign | undefined {
  const written = asWritten(readings, plan);
  if (written !== undefined) return { days: written, timing: 'as_written' };
  const newest = readings.slice(-plan.days * plan.perDay);
  if (newest.length < plan.days * plan.perDay) return undefined;
  const days = Array.from({ length: plan.days }, (_, index) =>
    newest.slice(index * plan.perDay, (index + 1) * plan.perDay),
  );
  return { days, timing: 'in_a_row' };
}

/** Days are taken from the newest back; of each its first tests. */
function asWritten(
  readings: readonly PackReading[],
  { days, perDay, withinDays, daysBetween }: CampaignPlan,
): readonly (readonly PackReading[])[] | undefined {
  const full = [...Map.groupBy(readings, ({ day }) => day)]
    .filter(([, own]) => own.length >= perDay)
    .sort(([a], [b]) => b - a);
  for (const [index, [last]] of full.entries()) {
    const taken: (readonly PackReading[])[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const [day, own] of full.slice(index)) {
      if (last - day >= withinDays) break;
      if (next - day <= daysBetween) continue;
      taken.unshift(own.slice(0, perDay));
      next = day;
      if (taken.length === days) return taken;
    }
  }
  return undefined;
}
