// Germany: 30 tests on 3 days, 90%.
import { type CampaignPlan, campaignIn } from './campaign.ts';
import { isWiredAndAlone, type RulePack, shareReaching, spaced, tooFew } from './pack.ts';

const PLAN: CampaignPlan = { days: 3, perDay: 10, withinDays: 14, daysBetween: 1 };
const GAP_MS = 5 * 60_000;
const SHARE = 0.9;
/** Days out of three on which the maximum has to come near once. */
const GOOD_DAYS = 2;

/**
 * Bundesnetzagentur, Allgemeinverfügung of 8 December 2021 on § 57 (4) TKG: 30 tests by cable and
 * without other traffic, ten on each of three days within 14 days, a day between and five minutes
 * between tests. Short when not on two of the three days 90% of the maximum is reached at least
 * once, or when the normally available speed is not reached in 90% of the tests. The norm stands
 * for both speeds; of a minimum speed (its third clause) it has none, and the pause of three hours
 * between the fifth and sixth test of a day is not asked for here.
 */
export const GERMAN: RulePack = {
  name: 'german',
  source: 'BNetzA, Allgemeinverfügung of 8 December 2021, § 57 (4) TKG (30 tests, 90%)',
  admits: isWiredAndAlone,
  judge: (readings, required) => {
    const campaign = campaignIn(spaced(readings, GAP_MS), PLAN);
    if (campaign === undefined) return tooFew(readings.length, SHARE);
    const all = campaign.days.flat();
    const near = campaign.days.filter((day) => shareReaching(day, SHARE * required) > 0).length;
    const observed = shareReaching(all, required);
    const isShort = near < GOOD_DAYS || observed < SHARE;
    return {
      outcome: isShort ? 'short' : 'meets',
      n: all.length,
      observed,
      required: SHARE,
      timing: campaign.timing,
    };
  },
};
