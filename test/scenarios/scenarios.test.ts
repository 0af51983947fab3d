// Golden cases: what each boundary of each rule comes to, from measurements to sentences. A case:
// name, why (the rule it pins), tests (notation.ts), expect {outcome, reasons, absent}. A reason is
// `rule [direction] name=value …`, its names looked up in the reason and its detail; the first one
// listed must be the verdict's first.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { assess } from '#collector/assessment/assess.ts';
import { createCalendar } from '#collector/assessment/calendar.ts';
import { explain } from '#collector/assessment/explain.ts';
import { toEvidence } from '#collector/assessment/to-evidence.ts';
import { NORM_500_40, normSchema } from '#shared/model/norm.ts';
import { outcomeSchema, type Reason, type Verdict, verdictSchema } from '#shared/model/verdict.ts';
import { verdictViewSchema } from '#shared/wire/api.ts';
import { measurementsOf, SCENARIO_NOW } from './notation.ts';

const scenarioSchema = z.strictObject({
  name: z.string(),
  why: z.string(),
  tests: z.array(z.string()),
  /** Local dates or times; default: one device, heard of at the end of the window. */
  devices: z.array(z.strictObject({ lastSignAt: z.iso.datetime({ offset: true }) })).optional(),
  lastTestAt: z.iso.datetime({ offset: true }).optional(),
  /** What the devices' watch tells of the window, in hours. */
  watch: z
    .strictObject({
      up: z.number(),
      lineDown: z.number(),
      off: z.number(),
      lineDownSince: z.iso.datetime({ offset: true }).optional(),
      stoppedAt: z.iso.datetime({ offset: true }).optional(),
    })
    .optional(),
  plannedPerDay: z.number().optional(),
  /** Where the norm is to go beyond the domain's table. */
  norm: normSchema.pick({ passesAtAnyHour: true, newestRunsFirst: true }).optional(),
  holidays: z.array(z.strictObject({ from: z.string(), to: z.string() })).optional(),
  expect: z.strictObject({
    outcome: outcomeSchema,
    reasons: z.array(z.string()).min(1),
    absent: z.array(z.string()).optional(),
  }),
});
type Scenario = z.infer<typeof scenarioSchema>;

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.json'));

test('there are golden cases', () => {
  expect(files.length).toBeGreaterThanOrEqual(8);
});

test('where few tests are asked for, passes alone are still judged', () => {
  for (const [minTests, passes] of [
    [1, 1],
    [10, 12],
    [16, 16],
  ] as const) {
    const norm = { ...NORM_500_40, minTests, minDays: 1 };
    const stored = measurementsOf([`d1-${passes} 03:10 530/42`]);
    const evidence = toEvidence(
      stored,
      { calendar: createCalendar(norm.timeZone), devices: [], plannedPerDay: 2 },
      norm,
    );
    expect(['inconclusive', 'meets']).toContain(assess(evidence, norm, SCENARIO_NOW).outcome);
  }
});

describe.each(files)('%s', (file) => {
  const scenarios = z
    .array(scenarioSchema)
    .min(1)
    .parse(JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')));

  test.each(scenarios)('$name', (scenario) => {
    const verdict = verdictOf(scenario);
    const seen = verdict.reasons.map((reason) => JSON.stringify(reason)).join('\n');
    expect(verdict.outcome, seen).toBe(scenario.expect.outcome);
    expect(verdict.maatwerk).toBe(verdict.outcome === 'below');
    const [first = ''] = scenario.expect.reasons;
    expect(isNamed(verdict.reasons[0], first), `first should be '${first}' in\n${seen}`).toBe(true);
    for (const wanted of scenario.expect.reasons) {
      const found = verdict.reasons.some((reason) => isNamed(reason, wanted));
      expect(found, `'${wanted}' is not among\n${seen}`).toBe(true);
    }
    for (const absent of scenario.expect.absent ?? []) {
      const found = verdict.reasons.some((reason) => isNamed(reason, absent));
      expect(found, `'${absent}' should not be among\n${seen}`).toBe(false);
    }
  });

  test.each(scenarios)('$name: any order of arrival, readable in both languages', (scenario) => {
    const verdict = verdictOf(scenario);
    expect(verdictSchema.parse(verdict)).toEqual(verdict);
    expect(verdictOf({ ...scenario, tests: scenario.tests }, true)).toEqual(verdict);
    const view = verdictViewSchema.parse(explain(verdict));
    for (const text of [view.text, ...view.reasons.map((reason) => reason.text)]) {
      expect(text.nl).toMatch(/^[A-Z].*\.$/);
      expect(text.en).toMatch(/^[A-Z].*\.$/);
      expect(`${text.nl} ${text.en}`).not.toMatch(/undefined|NaN|null|[{}$]|\s\s|Infinity/);
    }
  });
});

function verdictOf(scenario: Scenario, reversed = false): Verdict {
  const measurements = measurementsOf(scenario.tests);
  const norm = { ...NORM_500_40, ...scenario.norm };
  const devices = scenario.devices ?? [{ lastSignAt: new Date(SCENARIO_NOW).toISOString() }];
  const evidence = toEvidence(
    reversed ? measurements.toReversed() : measurements,
    {
      calendar: createCalendar(NORM_500_40.timeZone, scenario.holidays),
      devices: devices.map(({ lastSignAt }, index) => ({
        id: `device ${index}`,
        lastSignAt: Date.parse(lastSignAt),
      })),
      plannedPerDay: scenario.plannedPerDay ?? 1,
      ...(scenario.lastTestAt === undefined ? {} : { lastTestAt: Date.parse(scenario.lastTestAt) }),
      ...(scenario.watch === undefined ? {} : { watch: watchOf(scenario.watch) }),
    },
    norm,
  );
  return assess(evidence, norm, SCENARIO_NOW);
}

function watchOf({ up, lineDown, off, lineDownSince, stoppedAt }: NonNullable<Scenario['watch']>) {
  const HOUR_MS = 3_600_000;
  return {
    upMs: up * HOUR_MS,
    lineDownMs: lineDown * HOUR_MS,
    offMs: off * HOUR_MS,
    ...(lineDownSince === undefined ? {} : { lineDownSince: Date.parse(lineDownSince) }),
    ...(stoppedAt === undefined ? {} : { stoppedAt: Date.parse(stoppedAt) }),
  };
}

/** Numbers are compared to three decimals, dates by the figures given. */
function isNamed(reason: Reason | undefined, wanted: string): boolean {
  const [rule, ...conditions] = wanted.split(' ');
  if (reason === undefined || reason.rule !== rule) return false;
  return conditions.every((condition) => {
    const [name = '', value] = condition.split('=');
    if (value === undefined) return reason.direction === name;
    const all: Record<string, unknown> = {
      ...reason,
      ...reason.detail,
      low: reason.interval?.[0],
      high: reason.interval?.[1],
    };
    const figure = all[name];
    if (typeof figure === 'number') return Math.abs(figure - Number(value)) < 0.0006;
    return typeof figure === 'string' && figure.startsWith(value);
  });
}
