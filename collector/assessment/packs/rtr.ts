// Austria: 24 tests in 3 cycles.
import { median } from '#shared/stats/median.ts';
import { type CampaignPlan, campaignIn } from './campaign.ts';
import { isWiredAndAlone, type PackReading, type RulePack, spaced, tooFew } from './pack.ts';

const PLAN: CampaignPlan = { days: 3, perDay: 8, withinDays: 14, daysBetween: 0 };
const GAP_MS = 15 * 60_000;

/**
 * RTR-Netztest, certified measurement (rtr.at, "Was ist eine zertifizierte Messung?"): three cycles
 * on three days within two weeks, a test every 15 minutes, 24 in all. RTR states the facts, which
 * are prima facie evidence, and leaves the judgement to others. Ours, to have one to compare: short
 * when the median of each of the cycles misses the norm, good when each reaches it, else undecided.
 */
export const RTR: RulePack = {
  name: 'rtr',
  source: 'RTR-Netztest, zertifizierte Messung (24 tests in 3 cycles; the judgement is ours)',
  admits: isWiredAndAlone,
  judge: (readings, required) => {
    const campaign = campaignIn(spaced(readings, GAP_MS), PLAN);
    if (campaign === undefined) return tooFew(readings.length, required);
    const medians = campaign.days.map(medianOf);
    const reaching = medians.filter((median) => median >= required).length;
    const isSplit = reaching > 0 && reaching < medians.length;
    return {
      outcome: isSplit ? 'undecided' : reaching === 0 ? 'short' : 'meets',
      n: campaign.days.flat().length,
      observed: medianOf(campaign.days.flat()),
      required,
      timing: campaign.timing,
    };
  },
};

function medianOf(readings: readonly PackReading[]): number {
  return median(readings.map(({ ipCapacity }) => ipCapacity).sort((a, b) => a - b));
}
