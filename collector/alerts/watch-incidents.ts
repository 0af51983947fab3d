// Looks what is wrong, keeps the incidents, and writes who is to be told; and, apart, composes the
// messages whose time has come. Both go over the registry alone: what was missed by a crash is done
// at the next look.
import type { Condition, Incident } from '#shared/model/incident.ts';
import type { Location } from '#shared/model/location.ts';
import type { EpochMs, Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Service } from '#shared/runtime/service.ts';
import type { Person } from '#shared/wire/api.ts';
import type { LiveEvents } from '../live.ts';
import type { BoardScope, Registry } from '../registry/registry.ts';
import { repeating } from '../repeating.ts';
import type { NewDelivery, Notice } from './alert-store.ts';
import { populationOf } from './bursts.ts';
import { composeMail, composeWebhook, subjectOf, toTell } from './compose.ts';
import { conditionsOf } from './conditions.ts';
import { type Elsewhere, elsewhereOf } from './elsewhere.ts';
import type { FactGatherer } from './gather-facts.ts';
import type { Listener } from './notices.ts';
import { noticeOf } from './notices.ts';
import { reconcile } from './reconcile.ts';

export interface WatchIncidentsOptions {
  readonly registry: Pick<Registry, 'alerts' | 'locations' | 'people'>;
  readonly facts: Pick<FactGatherer, 'gather'>;
  /** Boards whose locations the person sees. */
  readonly scopeOf: (person: Person) => BoardScope;
  /** Told at each look which devices are to test on another measure server. */
  readonly onElsewhere: (elsewhere: Elsewhere) => void;
  readonly pagesUrl: () => string;
  readonly newId: () => string;
  readonly events: Pick<LiveEvents, 'changed'>;
  readonly clock: Clock;
  readonly log: Logger;
}

const LOOK_EVERY_MS: Ms = 5 * 60_000;
const TELL_EVERY_MS: Ms = 60_000;
const DAY_MS: Ms = 86_400_000;
/** Closed ones that somebody may still have to be told of. */
const LATELY_MS: Ms = 2 * DAY_MS;
/** An alert that comes later is no alert; it is on the page. */
const SEND_WITHIN_MS: Ms = 3 * DAY_MS;
const KEEP_MS: Ms = 90 * DAY_MS;
const ALL = 100_000;

export function watchIncidents(options: WatchIncidentsOptions): Service {
  const { clock, log } = options;
  const work = () => lookOnce(options);
  return repeating({ name: 'incident watch', everyMs: LOOK_EVERY_MS, work, clock, log });
}

export function tellIncidents(options: WatchIncidentsOptions): Service {
  const { clock, log } = options;
  const work = () => tellOnce(options);
  return repeating({ name: 'alerts', everyMs: TELL_EVERY_MS, work, clock, log });
}

/** Rejects with `store_unavailable`; asked again, it goes on where it was. */
export async function lookOnce(options: WatchIncidentsOptions): Promise<void> {
  const { registry, facts, events, clock, log } = options;
  const open = await registry.alerts.incidents({ status: 'open', limit: ALL });
  const openKeys = lastingIn(open);
  const now = clock.now();
  const found = await facts.gather(now, openKeys);
  options.onElsewhere(elsewhereOf(found, now));
  const conditions = conditionsOf(found, now, openKeys);
  const changed = reconcile(open, conditions, populationOf(found.places), now);
  if (changed.length > 0) await registry.alerts.keep(changed);
  for (const { id, kind, closedAt, openedAt, members, mergedInto } of changed) {
    const state = mergedInto === null ? (closedAt === null ? 'open' : 'closed') : 'merged';
    log.info('incident', { id, kind, state, members: members.length, isNew: openedAt === now });
    for (const { locationId } of members) if (locationId !== null) events.changed(locationId);
  }
  await writeNotices(options, now);
  await registry.alerts.tidy(now, now - KEEP_MS);
}

function lastingIn(open: readonly Incident[]): ReadonlyMap<string, Condition> {
  return new Map(
    open.flatMap(({ kind, members }) =>
      members
        .filter(({ endedAt }) => endedAt === null)
        .map(({ joinedAt: _, endedAt: __, ...member }) => [member.key, { ...member, kind }]),
    ),
  );
}

async function writeNotices(options: WatchIncidentsOptions, now: EpochMs): Promise<void> {
  const { alerts } = options.registry;
  const listeners = await listenersOf(options);
  if (listeners.length === 0) return;
  const open = await alerts.incidents({ status: 'open', limit: ALL });
  const lately = { status: 'closed', changedSince: now - LATELY_MS, limit: ALL } as const;
  const incidents = [...open, ...(await alerts.incidents(lately))];
  const last = new Map(
    (await alerts.lastNotices(incidents.map(({ id }) => id))).map((notice) => [
      `${notice.recipientId} ${notice.incidentId}`,
      notice,
    ]),
  );
  const notices = incidents.flatMap((incident) =>
    listeners.flatMap((listener) => {
      const before = last.get(`${listener.recipient.id} ${incident.id}`);
      return noticeOf(incident, listener, before, now) ?? [];
    }),
  );
  if (notices.length > 0) await alerts.addNotices(notices);
}

interface Addressed extends Listener {
  /** Where a mail to him goes. */
  readonly address: string;
  readonly locations: ReadonlyMap<string, Location>;
}

/** Those to whom something is sent, each with what he may see now. */
async function listenersOf(options: WatchIncidentsOptions): Promise<readonly Addressed[]> {
  const { registry, scopeOf } = options;
  const recipients = await registry.alerts.recipients();
  if (recipients.length === 0) return [];
  const people = new Map((await registry.people()).map((person) => [person.id, person]));
  const locations = new Map(
    (await registry.locations(undefined, 'all')).map((each) => [each.id, each]),
  );
  return recipients.flatMap((recipient) => {
    const { channel } = recipient;
    if (channel.kind === 'feed') return [];
    const person = channel.kind === 'person' ? people.get(channel.personId) : undefined;
    if (channel.kind === 'person' && person === undefined) return [];
    const scopes = [recipient.boardIds ?? undefined, person && scopeOf(person)];
    const address = person?.email ?? (channel.kind === 'mail' ? channel.address : '');
    const isOpen = (id: string | null) => id === null || locations.get(id)?.closed === undefined;
    return [{ recipient, address, locations, sees: seesOf(scopes, locations), isOpen }];
  });
}

function seesOf(
  scopes: readonly BoardScope[],
  locations: ReadonlyMap<string, Location>,
): Listener['sees'] {
  const limits = scopes.filter((scope) => scope !== undefined).map((scope) => new Set(scope));
  return (locationId) => {
    if (locationId === null) return limits.length === 0;
    const boardId = locations.get(locationId)?.boardId;
    return boardId !== undefined && limits.every((limit) => limit.has(boardId));
  };
}

/** One message to each recipient whose time has come. */
export async function tellOnce(options: WatchIncidentsOptions): Promise<void> {
  const { registry, clock, log } = options;
  const due = await registry.alerts.dueNotices(clock.now());
  if (due.length === 0) return;
  const listeners = new Map(
    (await listenersOf(options)).map((listener) => [listener.recipient.id, listener]),
  );
  const incidents = new Map<string, Incident>();
  for (const id of new Set(due.map(({ incidentId }) => incidentId))) {
    const incident = await registry.alerts.incident(id);
    if (incident !== undefined) incidents.set(id, incident);
  }
  for (const [recipientId, notices] of Map.groupBy(due, (notice) => notice.recipientId)) {
    const delivery = deliveryTo(options, listeners.get(recipientId), notices, incidents);
    await registry.alerts.tell(notices, delivery);
    if (delivery !== undefined) {
      log.info('alert written', { recipient: recipientId, incidents: delivery.incidentIds.length });
    }
  }
}

function deliveryTo(
  options: WatchIncidentsOptions,
  listener: Addressed | undefined,
  notices: readonly Notice[],
  incidents: ReadonlyMap<string, Incident>,
): NewDelivery | undefined {
  if (listener === undefined) return undefined;
  const { recipient, sees, address, locations } = listener;
  // What he may see can be less than it was.
  const items = toTell(notices, incidents).filter(({ incident }) =>
    incident.members.some(({ locationId }) => sees(locationId)),
  );
  if (items.length === 0) return undefined;
  const now = options.clock.now();
  const id = options.newId();
  const nameOf = (locationId: string) =>
    `${locations.get(locationId)?.name ?? ''} (${locationId})`.trim();
  const context = { sees, nameOf, pagesUrl: options.pagesUrl() };
  const base = { recipientId: recipient.id, incidentIds: items.map(({ incident }) => incident.id) };
  const sendBefore = now + SEND_WITHIN_MS;
  if (recipient.channel.kind === 'webhook') {
    const { url } = recipient.channel;
    const subject = subjectOf(items, recipient.language, context);
    const body = composeWebhook(items, id, now, context);
    return {
      ...base,
      message: { channel: 'webhook', webhook: { id, url, subject, body, sendBefore } },
    };
  }
  const mail = { id, to: address, sendBefore, ...composeMail(items, recipient, context) };
  return { ...base, message: { channel: 'mail', mail } };
}
