// How long the judgement takes: `npm run bench:assess [locations]`. A simulated country over the
// default plan (two tests a night, two on school days, and second runs), judged from evidence, from
// measurements in memory, and, for some of them, from the rows of a real SQLite store, whose JSON takes
// most of it. Prints, asserts nothing. Time is the processor's, of this process: what else the
// machine does is not in it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assess } from '#collector/assessment/assess.ts';
import { createCalendar } from '#collector/assessment/calendar.ts';
import { explain } from '#collector/assessment/explain.ts';
import { toEvidence } from '#collector/assessment/to-evidence.ts';
import { windowOf } from '#collector/assessment/window.ts';
import type { StoredMeasurement } from '#collector/series/series.ts';
import { openSqliteSeries } from '#collector/series/sqlite.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { OUTCOMES, type Verdict } from '#shared/model/verdict.ts';
import { locationIdOf, simulateLocation } from '#test/fleet/simulate-location.ts';
import { SCENARIO_NOW } from '#test/scenarios/notation.ts';

/**
 * In memory at a time. All of a country's measurements are some 2 GB of objects, and of more than some
 * dozens of locations the collector of garbage would be timed that moves them about.
 */
const PART = 60;
/** A country's rows are a gigabyte; each location's take as long as another's. */
const STORED = 15 * PART;
const locations = Number(process.argv[2] ?? 9000);
const calendar = createCalendar(NORM_500_40.timeZone);
const context = { calendar, devices: [{ id: 'A', lastSignAt: SCENARIO_NOW }], plannedPerDay: 2 };

const folder = await mkdtemp(join(tmpdir(), 'meetnet-bench-'));
try {
  await using series = await openSqliteSeries({ path: join(folder, 'series.db') });
  const counts = new Map<string, number>();
  const spent = { whole: 0, rules: 0, explain: 0 };
  const slowest: number[] = [];
  let tests = 0;
  // A round before it counts, for the compiler.
  for (const first of [0, ...parts()]) {
    const isCounted = first > 0 || tests > 0;
    const part = simulated(first);
    const whole = timed(() => part.map(judged));
    const evidence = part.map((own) => toEvidence(own, context, NORM_500_40));
    const verdicts = timed(() => evidence.map((own) => assess(own, NORM_500_40, SCENARIO_NOW)));
    const views = timed(() => verdicts.result.map(explain));
    if (!isCounted) {
      tests = 1;
      continue;
    }
    spent.whole += whole.cpuMs;
    spent.rules += verdicts.cpuMs;
    spent.explain += views.cpuMs;
    tests += part.reduce((sum, own) => sum + own.length, 0);
    count(counts, verdicts.result);
    for (const own of part.slice(0, 20)) {
      slowest.push(timed(() => judged(own)).cpuMs);
    }
    if (first < STORED) await series.write(part.flat());
  }
  tests -= 1;
  console.log(
    `${locations} locations, ${tests} tests in 28 days (${(tests / locations).toFixed(1)} each)`,
  );
  say('evidence → verdicts', spent.rules);
  say('measurements in memory → evidence → verdicts', spent.whole);
  say('verdicts → sentences', spent.explain);
  slowest.sort((a, b) => a - b);
  const p = (share: number) => slowest[Math.floor(share * (slowest.length - 1))]?.toFixed(2);
  console.log(`one location: p50 ${p(0.5)} ms, p99 ${p(0.99)} ms, most ${p(1)} ms`);

  const { from, to } = windowOf(NORM_500_40, SCENARIO_NOW);
  const before = process.cpuUsage();
  const stored = Math.min(STORED, locations);
  for (let index = 0; index < stored; index += 1) {
    judged(
      await series.query({
        locationId: locationIdOf(index),
        from,
        to: to + 1,
        kind: 'throughput',
      }),
    );
  }
  say('rows in SQLite → measurements → evidence → verdicts', cpuMsSince(before), stored);
  console.log(OUTCOMES.map((outcome) => `${outcome} ${counts.get(outcome) ?? 0}`).join(', '));
} finally {
  await rm(folder, { recursive: true, force: true });
}

function parts(): number[] {
  return Array.from({ length: Math.ceil(locations / PART) }, (_, index) => index * PART);
}

function simulated(first: number): (readonly StoredMeasurement[])[] {
  return Array.from({ length: Math.min(PART, locations - first) }, (_, index) => {
    const { measurements } = simulateLocation(first + index, { seed: 2019, now: SCENARIO_NOW });
    // As they come from a store: parsed, with nothing of their making left in memory.
    return JSON.parse(JSON.stringify(measurements));
  });
}

function judged(measurements: readonly StoredMeasurement[]): Verdict {
  return assess(toEvidence(measurements, context, NORM_500_40), NORM_500_40, SCENARIO_NOW);
}

function count(counts: Map<string, number>, verdicts: readonly Verdict[]): void {
  for (const { outcome } of verdicts) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
}

function timed<T>(work: () => T): { readonly result: T; readonly cpuMs: number } {
  const before = process.cpuUsage();
  const result = work();
  return { result, cpuMs: cpuMsSince(before) };
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function say(what: string, cpuMs: number, of = locations): void {
  const each = (cpuMs / of).toFixed(3);
  const seconds = (cpuMs / 1000).toFixed(2);
  console.log(`${what}: ${seconds} s of processor for ${of} locations (${each} ms each)`);
}
