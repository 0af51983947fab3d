// Who is to be told of what, that he was not told of yet. Pure; asked again after a crash, it answers
// the same.
import type { Incident, IncidentKind, Member, Recipient } from '#shared/model/incident.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Notice } from './alert-store.ts';
import { dueAt } from './due.ts';

/** A recipient with what he may see: null stands for what is of no location. */
export interface Listener {
  readonly recipient: Recipient;
  readonly sees: (locationId: string | null) => boolean;
  /** Whether it is open still: what a closed one leaves behind is not mended. */
  readonly isOpen?: (locationId: string | null) => boolean;
}

/** A growing incident is told again when there is this much more of it. */
const GROWN = 2;
/** That these are over is no news: nothing was mended. */
const WITHOUT_END: readonly IncidentKind[] = ['level_fell', 'level_rose'];

/** `last`: the newest notice on the incident to the recipient. */
export function noticeOf(
  incident: Incident,
  { recipient, sees, isOpen = () => true }: Listener,
  last: Notice | undefined,
  now: EpochMs,
): Notice | undefined {
  // The one that it became part of is told.
  if (incident.mergedInto !== null) return undefined;
  if (recipient.kinds !== null && !recipient.kinds.includes(incident.kind)) return undefined;
  const members = membersFor(incident, sees);
  const weight = weightOf(members);
  if (weight === 0) return undefined;
  const isLeftBehind = !members.some(({ locationId }) => isOpen(locationId));
  if (incident.closedAt !== null && isLeftBehind) return undefined;
  const event = eventOf(incident, weight, recipient, last);
  if (event === undefined) return undefined;
  const told = { recipientId: recipient.id, incidentId: incident.id };
  return { ...told, event, weight, at: now, dueAt: dueAt(recipient, now) };
}

export function membersFor({ members }: Incident, sees: Listener['sees']): readonly Member[] {
  return members.filter(({ locationId }) => sees(locationId));
}

function eventOf(
  incident: Incident,
  weight: number,
  recipient: Recipient,
  last: Notice | undefined,
): Notice['event'] | undefined {
  if (incident.closedAt !== null) {
    const isTold = last !== undefined && last.event !== 'closed';
    return isTold && !WITHOUT_END.includes(incident.kind) ? 'closed' : undefined;
  }
  if (last === undefined) {
    // What was open before he was there is on the page.
    return incident.openedAt < recipient.createdAt ? undefined : 'opened';
  }
  const isSeenTo = incident.acknowledgements.some(({ boardIds }) => covers(boardIds, recipient));
  return !isSeenTo && weight >= GROWN * last.weight ? 'updated' : undefined;
}

/** Who sees to it for his own boards does not see to it for others. */
function covers(boardIds: readonly string[] | null, recipient: Recipient): boolean {
  if (boardIds === null) return true;
  return recipient.boardIds?.every((id) => boardIds.includes(id)) ?? false;
}

/** A line that is gone after having been at risk counts twice: it is told again. */
function weightOf(members: readonly Member[]): number {
  return members.length + members.filter(({ detail }) => detail.stage === 'gone').length;
}
