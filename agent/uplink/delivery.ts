// Records from the spool to the collector, one batch at a time; the cursor passes a record only on
// the collector's word for it. Pure.
import type { Bytes, Ms } from '#shared/model/units.ts';
import { backoffMs, UPLINK_BACKOFF } from '#shared/runtime/backoff.ts';
import { type AgentFrame, MAX_BATCH_RECORDS, type RecordFate } from '#shared/wire/uplink.ts';
import type { SpoolRecord } from '../spool/spool.ts';

/** Half of what a frame may have; a record, which has at most a quarter, always fits. */
const MAX_BATCH_BYTES: Bytes = 524_288;
/** A collector that takes longer over a batch has lost it. */
export const ACK_DEADLINE_MS: Ms = 60_000;
/** At least, after a record that the collector could not take. */
const MIN_RETRY_MS: Ms = 1_000;

export type Delivery = { readonly keptInARow: number } & (
  | { readonly at: 'held' }
  | { readonly at: 'idle' }
  /** `again`: more was appended since the reading began. */
  | { readonly at: 'reading'; readonly again: boolean }
  | { readonly at: 'sent'; readonly positions: readonly number[]; readonly deadlineMs: Ms }
  /** `isStopped`: at a record that is to be tried again. */
  | { readonly at: 'passing'; readonly isStopped: boolean }
  | { readonly at: 'waiting'; readonly untilMs: Ms }
);

export type DeliveryAction =
  | { readonly type: 'read'; readonly max: number }
  | { readonly type: 'send'; readonly frame: Extract<AgentFrame, { type: 'batch' }> }
  /** Everything up to `position` is the collector's. */
  | { readonly type: 'ack'; readonly position: number }
  | { readonly type: 'rejected'; readonly position: number; readonly reason: string };

export interface DeliveryStep {
  readonly delivery: Delivery;
  readonly actions: readonly DeliveryAction[];
}

/** Held until `release`: the collector is to know our clock before it judges our times. */
export const HELD: Delivery = { at: 'held', keptInARow: 0 };

export function release(delivery: Delivery): DeliveryStep {
  return delivery.at === 'held' ? read(delivery) : { delivery, actions: [] };
}

export function appended(delivery: Delivery): DeliveryStep {
  if (delivery.at === 'idle') return read(delivery);
  if (delivery.at === 'reading') return { delivery: { ...delivery, again: true }, actions: [] };
  return { delivery, actions: [] };
}

/** What the spool gave, oldest first. */
export function found(
  delivery: Delivery,
  records: readonly SpoolRecord[],
  nowMs: Ms,
): DeliveryStep {
  if (delivery.at !== 'reading') return { delivery, actions: [] };
  const { keptInARow } = delivery;
  if (records.length === 0) {
    return delivery.again ? read(delivery) : { delivery: { at: 'idle', keptInARow }, actions: [] };
  }
  const batch = fitting(records);
  const positions = batch.map(({ position }) => position);
  const deadlineMs = nowMs + ACK_DEADLINE_MS;
  return {
    delivery: { at: 'sent', positions, deadlineMs, keptInARow },
    actions: [{ type: 'send', frame: { type: 'batch', records: batch } }],
  };
}

/**
 * The cursor goes up to the first record of the batch that the collector did not take, be it
 * `keep` or no word at all; that one is tried again after a while. `chance`: uniform in [0, 1).
 */
export function answeredWith(
  delivery: Delivery,
  results: readonly RecordFate[],
  nowMs: Ms,
  chance: number,
): DeliveryStep {
  if (delivery.at !== 'sent') return { delivery, actions: [] };
  const fates = new Map(results.map((result) => [result.position, result]));
  const stop = delivery.positions.findIndex(
    (position) => (fates.get(position)?.fate ?? 'keep') === 'keep',
  );
  const taken = stop < 0 ? delivery.positions : delivery.positions.slice(0, stop);
  const last = taken.at(-1);
  if (last === undefined) return waiting(delivery.keptInARow + 1, nowMs, chance);
  const rejections = taken.flatMap((position): DeliveryAction[] => {
    const { fate, reason = 'no reason given' } = fates.get(position) ?? {};
    return fate === 'rejected' ? [{ type: 'rejected', position, reason }] : [];
  });
  return {
    delivery: { at: 'passing', isStopped: stop >= 0, keptInARow: 0 },
    actions: [...rejections, { type: 'ack', position: last }],
  };
}

/** The cursor has moved. */
export function passed(delivery: Delivery, nowMs: Ms, chance: number): DeliveryStep {
  if (delivery.at !== 'passing') return { delivery, actions: [] };
  return delivery.isStopped ? waiting(1, nowMs, chance) : read(delivery);
}

/** The spool could not be read or moved on; it may be able to later. */
export function failed(delivery: Delivery, nowMs: Ms, chance: number): DeliveryStep {
  return waiting(delivery.keptInARow + 1, nowMs, chance);
}

/** At or after `dueMs`. Too late an answer is for the session to act on. */
export function due(delivery: Delivery, nowMs: Ms): DeliveryStep {
  const isOver = delivery.at === 'waiting' && delivery.untilMs <= nowMs;
  return isOver ? read(delivery) : { delivery, actions: [] };
}

export function isLate(delivery: Delivery, nowMs: Ms): boolean {
  return delivery.at === 'sent' && delivery.deadlineMs <= nowMs;
}

/** When to look again, monotonic; infinity: not by itself. */
export function dueMs(delivery: Delivery): Ms {
  if (delivery.at === 'sent') return delivery.deadlineMs;
  return delivery.at === 'waiting' ? delivery.untilMs : Number.POSITIVE_INFINITY;
}

function waiting(keptInARow: number, nowMs: Ms, chance: number): DeliveryStep {
  const backoff = backoffMs(UPLINK_BACKOFF, keptInARow - 1, { next: () => chance });
  const untilMs = nowMs + MIN_RETRY_MS + backoff;
  return { delivery: { at: 'waiting', untilMs, keptInARow }, actions: [] };
}

function read({ keptInARow }: Delivery): DeliveryStep {
  return {
    delivery: { at: 'reading', again: false, keptInARow },
    actions: [{ type: 'read', max: MAX_BATCH_RECORDS }],
  };
}

function fitting(records: readonly SpoolRecord[]): SpoolRecord[] {
  const batch: SpoolRecord[] = [];
  let bytes = 0;
  for (const { position, measurement } of records.slice(0, MAX_BATCH_RECORDS)) {
    bytes += Buffer.byteLength(JSON.stringify(measurement)) + 40;
    if (bytes > MAX_BATCH_BYTES && batch.length > 0) break;
    batch.push({ position, measurement });
  }
  return batch;
}
