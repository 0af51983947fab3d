// Whatever is asked of a runner, and whenever the power goes: one thing at a time on the line, and no
// more bytes in a day or a month than the plan allows.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AgentState } from '#agent/schedule/agent-state.ts';
import { NOTHING_SPENT } from '#agent/schedule/budget.ts';
import { TestRunner } from '#agent/schedule/test-runner.ts';
import { createMemorySpool } from '#agent/spool/memory.ts';
import { DEFAULT_PLAN, type Plan } from '#shared/model/plan.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { directionResult, measurementAt } from '#test/support/measurements.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { silentLog } from '#test/support/silent-log.ts';

const DEVICE = '7f4df3c4-6c2c-4f0e-9d0a-0f2d8a1b2c3d';
const BUDGET = { testBytes: 900_000_000, dayBytes: 2_000_000_000, monthBytes: 20_000_000_000 };
const PLAN: Plan = { ...DEFAULT_PLAN, budget: BUDGET };

type Step =
  | { readonly do: 'test' | 'aside' | 'power cut' }
  | { readonly do: 'wait'; readonly minutes: number };

/** Everything that outlives a power cut, and what moved over the line. */
class Line {
  readonly clock = new FakeClock(Date.parse('2026-03-02T08:00:00.000Z'));
  state: AgentState = { spent: NOTHING_SPENT };
  power = 0;
  onLine = 0;
  most = 0;
  readonly days = new Map<string, number>();

  async busy(power: number, ms: number, signal?: AbortSignal): Promise<void> {
    this.onLine += 1;
    this.most = Math.max(this.most, this.onLine);
    await this.clock.sleep(ms, signal).catch(() => {});
    if (power === this.power) this.onLine -= 1;
  }

  move(bytes: number): void {
    const day = new Date(this.clock.now()).toISOString().slice(0, 10);
    this.days.set(day, (this.days.get(day) ?? 0) + bytes);
  }
}

function runnerOn(line: Line, chance: () => number): TestRunner {
  const { clock, power } = line;
  return new TestRunner({
    ...{ deviceId: DEVICE, known: () => ({}), plan: () => PLAN, clock, log: silentLog },
    slots: {
      requestSlot: async () => {
        if (chance() < 0.2) throw new AppError('not_admitted', 'the measure server is taken');
        return { slotId: 's', server: 'http://192.0.2.1:8081', token: 't', expiresAt: 0 };
      },
      releaseSlot: () => {},
      clockOffsetMs: () => 0,
    },
    measurer: {
      measure: async ({ plan }) => {
        const bytes = Math.floor((0.6 + 0.4 * chance()) * plan.budget.testBytes);
        line.move(bytes);
        await line.busy(power, 5_000 + 60_000 * chance());
        const result = { download: directionResult(528, { bytes }) };
        const { upload: _none, ...measured } = measurementAt(DEVICE, clock.now(), result);
        return { ...measured, upload: directionResult(42, { bytes: 0 }) };
      },
    },
    spool: createMemorySpool({ maxBytes: 1_000_000 }),
    state: {
      get: () => line.state,
      set: async (changed) => {
        if (power === line.power) line.state = changed;
      },
    },
    random: seededRandom(3),
    newId: () => measurementAt(DEVICE, clock.now()).id,
    ...{ agentVersion: '0.1.0', nodeVersion: 'v24.0.0' },
  });
}

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('test' as const) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('aside' as const) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('power cut' as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        minutes: fc.oneof(fc.double({ min: 0, max: 2, noNaN: true }), fc.nat(20), fc.nat(600)),
      }),
    },
  ),
  { minLength: 20, maxLength: 80 },
);

test('one thing at a time, and within the budget of day and month, over restarts', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(), async (script: Step[], seed) => {
      const random = seededRandom(seed);
      const line = new Line();
      const { clock } = line;
      const never = new AbortController().signal;
      let runner = runnerOn(line, random.next);
      for (const step of script) {
        if (step.do === 'test') void runner.run('asked', never);
        else if (step.do === 'aside') {
          void runner.aside((signal) => line.busy(line.power, 60_000, signal), never);
        } else if (step.do === 'wait') await clock.advance(60_000 * step.minutes);
        else {
          line.power += 1;
          line.onLine = 0;
          runner = runnerOn(line, random.next);
        }
        await clock.advance(1);
      }
      await clock.advance(3_600_000);
      expect(line.most).toBeLessThanOrEqual(1);
      expect(line.onLine).toBe(0);
      const spent = [...line.days.values()];
      expect(Math.max(0, ...spent)).toBeLessThanOrEqual(BUDGET.dayBytes);
      expect(spent.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(BUDGET.monthBytes);
    }),
    { numRuns: 150 },
  );
});
