// What a standing verdict does to a dossier: it alone closes one, and it alone reopens one. What an
// operator overrules counts like what was measured, but proves no delivery. Pure.
import type { Dossier, DossierState, StandingVerdict } from '#shared/model/dossier.ts';

type Standing = Pick<Dossier, 'state' | 'since' | 'setAside' | 'steps'>;

/**
 * The state after `verdict`, the same one where it changes nothing:
 * - delivered, and it was measured to be `meets` since, or on younger evidence alone: `closed`;
 * - delivered, and all evidence since says `below`: `signalled` again;
 * - closed, and it became `below` after the `meets` that closed it: `signalled` again. A `below` that
 *   began between a day of `meets` and the look that closed the dossier counts: it stands a day later.
 * While a dossier is set aside nothing moves it.
 */
export function stateAfterVerdict(dossier: Standing, verdict: StandingVerdict): DossierState {
  if (dossier.setAside !== null) return dossier.state;
  const entered = Date.parse(dossier.since);
  const isLater = Date.parse(verdict.since) > entered;
  const isAllLater = Date.parse(verdict.evidenceFrom) >= entered;
  if (dossier.state === 'delivered') {
    // The window holds tests of the old line for a while: they say nothing of the new one.
    const isMeasured = verdict.overrule === undefined;
    if (verdict.outcome === 'meets' && isMeasured && (isLater || isAllLater)) return 'closed';
    if (verdict.outcome === 'below' && isAllLater) return 'signalled';
  }
  if (dossier.state === 'closed' && verdict.outcome === 'below') {
    if (Date.parse(verdict.since) > metSince(dossier)) return 'signalled';
  }
  return dossier.state;
}

/** Since when measurements said `meets`, when that closed the dossier. */
function metSince({ since, steps }: Pick<Standing, 'since' | 'steps'>): number {
  for (const { at, event } of steps.toReversed()) {
    const isClosing = event.kind === 'measured' && event.verdict.outcome === 'meets';
    if (at === since && isClosing && event.verdict.overrule === undefined) {
      return Date.parse(event.verdict.since);
    }
  }
  return Date.parse(since);
}
