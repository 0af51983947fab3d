// Hands out slots and remembers who has one. In memory alone: after a restart the slots of before
// end by themselves, and each measure server keeps to its own limit meanwhile.
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import type { Bytes, Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Random } from '#shared/runtime/random.ts';
import type { SlotGrant } from '#shared/wire/uplink.ts';
import {
  decideSlot,
  type MeasureServer,
  NO_SLOTS,
  placesTaken,
  releaseSlot,
} from './decide-slot.ts';
import { signSlotToken } from './token.ts';

export type SlotAnswer =
  | { readonly grant: SlotGrant }
  | { readonly reason: string; readonly retryAfterMs: Ms };

export interface Slots {
  request(deviceId: string): SlotAnswer;
  /** Of a slot that is not the device's, or has ended: nothing happens. */
  release(deviceId: string, slotId: string): void;
  /** Places of a measure server that are taken. */
  inUse(server: string): number;
}

export interface SlotsOptions {
  /** Asked at each request: ports become known, and servers come and go. */
  readonly servers: () => readonly MeasureServer[];
  /** Servers that the device is to test beside, where another has a place; absent: none. */
  readonly avoid?: (deviceId: string) => readonly string[];
  /** Shared with the measure servers. */
  readonly key: Uint8Array;
  /** What a measure server serves on one token, both directions together. */
  readonly maxBytes?: Bytes;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'next'>;
  readonly newId: () => string;
  readonly log: Logger;
}

/** The measure server's clock may be behind by this much. */
const CLOCK_SKEW_MS: Ms = 5_000;

export function createSlots(options: SlotsOptions): Slots {
  const { servers, key, clock, random, newId, log } = options;
  const maxBytes = options.maxBytes ?? DEFAULT_PLAN.budget.testBytes;
  let state = NO_SLOTS;

  return {
    request: (deviceId) => {
      const avoid = options.avoid?.(deviceId) ?? [];
      const request = { deviceId, slotId: newId(), jitter: random.next(), avoid };
      const decision = decideSlot(state, servers(), request, clock.now());
      state = decision.state;
      if (!('granted' in decision)) {
        const { reason, retryAfterMs } = decision;
        log.debug('no slot', { deviceId, reason, retryAfterMs });
        return { reason, retryAfterMs };
      }
      const { slotId, server, grantedAt, expiresAt } = decision.granted;
      log.debug('slot granted', { deviceId, slotId, server });
      const token = signSlotToken(
        {
          version: 1,
          slotId,
          deviceId,
          kind: 'throughput',
          notBefore: grantedAt - CLOCK_SKEW_MS,
          expiresAt,
          server,
          maxBytes,
        },
        key,
      );
      return { grant: { slotId, server, token, expiresAt } };
    },
    release: (deviceId, slotId) => {
      state = releaseSlot(state, deviceId, slotId);
    },
    inUse: (server) => placesTaken(state, server, clock.now()),
  };
}
