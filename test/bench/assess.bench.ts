// How long the judgement takes: `node test/bench/assess.bench.ts [locations]`. From measurements in
// memory to a verdict, and to its sentences; reading the store is not in it. Prints, asserts nothing.
import { assess } from '#collector/assessment/assess.ts';
import { createCalendar } from '#collector/assessment/calendar.ts';
import { explain } from '#collector/assessment/explain.ts';
import { toEvidence } from '#collector/assessment/to-evidence.ts';
import type { StoredMeasurement } from '#collector/series/series.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { OUTCOMES, type Verdict } from '#shared/model/verdict.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { measurementsOf, SCENARIO_NOW } from '#test/scenarios/notation.ts';

/** The default plan: one quiet test a night and two in school hours; 68 in 28 days. */
const KINDS: readonly (readonly string[])[] = [
  ['d1-28 03:10 530/42', 'w1-28 10:20 530/42', 'w1-28 13:40 530/42'],
  ['d1-28 03:10 200/20', 'w1-28 10:20 180/20', 'w1-28 13:40 150/20'],
  ['d1-28 03:10 450/42', 'd1-28 03:15 455/42', 'w1-28 10:20 530/42', 'w1-28 13:40 530/42'],
  ['d1-20 03:10 530/42', 'd21-28 03:10 300/42', 'w1-28 10:20 530/42', 'w1-28 13:40 300/42'],
  ['d1-28 03:10 200/42 wifi', 'w1-28 10:20 200/42 wifi', 'w1-28 13:40 200/42 cpu_limited'],
  ['d1-28 03:10 !connect_timed_out', 'w1-28 10:20 530/42', 'w1-28 13:40 530/42 rtt=none'],
];

const locations = Number(process.argv[2] ?? 9000);
const kinds = KINDS.map((lines) => measurementsOf(lines));
// Each location has objects of its own, as it would coming from a store.
const country = Array.from({ length: locations }, (_, index) =>
  structuredClone(kinds[index % kinds.length] ?? []),
);
const tests = country.reduce((sum, location) => sum + location.length, 0);
const calendar = createCalendar(NORM_500_40.timeZone);
const context = {
  calendar,
  devices: [{ id: 'A', lastSignAt: SCENARIO_NOW }],
  plannedPerDay: 1,
};
const judge = (measurements: readonly StoredMeasurement[]) =>
  assess(toEvidence(measurements, context, NORM_500_40), NORM_500_40, SCENARIO_NOW);

console.log(
  `${locations} locations, ${tests} tests in 28 days (${(tests / locations).toFixed(1)} each)`,
);
for (const round of [1, 2, 3]) {
  const [verdicts, judgedMs] = timed(() => country.map(judge));
  const [, explainedMs] = timed(() => verdicts.map(explain));
  console.log(
    `round ${round}: judged in ${(judgedMs / 1000).toFixed(2)} s (${(judgedMs / locations).toFixed(3)} ms a location), ` +
      `explained in ${(explainedMs / 1000).toFixed(2)} s (${(explainedMs / locations).toFixed(3)} ms)`,
  );
  if (round === 3) console.log(countsOf(verdicts));
}

function timed<T>(work: () => T): readonly [T, number] {
  const start = systemClock.monotonicMs();
  const result = work();
  return [result, systemClock.monotonicMs() - start];
}

function countsOf(verdicts: readonly Verdict[]): string {
  return OUTCOMES.map(
    (outcome) => `${outcome} ${verdicts.filter((verdict) => verdict.outcome === outcome).length}`,
  ).join(', ');
}
