// How long a plan of the country takes: `node test/bench/planning.bench.ts [locations]`. From rows
// in memory to rows; reading the stores and writing files are not in it. Prints, asserts nothing.
import { clustersWithin } from '#collector/planning/clusters.ts';
import { neighboursWithin } from '#collector/planning/geography.ts';
import { createPlanning } from '#collector/planning/planning.ts';
import type { PlanningInput } from '#collector/planning/planning-input.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { HALF, input } from '#test/collector/planning/planning-samples.ts';
import { locationId } from '#test/support/letter-country.ts';
import { seededRandom } from '#test/support/seeded-random.ts';

const RADIUS_KM = 2;
/** Schools stand in towns: each near one of so many middles. */
const TOWNS = 1200;
const SPREAD_DEGREES = 0.03;

const locations = Number(process.argv[2] ?? 9000);
const random = seededRandom(3);
const between = (low: number, high: number) => low + random.next() * (high - low);
const towns = Array.from({ length: TOWNS }, () => [between(51, 53.4), between(4, 7)] as const);

function country(isShort: (index: number) => boolean): PlanningInput[] {
  return Array.from({ length: locations }, (_, index) => {
    const [latitude, longitude] = towns[Math.floor(random.next() * TOWNS)] ?? [52, 5];
    return input({
      ...{ id: locationId(index), pupils: Math.round(between(20, 900)) },
      ...(isShort(index)
        ? { outcome: 'below', download: 100, upload: 20 }
        : { outcome: 'meets', download: 900, upload: 500 }),
      coordinates: {
        latitude: latitude + between(-SPREAD_DEGREES, SPREAD_DEGREES),
        longitude: longitude + between(-SPREAD_DEGREES, SPREAD_DEGREES),
      },
    });
  });
}

function timed(name: string, work: () => string): void {
  const started = systemClock.monotonicMs();
  const said = work();
  console.log(`${name}: ${(systemClock.monotonicMs() - started).toFixed(1)} ms, ${said}`);
}

for (const [name, isShort] of [
  ['one in 90 short', (index: number) => index % 90 === 0],
  ['all short', () => true],
] as const) {
  const inputs = country(isShort);
  const placed = (some: readonly PlanningInput[]) =>
    some.flatMap(({ location: { id, coordinates } }) =>
      coordinates === undefined ? [] : [{ id, coordinates }],
    );
  const everywhere = placed(inputs);
  const short = placed(inputs.filter(({ verdict }) => verdict?.outcome === 'below'));
  const plan = createPlanning(inputs, {
    ...{ norm: NORM_500_40, estimate: HALF, radiusKm: RADIUS_KM, filter: {} },
    assumedCostCents: 2_000_000,
  });
  console.log(`${locations} locations, ${name}, within ${RADIUS_KM} km`);
  for (let run = 0; run < 3; run += 1) {
    timed('  neighbours that fall short, of all', () => {
      const near = [...neighboursWithin(everywhere, RADIUS_KM, short).values()];
      return `${near.reduce((total, each) => total + each.length, 0)} found`;
    });
    timed('  joint builds', () => `${clustersWithin(short, RADIUS_KM).length} groups`);
    timed('  table', () => `${plan.table().length} rows`);
    timed('  scenario', () => {
      const question = { rule: 'joint_builds_first', charge: 'cost', budgetCents: 1e9 } as const;
      return `${plan.scenario(question, 'open').summary.locations} locations`;
    });
  }
}
