// An agent that moves is never called stuck, whatever its clock does; one part that stands still is.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Liveness,
  look,
  type Moment,
  type Part,
  type Progress,
  startLiveness,
} from '#agent/health/liveness.ts';

const START: Moment = { wallMs: Date.parse('2026-03-02T08:00:00.000Z'), monotonicMs: 5_000 };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** An agent as its parts would have it, looked at once a minute; `dead` are parts that stand still. */
class Agent {
  readonly dead = new Set<Part>();
  now: Moment = START;
  #connected = false;
  #changedMs = START.monotonicMs;
  #answeredMs: number | undefined;
  #nextAt = START.wallMs + HOUR_MS;
  /** Its timer, which knows no wall clock. */
  #timerMs = START.monotonicMs + HOUR_MS;
  #turns = 0;
  #testUntilMs = 0;
  #settled = 0;

  /** `attempt`: the connection breaks, or is made. */
  pass(ms: number, attempt: boolean): Progress {
    this.now = { wallMs: this.now.wallMs + ms, monotonicMs: this.now.monotonicMs + ms };
    const { wallMs, monotonicMs } = this.now;
    if (!this.dead.has('uplink')) {
      // Attempts go on without end, and so do answers.
      if (attempt || (!this.#connected && monotonicMs - this.#changedMs > 10 * MINUTE_MS)) {
        this.#connected = !this.#connected;
        this.#changedMs = monotonicMs;
      }
      if (this.#connected) this.#answeredMs = monotonicMs;
    }
    if (!this.dead.has('timetable') && monotonicMs >= this.#timerMs) {
      this.#turns += 1;
      this.#testUntilMs = monotonicMs + 5 * MINUTE_MS;
      this.#timerMs = monotonicMs + HOUR_MS;
      this.#nextAt = wallMs + HOUR_MS;
    }
    // What is announced is computed from the clock of now, also by a timetable whose timers are dead.
    while (this.#nextAt <= wallMs) this.#nextAt += HOUR_MS;
    if (!this.dead.has('status')) this.#settled += 1;
    return {
      uplink: {
        isConnected: this.#connected,
        changedMs: this.#changedMs,
        ...(this.#answeredMs === undefined ? {} : { answeredMs: this.#answeredMs }),
      },
      timetable: { nextAt: this.#nextAt, turns: this.#turns },
      isTesting: this.dead.has('test') || monotonicMs < this.#testUntilMs,
      statusesSettled: this.#settled,
    };
  }

  /** A clock that is set, and a timetable that is reckoned anew. */
  step(ms: number): void {
    this.now = { ...this.now, wallMs: this.now.wallMs + ms };
    this.#turns += 1;
    this.#nextAt = this.now.wallMs + HOUR_MS;
    this.#timerMs = this.now.monotonicMs + HOUR_MS;
  }
}

function watch(agent: Agent): (minutes: number, attempts?: readonly boolean[]) => Liveness {
  let liveness = startLiveness(agent.pass(0, true), agent.now);
  return (minutes, attempts = []) => {
    for (let minute = 0; minute < minutes && liveness.stuck.length === 0; minute += 1) {
      liveness = look(liveness, agent.pass(MINUTE_MS, attempts[minute] === true), agent.now);
    }
    return liveness;
  };
}

test('one that moves is never stuck, with connections that break and a clock that is set', () => {
  const stretch = fc.record({
    minutes: fc.integer({ min: 1, max: 300 }),
    attempts: fc.array(fc.boolean(), { maxLength: 300 }),
    stepMs: fc.oneof(
      fc.constant(0),
      fc.integer({ min: -HOUR_MS, max: HOUR_MS }),
      fc.constantFrom(-10, 10).map((years) => years * 365 * 24 * HOUR_MS),
    ),
  });
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 8 }), (stretches) => {
      const agent = new Agent();
      const live = watch(agent);
      for (const { minutes, attempts, stepMs } of stretches) {
        agent.step(stepMs);
        expect(live(minutes, attempts).stuck).toEqual([]);
      }
    }),
  );
});

test.each(['uplink', 'timetable', 'test', 'status'] as const)(
  'a dead %s is found within two hours, whenever it died and whatever the clock did before',
  (part) => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 200 }),
        fc.integer({ min: -HOUR_MS, max: HOUR_MS }),
        (attempts, stepMs) => {
          const agent = new Agent();
          const live = watch(agent);
          agent.step(stepMs);
          live(attempts.length, attempts);
          agent.dead.add(part);
          expect(live(125).stuck).toEqual([part]);
        },
      ),
    );
  },
);

test('a connection that is up but answers nothing is stuck after five minutes, not before', () => {
  const agent = new Agent();
  const live = watch(agent);
  agent.dead.add('uplink');
  expect(live(5).stuck).toEqual([]);
  expect(live(1).stuck).toEqual(['uplink']);
});

test('a plan without a timetable awaits nothing', () => {
  const seen: Progress = {
    uplink: { isConnected: false, changedMs: START.monotonicMs },
    timetable: { turns: 0 },
    ...{ isTesting: false, statusesSettled: 0 },
  };
  const later = { wallMs: START.wallMs + HOUR_MS, monotonicMs: START.monotonicMs + 10 * MINUTE_MS };
  expect(look(startLiveness(seen, START), seen, later).stuck).toEqual([]);
});

test('a session of days that is just over is not stuck, though the state is told a moment later', () => {
  const at = (hours: number): Moment => ({
    wallMs: START.wallMs + hours * HOUR_MS,
    monotonicMs: START.monotonicMs + hours * HOUR_MS,
  });
  const seen = (isConnected: boolean, answeredMs: number): Progress => ({
    uplink: { isConnected, changedMs: START.monotonicMs, answeredMs },
    timetable: { nextAt: at(100).wallMs, turns: 0 },
    ...{ isTesting: false, statusesSettled: 1 },
  });
  const before = startLiveness(seen(true, START.monotonicMs), at(70));
  const answeredMs = at(70).monotonicMs;
  expect(look(before, seen(false, answeredMs), at(70.02)).stuck).not.toContain('uplink');
  // And one that was over long ago is.
  expect(look(before, seen(false, answeredMs), at(72)).stuck).toContain('uplink');
});
