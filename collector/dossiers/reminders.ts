// Who must be reminded of what, now. Pure; that each is sent once is the store's affair, by its key.
import type { Dossier, DossierState } from '#shared/model/dossier.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { DAY_MS, type Deadlines, dueAt } from './deadlines.ts';

export interface Reminder {
  /** The same reminder has the same key, whenever it is asked for. */
  readonly key: string;
  /**
   * `answer_soon`: to the school, its time to answer ends within a week. `overdue`: to operators,
   * at the deadline and each fortnight after it. `set_aside_over`: to operators, the day until
   * which it was set aside has passed.
   */
  readonly kind: 'answer_soon' | 'overdue' | 'set_aside_over';
  readonly locationId: string;
  readonly state: DossierState;
  readonly dueAt: EpochMs;
}

const BEFORE_MS = 7 * DAY_MS;
const AGAIN_MS = 14 * DAY_MS;

export function remindersDue(
  dossier: Dossier,
  deadlines: Deadlines,
  now: EpochMs,
): readonly Reminder[] {
  const due = dueAt(dossier, deadlines);
  if (due === undefined) return [];
  const { locationId, state, since, setAside, asked } = dossier;
  const base = { locationId, state, dueAt: due };
  if (setAside !== null) {
    const key = `${locationId} set_aside_over ${setAside.at}`;
    return now < due ? [] : [{ ...base, kind: 'set_aside_over', key }];
  }
  if (now >= due) {
    const times = Math.floor((now - due) / AGAIN_MS);
    const key = `${locationId} ${state} ${since} overdue ${times}`;
    return [{ ...base, kind: 'overdue', key }];
  }
  const isAsked = state === 'asked' && asked?.channel === 'mail';
  // A school with little time from the start has just been asked.
  const hasHadTime = asked !== null && now - Date.parse(asked.at) >= BEFORE_MS;
  if (isAsked && hasHadTime && due - now <= BEFORE_MS) {
    return [{ ...base, kind: 'answer_soon', key: `${locationId} answer_soon ${asked.step}` }];
  }
  return [];
}
