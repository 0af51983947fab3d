// The simulated country judged: `npm run bench:country [locations] [seed] [NAME=VALUE,… of the norm]`.
// Lines whose truth is known, 28 days of what their devices reported, judged by our rules and by others' rule packs.
// Seeded, so it prints the same every time; about half a minute for 9,000 locations.
import { assess } from '#collector/assessment/assess.ts';
import { createCalendar } from '#collector/assessment/calendar.ts';
import { judgeByPack, type PackOutcome } from '#collector/assessment/packs/pack.ts';
import { RULE_PACKS } from '#collector/assessment/packs/packs.ts';
import { toEvidence } from '#collector/assessment/to-evidence.ts';
import { whatIfNorm } from '#collector/assessment/what-if.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { OUTCOMES, type Outcome } from '#shared/model/verdict.ts';
import { type SimulatedLocation, simulateLocation } from '#test/fleet/simulate-location.ts';
import { isGood, isShort, TRUTHS } from '#test/fleet/true-line.ts';
import { SCENARIO_NOW } from '#test/scenarios/notation.ts';

const NORM = process.argv[4] === undefined ? NORM_500_40 : whatIfNorm(NORM_500_40, process.argv[4]);
const NOW = SCENARIO_NOW;
const locations = Number(process.argv[2] ?? 9000);
const seed = Number(process.argv[3] ?? 2019);
const calendar = createCalendar(NORM.timeZone);

interface Judged extends Pick<SimulatedLocation, 'truth' | 'hazard' | 'change' | 'locationId'> {
  readonly tests: number;
  readonly outcome: Outcome;
  /** Rule of the reason that is told first. */
  readonly because: string;
  readonly byPack: Readonly<Record<string, PackOutcome>>;
}

const country = Array.from({ length: locations }, (_, index) =>
  judged(simulateLocation(index, { seed, now: NOW, norm: NORM })),
);
const stable = country.filter(({ change }) => change === undefined);

function judged({ measurements, ...location }: SimulatedLocation): Judged {
  const { truth, hazard, change, locationId, deviceId } = location;
  const lastTestAt = measurements.at(-1)?.startedAt;
  const evidence = toEvidence(
    measurements,
    {
      calendar,
      devices: [{ id: deviceId, lastSignAt: NOW }],
      plannedPerDay: 2,
      ...(lastTestAt === undefined ? {} : { lastTestAt }),
    },
    NORM,
  );
  const byPack = RULE_PACKS.map(
    (pack) => [pack.name, judgeByPack(pack, evidence.tests, NORM).outcome] as const,
  );
  const { outcome, reasons } = assess(evidence, NORM, NOW);
  return {
    ...{ truth, locationId, tests: measurements.length },
    ...{ hazard, outcome, because: reasons[0]?.rule ?? '' },
    ...(change === undefined ? {} : { change }),
    byPack: Object.fromEntries(byPack),
  };
}

const tests = country.reduce((sum, location) => sum + location.tests, 0);
console.log(`${locations} locations, ${tests} tests in ${NORM.windowDays} days, seed ${seed}\n`);

console.log('Our verdicts by what the line truly is:\n');
printTable(
  ['true line', 'locations', ...OUTCOMES],
  [
    ...TRUTHS.map(
      (truth) => [truth, stable.filter((location) => location.truth === truth)] as const,
    ),
    ['fell in the window', country.filter(({ change }) => change === 'fell')] as const,
    ['rose in the window', country.filter(({ change }) => change === 'rose')] as const,
  ].map(([name, own]) => [
    name,
    String(own.length),
    ...OUTCOMES.map((outcome) => shareOf(own, (location) => location.outcome === outcome)),
  ]),
);

const good = stable.filter(({ truth }) => isGood(truth));
const short = stable.filter(({ truth }) => isShort(truth));
console.log(
  `\nRules compared: ${good.length} lines at or above the norm, ${short.length} that fall 10% or more short:\n`,
);
const ours = (outcome: Outcome): PackOutcome => {
  if (outcome === 'below') return 'short';
  return outcome === 'meets' || outcome === 'intermittent' ? 'meets' : 'undecided';
};
const rules: readonly (readonly [string, (location: Judged) => PackOutcome])[] = [
  ['ours', ({ outcome }) => ours(outcome)],
  ...RULE_PACKS.map(
    ({ name }) => [name, (location: Judged) => location.byPack[name] ?? 'undecided'] as const,
  ),
];
printTable(
  [
    'rule',
    'good lines called short',
    'good lines undecided',
    'short lines let pass',
    'short lines undecided',
  ],
  rules.map(([name, say]) => [
    name,
    shareOf(good, (location) => say(location) === 'short'),
    shareOf(good, (location) => say(location) === 'undecided'),
    shareOf(short, (location) => say(location) === 'meets'),
    shareOf(short, (location) => say(location) === 'undecided'),
  ]),
);

console.log(
  '\nBy what misleads (ours): good lines called `below`; short lines let pass, undecided:\n',
);
const hazards = [...new Set(stable.map(({ hazard }) => hazard ?? 'nothing'))].sort();
printTable(
  ['misled by', 'good', '`below`', 'short', '`meets`', '`intermittent`', 'undecided'],
  hazards.map((hazard) => {
    const own = (location: Judged) => (location.hazard ?? 'nothing') === hazard;
    const count = (of: readonly Judged[], ...outcomes: Outcome[]) =>
      String(of.filter(own).filter(({ outcome }) => outcomes.includes(outcome)).length);
    return [
      hazard,
      String(good.filter(own).length),
      count(good, 'below'),
      String(short.filter(own).length),
      count(short, 'meets'),
      count(short, 'intermittent'),
      count(short, 'inconclusive', 'unfit', 'no_data'),
    ];
  }),
);

console.log('\nUndecided, by what misleads and what is said first:\n');
const causes = Map.groupBy(
  [...good, ...short].filter(({ outcome }) => ours(outcome) === 'undecided'),
  ({ hazard = 'nothing', outcome, because }) => `${hazard} | ${outcome}: ${because}`,
);
printTable(
  ['misled by', 'outcome: first reason', 'good', 'short'],
  [...causes]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([name, own]) => [
      name,
      shareOf(good, (location) => own.includes(location)),
      shareOf(short, (location) => own.includes(location)),
    ]),
);

function shareOf(of: readonly Judged[], is: (location: Judged) => boolean): string {
  const count = of.filter(is).length;
  return of.length === 0 ? '–' : `${((100 * count) / of.length).toFixed(2)}% (${count})`;
}

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  console.log(`| ${head.join(' | ')} |\n|${'---|'.repeat(head.length)}`);
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
}
