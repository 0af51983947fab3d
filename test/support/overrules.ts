// An overrule to begin with: ten days of `meets` for De Peelschool.
import type { Overrule } from '#shared/model/overrule.ts';

export function overruleOf(change: Partial<Overrule> = {}): Overrule {
  return {
    id: 'o1',
    locationId: '16SW03',
    outcome: 'meets',
    reason: 'a new line was delivered on Monday',
    author: { id: 'p1', name: 'Beheer' },
    createdAt: '2026-03-02T00:00:00.000Z',
    endsAt: '2026-03-12T00:00:00.000Z',
    ...change,
  };
}
