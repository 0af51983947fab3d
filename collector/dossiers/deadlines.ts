// By when a dossier must have moved on. Pure; the days are a setting.
import { z } from 'zod';
import {
  DOSSIER_STATES,
  type Dossier,
  type DossierState,
  dossierStateSchema,
} from '#shared/model/dossier.ts';
import type { EpochMs } from '#shared/model/units.ts';

/** Days that a dossier may stay in a state; null: as long as it likes. */
export type Deadlines = Readonly<Record<DossierState, number | null>>;

export const DAY_MS = 86_400_000;

export const DEFAULT_DEADLINES: Deadlines = {
  signalled: 14,
  // Also how long an invitation's link is good, unless the invitation says otherwise.
  asked: 28,
  suffices: null,
  too_costly: null,
  wants_better: 42,
  offer: 30,
  maatwerk: 90,
  // Half a year, as in the scheme of 2017: laid within 6 months of the grant.
  ordered: 184,
  // A verdict's window of 28 days, and two weeks to begin measuring.
  delivered: 42,
  closed: null,
};

const FORM = `must be STATE=DAYS,STATE=DAYS such as asked=21,offer=14; states are ${DOSSIER_STATES.join(', ')}, days 1 to 3660, or - for none`;

/** `STATE=DAYS,…` → the defaults with these changed. */
export function deadlinesSetting(): z.ZodType<Deadlines> {
  return z.string(FORM).transform((text, context) => {
    const changed: Partial<Record<DossierState, number | null>> = {};
    for (const part of text.split(',')) {
      const [name = '', days = ''] = part.split('=').map((side) => side.trim());
      const state = dossierStateSchema.safeParse(name);
      const isNumber = /^[1-9]\d{0,3}$/.test(days) && Number(days) <= 3660;
      if (!state.success || !(isNumber || days === '-')) {
        context.addIssue(FORM);
        return z.NEVER;
      }
      changed[state.data] = isNumber ? Number(days) : null;
    }
    return { ...DEFAULT_DEADLINES, ...changed };
  });
}

/**
 * When the dossier must have moved on; undefined: no deadline. Set aside, its own end date counts
 * alone. `asked` ends when the school's time to answer does, `ordered` on the promised day.
 */
export function dueAt(dossier: Dossier, deadlines: Deadlines): EpochMs | undefined {
  const { state, setAside, asked, order, offers } = dossier;
  if (setAside !== null) {
    return setAside.until === null ? undefined : endOfDay(setAside.until);
  }
  if (state === 'asked' && asked !== null) return Date.parse(asked.answerBy);
  if (state === 'ordered' && order?.deliveryBy != null) return endOfDay(order.deliveryBy);
  const days = deadlines[state];
  const due = days === null ? undefined : Date.parse(dossier.since) + days * DAY_MS;
  if (state !== 'offer') return due;
  // Nothing is left to decide on once the last offer has lapsed.
  const lapses = offers.map(({ validUntil }) => endOfDay(validUntil));
  return lapses.length === 0 ? due : Math.min(due ?? Number.POSITIVE_INFINITY, Math.max(...lapses));
}

/** Midnight UTC after the day: within two hours of the schools' own. */
function endOfDay(day: string): EpochMs {
  return Date.parse(day) + DAY_MS;
}
