// What is wrong now, one condition for each thing: from the facts, by rules that a person can read.
// Pure; the order of the facts does not matter.
import type { Cause, Condition, Detail } from '#shared/model/incident.ts';
import type { EpochMs, Ms } from '#shared/model/units.ts';
import type { Outcome } from '#shared/model/verdict.ts';
import { type ConfirmContext, confirmBelow } from './confirm-below.ts';
import type { AlertFacts, ContactFact, LevelFact, Place, StandingFact } from './facts.ts';

const HOUR_MS: Ms = 3_600_000;
const DAY_MS: Ms = 24 * HOUR_MS;
/** Silence: a line is at risk after a week and gone after four. */
export const AT_RISK_MS: Ms = 7 * DAY_MS;
export const GONE_MS: Ms = 28 * DAY_MS;
/** Devices come back within minutes of the collector's own. */
const LISTENING_MS: Ms = HOUR_MS;
/** Another line's device was heard since: there is power, so it is this line or its device. */
const HEARD_MS: Ms = DAY_MS;
/** A change of level is news for as long. */
const LEVEL_NEWS_MS: Ms = 14 * DAY_MS;
/** A measure server's fault lasts until no lines fell together for as long. */
const FAULT_NEWS_MS: Ms = DAY_MS;
/** A server that is away for longer is none to wait for. */
const LOST_MS: Ms = DAY_MS;
/** That a server was down for minutes is in the log. */
const AWAY_MS: Ms = 15 * 60_000;
/** What a verdict says of the line; nothing else ends a `below`. */
const ON_THE_LINE: readonly Outcome[] = ['meets', 'intermittent'];

/**
 * `openKeys`: conditions of which an incident is open already, that only the opposite ends: where the
 * evidence has run dry since, they go on.
 */
export function conditionsOf(
  facts: AlertFacts,
  now: EpochMs,
  openKeys: ReadonlyMap<string, Condition> = new Map(),
): readonly Condition[] {
  const places = new Map(facts.places.map((place) => [place.id, place]));
  const found = [
    ...facts.standing.flatMap((fact) =>
      belowOf(fact, places, confirmContextOf(fact, facts, now), openKeys),
    ),
    ...levelsOf(facts.levels, places, openKeys, now),
    ...(now - facts.listeningSince < LISTENING_MS
      ? silencesThatWere(openKeys, facts)
      : facts.contacts.flatMap((fact) => silenceOf(fact, places, now))),
    ...faultsOf(facts, now),
    ...facts.servers.flatMap((server) => awayOf(server, now)),
  ];
  return found.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** What a verdict `below` is confirmed against. */
export function confirmContextOf(
  { since }: Pick<StandingFact, 'since'>,
  { servers }: Pick<AlertFacts, 'servers'>,
  now: EpochMs,
): ConfirmContext {
  const isLost = (awaySince: EpochMs | undefined) =>
    awaySince !== undefined && now - awaySince >= LOST_MS;
  return {
    serverCount: servers.filter(({ awaySince }) => !isLost(awaySince)).length,
    stoodMs: now - since,
  };
}

function belowOf(
  fact: StandingFact,
  places: ReadonlyMap<string, Place>,
  context: ConfirmContext,
  openKeys: ReadonlyMap<string, Condition>,
): readonly Condition[] {
  const place = places.get(fact.locationId);
  if (place === undefined) return [];
  const key = `below:${fact.locationId}`;
  const open = openKeys.get(key);
  if (fact.outcome !== 'below') {
    const isSilentOnIt = fact.by === 'verdict' && !ON_THE_LINE.includes(fact.outcome);
    return open?.detail.by === 'verdict' && isSilentOnIt ? [open] : [];
  }
  if (open !== undefined) return [open];
  const base = { key, kind: 'below', since: fact.since, locationId: place.id } as const;
  if (fact.by === 'overrule') {
    return [{ ...base, causes: causesOf(place), detail: { by: 'overrule' } }];
  }
  const confirmed = confirmBelow(fact.tests ?? [], context);
  if (confirmed.state === 'waiting') return [];
  const { failed, of, secondServer, servers } = confirmed;
  // Failing on two of them, a line shares no server's fault.
  const server = servers.length === 1 ? servers[0] : undefined;
  return [
    {
      ...base,
      causes: causesOf(place, place.providers, server),
      detail: { by: 'verdict', failed, of, secondServer, servers: servers.join(' ') },
    },
  ];
}

/**
 * A change that was told stays news for its two weeks, as it was told: one more test can make it less
 * certain, or date it otherwise, and that is no new change.
 */
function levelsOf(
  levels: readonly LevelFact[],
  places: ReadonlyMap<string, Place>,
  openKeys: ReadonlyMap<string, Condition>,
  now: EpochMs,
): readonly Condition[] {
  const told = [...openKeys.values()].filter(
    ({ kind, locationId, since }) =>
      (kind === 'level_fell' || kind === 'level_rose') &&
      places.has(locationId ?? '') &&
      now - since < LEVEL_NEWS_MS,
  );
  const isTold = new Set(told.map(({ key }) => key));
  const found = levels.flatMap((fact) => levelOf(fact, places, now));
  return [...told, ...found.filter(({ key }) => !isTold.has(key))];
}

function levelOf(
  fact: LevelFact,
  places: ReadonlyMap<string, Place>,
  now: EpochMs,
): readonly Condition[] {
  const { locationId, lineId, lineName, provider, direction, at, before, after } = fact;
  const place = places.get(locationId);
  if (place === undefined || now - at >= LEVEL_NEWS_MS || at > now) return [];
  const kind = after < before ? 'level_fell' : 'level_rose';
  return [
    {
      ...{ key: `${kind}:${lineId}:${direction}`, kind, since: at, locationId },
      causes: causesOf(place, listed(provider)),
      detail: { line: lineName, direction, before, after },
    },
  ];
}

function silenceOf(
  fact: ContactFact,
  places: ReadonlyMap<string, Place>,
  now: EpochMs,
): readonly Condition[] {
  const { locationId, lineId, lineName, provider, heardAt, otherHeardAt } = fact;
  const place = places.get(locationId);
  const silentMs = now - heardAt;
  if (place === undefined || silentMs < AT_RISK_MS) return [];
  const isOtherHeard = otherHeardAt !== undefined && now - otherHeardAt < HEARD_MS;
  const detail: Detail = {
    line: lineName,
    stage: silentMs >= GONE_MS ? 'gone' : 'at_risk',
    heardAt: new Date(heardAt).toISOString(),
    otherLine: otherHeardAt === undefined ? 'none' : isOtherHeard ? 'heard' : 'silent',
  };
  return [
    {
      ...{ key: `silent:${lineId}`, kind: 'silent', since: heardAt + AT_RISK_MS, locationId },
      causes: causesOf(place, listed(provider)),
      detail,
    },
  ];
}

/** Just after a start nothing is known of silence: what was open stays so. */
function silencesThatWere(
  openKeys: ReadonlyMap<string, Condition>,
  { contacts }: AlertFacts,
): readonly Condition[] {
  return contacts.flatMap(({ lineId }) => {
    const open = openKeys.get(`silent:${lineId}`);
    return open === undefined ? [] : [open];
  });
}

/** Of one server and direction one condition, from the first of its faults on. */
function faultsOf({ faults }: AlertFacts, now: EpochMs): readonly Condition[] {
  const recent = faults.filter(({ to }) => now - to < FAULT_NEWS_MS);
  return [...Map.groupBy(recent, (fault) => `${fault.server}:${fault.direction}`)].map(
    ([name, of]) => {
      const since = Math.min(...of.map(({ from }) => from));
      const worst = of.toSorted((a, b) => b.fallen - a.fallen || a.from - b.from)[0];
      const { server = '', direction = 'download', fallen = 0, lines = 0 } = worst ?? {};
      return {
        ...{ key: `server_fault:${name}`, kind: 'server_fault', since, locationId: null },
        ...{ causes: [], detail: { server, direction, fallen, lines } },
      };
    },
  );
}

function awayOf(
  { url, awaySince, lastError }: AlertFacts['servers'][number],
  now: EpochMs,
): readonly Condition[] {
  if (awaySince === undefined || now - awaySince < AWAY_MS) return [];
  return [
    {
      ...{ key: `server_away:${url}`, kind: 'server_away', since: awaySince, locationId: null },
      causes: [],
      detail: { server: url, ...(lastError === undefined ? {} : { lastError }) },
    },
  ];
}

function causesOf(
  { municipality, province }: Place,
  providers: readonly string[] = [],
  server?: string,
): readonly Cause[] {
  const named = (kind: Cause['kind'], names: readonly string[]) =>
    names.map((name) => ({ kind, name }));
  return [
    { kind: 'collector', name: '' },
    ...named('measure_server', listed(server)),
    ...named('provider', [...new Set(providers)]),
    ...named('municipality', listed(municipality)),
    ...named('province', listed(province)),
  ];
}

function listed(name: string | undefined): readonly string[] {
  return name === undefined ? [] : [name];
}
