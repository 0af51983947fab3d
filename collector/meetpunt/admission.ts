// Who may make a test: whoever carries a slot's token, once; or anyone, in a lab.
import { randomUUID } from 'node:crypto';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { verifySlotToken } from '../slots/token.ts';

export interface Admitted {
  /** Payload bytes, both directions together. */
  readonly maxBytes: number;
}

export interface Admission {
  /** Throws `not_admitted`. */
  admit(token: string | undefined): Admitted;
}

const OPEN_MAX_BYTES = 4_000_000_000;

/** Anyone may measure. For labs only. */
export function openAdmission(): Admission {
  return { admit: () => ({ maxBytes: OPEN_MAX_BYTES }) };
}

export interface SlotAdmissionOptions {
  readonly key: Uint8Array;
  readonly clock: Pick<Clock, 'now'>;
  /** Origin that agents know this measure server by; absent: a slot of any of the collector's will do. */
  readonly origin?: string;
}

/** A slot's token within its time, once. */
export function slotAdmission({ key, clock, origin }: SlotAdmissionOptions): Admission {
  /** Slot id → when its token is over anyway. */
  const used = new Map<string, number>();
  return {
    admit: (token) => {
      const now = clock.now();
      for (const [slotId, expiresAt] of used) if (expiresAt < now) used.delete(slotId);
      if (token === undefined) {
        throw refused('a test needs a slot: send its token as `Authorization: Bearer TOKEN`');
      }
      const claims = verifySlotToken(token, key);
      if (origin !== undefined && claims.server !== undefined && claims.server !== origin) {
        throw refused(`the slot is for the measure server ${claims.server}, not for ${origin}`);
      }
      if (now < claims.notBefore) throw refused('the slot has not begun yet');
      if (now >= claims.expiresAt) throw refused('the slot is over; ask the collector for another');
      if (used.has(claims.slotId)) throw refused('the slot was used for a test already');
      used.set(claims.slotId, claims.expiresAt);
      return { maxBytes: claims.maxBytes };
    },
  };
}

export function newTestId(): string {
  return randomUUID();
}

function refused(message: string): AppError {
  return new AppError('not_admitted', message);
}
