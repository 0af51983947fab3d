// The protocol's state machine: whatever comes in whatever order, nothing is lost, and nothing is
// passed that the collector did not take.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { offsetAt, sampleOf, withSample } from '#agent/uplink/clock-offset.ts';
import {
  type Now,
  nextDueMs,
  type SessionAction,
  type SessionEvent,
  type SessionState,
  startSession,
  step,
} from '#agent/uplink/session.ts';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import {
  agentFrameSchema,
  type CollectorFrame,
  type Fate,
  HEARTBEAT_MS,
  MAX_FRAME_BYTES,
} from '#shared/wire/uplink.ts';
import { numbered, ofSize } from '#test/contract/spool.ts';

const STATS = { records: 0, bytes: 0, droppedRecords: 0, corruptRecords: 0 };
const now = (monotonicMs: number, wallMs = 1_000_000 + monotonicMs): Now => ({
  ...{ wallMs, monotonicMs },
  chance: 0.5,
  spool: STATS,
});
const WELCOME: CollectorFrame = {
  ...{ type: 'welcome', sessionId: 's', locationId: '16SW03', time: 0, plan: DEFAULT_PLAN },
};

/** A spool, a session and a clock, moved by hand. */
class Bench {
  readonly records: number[];
  /** Positions that the collector has taken. */
  readonly taken = new Set<number>();
  readonly batches: number[][] = [];
  readonly said: SessionAction[] = [];
  cursor = -1;
  timeMs = 0;
  state: SessionState = startSession(now(0), []);
  /** What was asked of the spool and not answered yet. */
  asked: ('read' | 'ack')[] = [];
  unanswered: number[] | undefined;

  constructor(count: number) {
    this.records = Array.from({ length: count }, (_, position) => position);
  }

  send(event: SessionEvent): readonly SessionAction[] {
    const { state, actions } = step(this.state, event, now(this.timeMs));
    this.state = state;
    for (const action of actions) this.#carryOut(action);
    this.said.push(...actions);
    return actions;
  }

  frame(frame: CollectorFrame): readonly SessionAction[] {
    return this.send({ type: 'frame', frame });
  }

  pong(id: number): readonly SessionAction[] {
    return this.frame({ type: 'pong', id, pingSentAt: 0, receivedAt: 500, sentAt: 500 });
  }

  open(): void {
    this.frame({ type: 'challenge', protocol: 1, nonce: 'bm9uY2U' });
    this.frame(WELCOME);
    this.pong(0);
  }

  answerSpool(works: boolean): void {
    const question = this.asked.shift();
    if (question === undefined) return;
    if (!works) this.send({ type: 'spool_failed' });
    else if (question === 'ack') this.send({ type: 'passed' });
    else {
      const waiting = this.records.filter((position) => position > this.cursor).slice(0, 200);
      this.send({
        type: 'records',
        records: waiting.map((position) => ({ position, measurement: numbered(position) })),
      });
    }
  }

  acknowledge(fateOf: (position: number) => Fate | 'silence'): void {
    const positions = this.unanswered ?? [];
    this.unanswered = undefined;
    const results = positions.flatMap((position) => {
      const fate = fateOf(position);
      if (fate === 'silence') return [];
      if (fate !== 'keep') this.taken.add(position);
      return [{ position, fate }];
    });
    this.frame({ type: 'ack', results });
  }

  #carryOut(action: SessionAction): void {
    if (action.type === 'send') {
      expect(agentFrameSchema.safeParse(JSON.parse(JSON.stringify(action.frame))).success).toBe(
        true,
      );
    }
    if (action.type === 'read') this.asked.push('read');
    if (action.type === 'ack') {
      const passed = this.records.filter((each) => each > this.cursor && each <= action.position);
      expect(passed.filter((position) => !this.taken.has(position))).toEqual([]);
      this.cursor = Math.max(this.cursor, action.position);
      this.asked.push('ack');
    }
    if (action.type === 'send' && action.frame.type === 'batch') {
      // One at a time.
      expect(this.unanswered).toBeUndefined();
      this.unanswered = action.frame.records.map(({ position }) => position);
      this.batches.push(this.unanswered);
    }
  }
}

const fate = fc.constantFrom<Fate | 'silence'>(
  'accepted',
  'duplicate',
  'rejected',
  'keep',
  'silence',
);
const happening = fc.oneof(
  fc.record({ what: fc.constant('spool' as const), works: fc.boolean() }),
  fc.record({ what: fc.constant('ack' as const), fates: fc.array(fate, { minLength: 1 }) }),
  fc.record({ what: fc.constant('stray ack' as const), position: fc.nat(50) }),
  fc.record({ what: fc.constant('time' as const), ms: fc.nat(90_000) }),
  fc.record({ what: fc.constant('append' as const) }),
  fc.record({ what: fc.constant('pong' as const), id: fc.nat(8) }),
  fc.record({ what: fc.constant('reconnect' as const) }),
);

test('whatever happens: nothing is passed unconfirmed, and all arrives once things go well', () => {
  fc.assert(
    fc.property(fc.nat(30), fc.array(happening, { maxLength: 80 }), (count, happenings) => {
      const bench = new Bench(count);
      bench.open();
      for (const each of happenings) {
        if (bench.state.phase === 'closed' || each.what === 'reconnect') reconnect(bench);
        if (each.what === 'spool') bench.answerSpool(each.works);
        if (each.what === 'ack') {
          bench.acknowledge((position) => each.fates[position % each.fates.length] ?? 'keep');
        }
        if (each.what === 'stray ack' && bench.unanswered === undefined) {
          bench.frame({ type: 'ack', results: [{ position: each.position, fate: 'accepted' }] });
        }
        if (each.what === 'time') {
          bench.timeMs += each.ms;
          bench.send({ type: 'due' });
        }
        if (each.what === 'append') {
          bench.records.push(bench.records.length);
          bench.send({ type: 'appended' });
        }
        if (each.what === 'pong') bench.pong(each.id);
      }
      reconnect(bench);
      for (let round = 0; round < 200 && bench.cursor < bench.records.length - 1; round += 1) {
        bench.answerSpool(true);
        bench.acknowledge(() => 'accepted');
        bench.timeMs = Math.min(nextDueMs(bench.state), bench.timeMs + 400_000);
        bench.send({ type: 'due' });
        bench.pong(bench.state.heartbeat.nextId - 1);
      }
      expect(bench.cursor).toBe(bench.records.length - 1);
      expect(bench.taken.size).toBe(bench.records.length);
    }),
    { numRuns: 500 },
  );
});

/** What was under way is forgotten; the spool's cursor is not. */
function reconnect(bench: Bench): void {
  bench.asked = [];
  bench.unanswered = undefined;
  bench.state = startSession(now(bench.timeMs), bench.state.heartbeat.samples);
  bench.open();
}

test('the cursor stops at a record that is to be kept, and tries it again later, ever later', () => {
  const bench = new Bench(5);
  bench.open();
  bench.answerSpool(true);
  bench.acknowledge((position) => (position === 2 ? 'keep' : 'accepted'));
  expect(bench.cursor).toBe(1);
  bench.answerSpool(true);
  const waits: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const before = bench.timeMs;
    // The wait is longer than the heartbeats in between.
    while (bench.unanswered === undefined) {
      bench.timeMs = nextDueMs(bench.state);
      bench.send({ type: 'due' });
      bench.pong(bench.state.heartbeat.nextId - 1);
      bench.answerSpool(true);
    }
    waits.push(bench.timeMs - before);
    expect(bench.unanswered).toEqual([2, 3, 4]);
    bench.acknowledge(() => 'keep');
  }
  expect(bench.cursor).toBe(1);
  expect(waits).toEqual([1_500, 2_000, 3_000, 5_000, 9_000]);
});

test('what is appended while the spool is read, and not found there yet, is read after all', () => {
  const bench = new Bench(0);
  bench.open();
  expect(bench.asked).toEqual(['read']);
  bench.send({ type: 'appended' });
  expect(bench.send({ type: 'records', records: [] })).toEqual([{ type: 'read', max: 200 }]);
  expect(bench.send({ type: 'records', records: [] })).toEqual([]);
  expect(bench.send({ type: 'appended' })).toEqual([{ type: 'read', max: 200 }]);
});

test('a rejected record is passed, and said with its reason', () => {
  const bench = new Bench(2);
  bench.open();
  bench.answerSpool(true);
  bench.taken.add(0).add(1);
  const said = bench.frame({
    type: 'ack',
    results: [
      { position: 0, fate: 'rejected', reason: 'startedAt: missing' },
      { position: 1, fate: 'accepted' },
    ],
  });
  expect(said).toEqual([
    { type: 'rejected', position: 0, reason: 'startedAt: missing' },
    { type: 'ack', position: 1 },
  ]);
});

test('a batch stays well below the largest frame, whatever its records have', () => {
  const bench = new Bench(0);
  bench.open();
  const records = Array.from({ length: 200 }, (_, position) => ({
    position,
    measurement: ofSize(position, 20_000),
  }));
  const [action] = bench.send({ type: 'records', records });
  expect(action?.type).toBe('send');
  const bytes = Buffer.byteLength(JSON.stringify(action?.type === 'send' ? action.frame : ''));
  expect(bytes).toBeLessThan(0.6 * MAX_FRAME_BYTES);
  expect(bytes).toBeGreaterThan(0.4 * MAX_FRAME_BYTES);
});

test('a welcome, an acknowledgement or an answer that does not come ends the session', () => {
  const greeting = new Bench(0);
  greeting.timeMs = nextDueMs(greeting.state);
  expect(greeting.send({ type: 'due' })).toMatchObject([{ type: 'close', code: 4408 }]);

  const silent = new Bench(0);
  silent.open();
  for (const expected of ['send', 'send', 'close']) {
    silent.timeMs = nextDueMs(silent.state);
    expect(silent.send({ type: 'due' }).at(-1)?.type).toBe(expected);
    // The first ping but one was answered.
    if (expected === 'send' && silent.timeMs === HEARTBEAT_MS) silent.pong(1);
  }
  expect(silent.state.phase).toBe('closed');

  const sent = new Bench(1);
  sent.open();
  sent.answerSpool(true);
  while (sent.state.phase === 'open') {
    sent.timeMs = nextDueMs(sent.state);
    sent.send({ type: 'due' });
    sent.pong(sent.state.heartbeat.nextId - 1);
  }
  expect(sent.timeMs).toBe(60_000);
  expect(sent.cursor).toBe(-1);
});

test('a slot that is not answered in time is late, and is given back when it comes after all', () => {
  const bench = new Bench(0);
  bench.open();
  bench.send({ type: 'slot_wanted', requestId: 7, mode: 'check' });
  while (bench.timeMs < 30_000) {
    bench.timeMs = nextDueMs(bench.state);
    bench.send({ type: 'due' });
    bench.pong(bench.state.heartbeat.nextId - 1);
  }
  expect(bench.said).toContainEqual({ type: 'slot_answer', requestId: 7, answer: 'late' });
  const grant = { slotId: 'x', server: 'http://127.0.0.1:1', token: 't', expiresAt: 1 };
  expect(bench.frame({ type: 'slot', requestId: 7, grant })).toEqual([
    { type: 'send', frame: { type: 'slot_release', slotId: 'x' } },
  ]);
});

test('the offset is agent minus collector, within half the round trip, however the wall clock steps', () => {
  const trip = fc.record({ there: fc.nat(400), inside: fc.nat(50), back: fc.nat(400) });
  fc.assert(
    fc.property(
      fc.integer({ min: -1e10, max: 1e10 }),
      fc.array(trip, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: -1e9, max: 1e9 }),
      (collectorAhead, trips, wallStep) => {
        let samples: Parameters<typeof withSample>[0] = [];
        let timeMs = 1_000;
        for (const { there, inside, back } of trips) {
          const receivedAt = timeMs + there + collectorAhead;
          const pongArrivedMs = timeMs + there + inside + back;
          const sentAt = receivedAt + inside;
          const sample = sampleOf({ pingSentMs: timeMs, pongArrivedMs, receivedAt, sentAt });
          samples = withSample(samples, sample);
          timeMs = pongArrivedMs + 25_000;
        }
        const offset = offsetAt(samples, { wallMs: timeMs + wallStep, monotonicMs: timeMs }) ?? 0;
        const kept = trips.slice(-samples.length);
        const best = Math.min(...kept.map(({ there, back }) => there + back));
        expect(Math.abs(offset - (wallStep - collectorAhead))).toBeLessThanOrEqual(best / 2);
      },
    ),
  );
});

test('a collector whose clock was set is believed at once', () => {
  const at = (collectorMs: number, roundTripMs: number) => ({ collectorMs, roundTripMs });
  const before = withSample([at(1_000, 4)], at(1_001, 6));
  expect(before).toHaveLength(2);
  expect(withSample(before, at(61_000, 90))).toEqual([at(61_000, 90)]);
});
