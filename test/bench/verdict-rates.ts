// What becomes of lines that pass a given share of their tests: `node test/bench/verdict-rates.ts
// [lines] [seed]`. Seeded, so it prints the same every time. Beside ours, two rules of others over
// the same nights: ACM's 8 of 10 (the first ten), and the German clause of 90% of 30 (two more).
import { assess } from '#collector/assessment/assess.ts';
import type { TestEvidence } from '#collector/assessment/evidence.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { OUTCOMES, type Outcome } from '#shared/model/verdict.ts';
import { seededRandom } from '#test/support/seeded-random.ts';

const DAY_MS = 86_400_000;
const START = Date.parse('2026-02-21T02:10:00Z');
const NIGHTS = 28;
const NOW = START + NIGHTS * DAY_MS;
const lines = Number(process.argv[2] ?? 20_000);
const random = seededRandom(Number(process.argv[3] ?? 1));

const rows = [1, 0.99, 0.95, 0.9, 0.8, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0].map((share) => {
  const counts = new Map<string, number>();
  const add = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  for (let line = 0; line < lines; line += 1) {
    const passes = Array.from({ length: 30 }, () => random.next() < share);
    add(outcomeOf(passes.slice(0, NIGHTS)));
    if (passes.slice(0, 10).filter(Boolean).length < 8) add('8 of 10');
    if (passes.filter(Boolean).length < 27) add('27 of 30');
  }
  const percent = (what: string) => Number(((100 * (counts.get(what) ?? 0)) / lines).toFixed(2));
  return {
    'pass share': share,
    ...Object.fromEntries(OUTCOMES.slice(0, 4).map((outcome) => [outcome, percent(outcome)])),
    'short by 8 of 10': percent('8 of 10'),
    'short by 27 of 30': percent('27 of 30'),
  };
});
console.log(`% of ${lines} lines, ${NIGHTS} nights of one test each, upload always passing`);
console.table(rows);

function outcomeOf(passes: readonly boolean[]): Outcome {
  const tests = passes.map((isPass, night) => testOf(START + night * DAY_MS, isPass));
  return assess({ tests, devices: [], plannedPerDay: 1 }, NORM_500_40, NOW).outcome;
}

function testOf(startedAt: number, isPass: boolean): TestEvidence {
  const upload = {
    outcome: 'pass',
    ipCapacity: 44,
    interval: [43, 45],
    provisional: false,
  } as const;
  const ipCapacity = isPass ? 540 : 350;
  return {
    id: String(startedAt),
    deviceId: 'A',
    startedAt,
    day: Math.floor(startedAt / DAY_MS),
    inSchoolHours: false,
    inQuietHours: true,
    position: 'off_path',
    quiet: 'presumed',
    download: {
      outcome: isPass ? 'pass' : 'fail',
      ipCapacity,
      interval: [ipCapacity - 5, ipCapacity + 5],
      provisional: false,
    },
    upload,
    flags: [],
  };
}
