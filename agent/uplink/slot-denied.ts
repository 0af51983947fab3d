// The collector has no place for a test now, and says when to ask again.
import type { Ms } from '#shared/model/units.ts';
import { AppError } from '#shared/runtime/errors.ts';

export class SlotDenied extends AppError {
  readonly retryAfterMs: Ms;

  constructor(reason: string, retryAfterMs: Ms) {
    super('not_admitted', `no slot for a test now: ${reason}`);
    this.retryAfterMs = retryAfterMs;
  }
}
