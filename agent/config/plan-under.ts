// The plan for all, as this device's own configuration changes it. Pure.
import type { Configuration } from '#shared/model/configuration.ts';
import type { Plan } from '#shared/model/plan.ts';

export function planUnder(plan: Plan, { throughput, budget }: Configuration): Plan {
  return {
    ...plan,
    ...(throughput === undefined ? {} : { throughput }),
    ...(budget === undefined ? {} : { budget }),
  };
}
