// For commands that change what a verdict is made of: judges those locations at once, beside a
// collector that may be serving.
import { createJudge } from './assessment/series-judge.ts';
import { normOf } from './config/norm.ts';
import { readSchoolHolidays } from './config/school-holidays.ts';
import type { Registry } from './registry/registry.ts';
import { openSeries, type StoreOptions } from './stores.ts';

/** What cannot be judged now is told in the log; the collector's daily refresh brings it. */
export async function judgeAgain(
  options: StoreOptions,
  registry: Registry,
  locationIds: readonly string[],
): Promise<void> {
  if (locationIds.length === 0) return;
  const { clock, log } = options;
  const norm = normOf(options.settings);
  const holidays = await readSchoolHolidays(options.settings);
  await using series = await openSeries(options);
  const { judge } = createJudge({ registry, series, norm: () => norm, holidays, clock, log });
  for (const locationId of locationIds) {
    await judge(locationId).catch((error: unknown) => {
      log.error('no new verdict; the next measurement or the daily refresh brings it', {
        locationId,
        error,
      });
    });
  }
}
