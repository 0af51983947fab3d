// The agent's end of the uplink's protocol: what to do at each event, from greeting to close.
// Pure: a state and an event in, a new state and actions out. Owns no socket, no clock, no spool.
import type { Plan } from '#shared/model/plan.ts';
import type { Ms } from '#shared/model/units.ts';
import {
  type AgentFrame,
  CLOSE,
  type CollectorFrame,
  HANDSHAKE_DEADLINE_MS,
  type Instruction,
  type SlotGrant,
  type SpoolStats,
  UPLINK_PROTOCOL,
} from '#shared/wire/uplink.ts';
import type { SpoolRecord } from '../spool/spool.ts';
import { type ClockSample, type Moment, offsetAt } from './clock-offset.ts';
import * as delivering from './delivery.ts';
import { answered, beat, type Heartbeat, startHeartbeat } from './heartbeat.ts';

/** An answer takes a round trip; a collector that owes one this long will not give it. */
export const SLOT_DEADLINE_MS: Ms = 30_000;

export interface SlotWanted {
  readonly requestId: number;
  readonly deadlineMs: Ms;
}

export interface SessionState {
  readonly phase: 'greeting' | 'open' | 'closed';
  /** Until the welcome. */
  readonly greetingDeadlineMs: Ms;
  readonly heartbeat: Heartbeat;
  readonly delivery: delivering.Delivery;
  readonly slots: readonly SlotWanted[];
}

export type SessionEvent =
  | { readonly type: 'frame'; readonly frame: CollectorFrame }
  /** Answer to `read`. */
  | { readonly type: 'records'; readonly records: readonly SpoolRecord[] }
  /** Answer to `ack`. */
  | { readonly type: 'passed' }
  /** Answer to `read` or `ack` when it did not work. */
  | { readonly type: 'spool_failed' }
  | { readonly type: 'appended' }
  /** `requestId` is used once by the caller. */
  | {
      readonly type: 'slot_wanted';
      readonly requestId: number;
      readonly mode: 'check' | 'capacity';
    }
  | { readonly type: 'slot_not_wanted'; readonly requestId: number }
  | { readonly type: 'slot_over'; readonly slotId: string }
  /** An answer to an instruction. */
  | { readonly type: 'say'; readonly frame: AgentFrame }
  /** Time has come to what `nextDueMs` said. */
  | { readonly type: 'due' };

export type SlotAnswer =
  | { readonly grant: SlotGrant }
  | { readonly reason: string; readonly retryAfterMs: Ms }
  | 'late';

export type SessionAction =
  | delivering.DeliveryAction
  | { readonly type: 'hello'; readonly nonce: string }
  | { readonly type: 'send'; readonly frame: AgentFrame }
  | { readonly type: 'opened'; readonly locationId: string; readonly plan: Plan }
  | { readonly type: 'slot_answer'; readonly requestId: number; readonly answer: SlotAnswer }
  | { readonly type: 'instructed'; readonly instruction: Instruction }
  | { readonly type: 'told'; readonly code: string; readonly message: string }
  | { readonly type: 'close'; readonly code: number; readonly reason: string };

export interface Now extends Moment {
  /** Uniform in [0, 1). */
  readonly chance: number;
  readonly spool: SpoolStats;
}

export interface SessionStep {
  readonly state: SessionState;
  readonly actions: readonly SessionAction[];
}

/** `samples` of the clock, of the session before. */
export function startSession(now: Moment, samples: readonly ClockSample[]): SessionState {
  return {
    phase: 'greeting',
    // The collector waits this long for our hello, and may take as long over it.
    greetingDeadlineMs: now.monotonicMs + 2 * HANDSHAKE_DEADLINE_MS,
    heartbeat: startHeartbeat(now, samples),
    delivery: delivering.HELD,
    slots: [],
  };
}

/** When `due` is to come, monotonic; infinity: never. */
export function nextDueMs(state: SessionState): Ms {
  if (state.phase === 'closed') return Number.POSITIVE_INFINITY;
  if (state.phase === 'greeting') return state.greetingDeadlineMs;
  const slots = state.slots.map(({ deadlineMs }) => deadlineMs);
  return Math.min(state.heartbeat.nextAtMs, delivering.dueMs(state.delivery), ...slots);
}

export function step(state: SessionState, event: SessionEvent, now: Now): SessionStep {
  if (state.phase === 'closed') return { state, actions: [] };
  if (event.type === 'frame') {
    return state.phase === 'greeting'
      ? greeted(state, event.frame, now)
      : received(state, event.frame, now);
  }
  if (event.type === 'due') return onTime(state, now);
  if (state.phase !== 'open') return { state, actions: [] };
  const { delivery } = state;
  switch (event.type) {
    case 'records':
      return delivered(state, delivering.found(delivery, event.records, now.monotonicMs));
    case 'passed':
      return delivered(state, delivering.passed(delivery, now.monotonicMs, now.chance));
    case 'spool_failed':
      return delivered(state, delivering.failed(delivery, now.monotonicMs, now.chance));
    case 'appended':
      return delivered(state, delivering.appended(delivery));
    case 'slot_wanted': {
      const { requestId, mode } = event;
      const deadlineMs = now.monotonicMs + SLOT_DEADLINE_MS;
      return {
        state: { ...state, slots: [...state.slots, { requestId, deadlineMs }] },
        actions: [send({ type: 'slot_request', requestId, kind: 'throughput', mode })],
      };
    }
    case 'slot_not_wanted':
      return { state: withoutSlot(state, event.requestId), actions: [] };
    case 'slot_over':
      return { state, actions: [send({ type: 'slot_release', slotId: event.slotId })] };
    case 'say':
      return { state, actions: [send(event.frame)] };
  }
}

function greeted(state: SessionState, frame: CollectorFrame, now: Now): SessionStep {
  switch (frame.type) {
    case 'challenge': {
      if (frame.protocol === UPLINK_PROTOCOL) {
        return { state, actions: [{ type: 'hello', nonce: frame.nonce }] };
      }
      const which = `the collector speaks protocol ${frame.protocol}, this agent ${UPLINK_PROTOCOL}`;
      return closed(state, CLOSE.policy, `${which}; bring both to the same version`);
    }
    case 'welcome': {
      const { locationId, plan } = frame;
      const opened = pinged({ ...state, phase: 'open' }, now);
      return { ...opened, actions: [{ type: 'opened', locationId, plan }, ...opened.actions] };
    }
    case 'error':
      return { state, actions: [{ type: 'told', code: frame.code, message: frame.message }] };
    default:
      return { state, actions: [] };
  }
}

function received(state: SessionState, frame: CollectorFrame, now: Now): SessionStep {
  switch (frame.type) {
    case 'ack':
      return delivered(
        state,
        delivering.answeredWith(state.delivery, frame.results, now.monotonicMs, now.chance),
      );
    case 'pong':
      return onPong(state, frame, now);
    case 'slot': {
      const { requestId, grant } = frame;
      if (isWanted(state, requestId)) return slotAnswered(state, requestId, { grant });
      // Nobody waits for it any more: another device may have it.
      return { state, actions: [send({ type: 'slot_release', slotId: grant.slotId })] };
    }
    case 'slot_denied': {
      const { requestId, reason, retryAfterMs } = frame;
      if (!isWanted(state, requestId)) return { state, actions: [] };
      return slotAnswered(state, requestId, { reason, retryAfterMs });
    }
    case 'configuration':
    case 'measure_now':
    case 'release':
    case 'release_part':
      return { state, actions: [{ type: 'instructed', instruction: frame }] };
    case 'error':
      return { state, actions: [{ type: 'told', code: frame.code, message: frame.message }] };
    default:
      return { state, actions: [] };
  }
}

function onPong(
  state: SessionState,
  frame: Extract<CollectorFrame, { type: 'pong' }>,
  now: Now,
): SessionStep {
  const heartbeat = answered(state.heartbeat, frame, now);
  if (heartbeat === undefined) return { state, actions: [] };
  // The first sample, or the first after a step that made the older ones worthless.
  const isNews = heartbeat.samples.length === 1;
  const after = { ...state, heartbeat };
  // Tells the collector our clock before the first record comes, whose time it is to correct.
  const told = isNews ? pinged(after, now) : { state: after, actions: [] };
  const released = delivered(told.state, delivering.release(told.state.delivery));
  return { state: released.state, actions: [...told.actions, ...released.actions] };
}

function onTime(state: SessionState, now: Now): SessionStep {
  const { monotonicMs } = now;
  if (state.phase === 'greeting') {
    if (state.greetingDeadlineMs > monotonicMs) return { state, actions: [] };
    return closed(state, CLOSE.timedOut, 'the collector did not welcome us in time');
  }
  if (delivering.isLate(state.delivery, monotonicMs)) {
    return closed(state, CLOSE.timedOut, 'the collector did not acknowledge a batch in time');
  }
  const late = state.slots.filter(({ deadlineMs }) => deadlineMs <= monotonicMs);
  const waiting = state.slots.filter((slot) => !late.includes(slot));
  const answers = late.map(
    ({ requestId }): SessionAction => ({ type: 'slot_answer', requestId, answer: 'late' }),
  );
  const further = delivered(
    { ...state, slots: waiting },
    delivering.due(state.delivery, monotonicMs),
  );
  const beaten =
    state.heartbeat.nextAtMs <= monotonicMs
      ? pinged(further.state, now)
      : { state: further.state, actions: [] };
  return { state: beaten.state, actions: [...answers, ...further.actions, ...beaten.actions] };
}

function pinged(state: SessionState, now: Now): SessionStep {
  const result = beat(state.heartbeat, now);
  if (result.outcome === 'dead') {
    return closed(state, CLOSE.timedOut, 'the collector did not answer two pings');
  }
  const offset = offsetAt(state.heartbeat.samples, now);
  const frame: AgentFrame = {
    type: 'ping',
    id: result.id,
    sentAt: now.wallMs,
    ...(offset === undefined ? {} : { clockOffsetMs: offset }),
    spool: now.spool,
  };
  return { state: { ...state, heartbeat: result.heartbeat }, actions: [send(frame)] };
}

function delivered(
  state: SessionState,
  { delivery, actions }: delivering.DeliveryStep,
): SessionStep {
  return { state: { ...state, delivery }, actions };
}

function slotAnswered(state: SessionState, requestId: number, answer: SlotAnswer): SessionStep {
  return {
    state: withoutSlot(state, requestId),
    actions: [{ type: 'slot_answer', requestId, answer }],
  };
}

function isWanted(state: SessionState, requestId: number): boolean {
  return state.slots.some((slot) => slot.requestId === requestId);
}

function withoutSlot(state: SessionState, requestId: number): SessionState {
  return { ...state, slots: state.slots.filter((slot) => slot.requestId !== requestId) };
}

function closed(state: SessionState, code: number, reason: string): SessionStep {
  return { state: { ...state, phase: 'closed' }, actions: [{ type: 'close', code, reason }] };
}

function send(frame: AgentFrame): SessionAction {
  return { type: 'send', frame };
}
