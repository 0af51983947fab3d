// The impure part of alerts: reads from the stores what conditions.ts judges. Verdicts on lines are
// read as they change, all of them once at the start.
import { isRunning, type Line } from '#shared/model/line.ts';
import type { Norm } from '#shared/model/norm.ts';
import type { EpochMs, Ms } from '#shared/model/units.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import { type Calendar, createCalendar } from '../assessment/calendar.ts';
import { gather } from '../assessment/gather.ts';
import { activeOverrule, standingOutcome } from '../assessment/overrule.ts';
import { countsForCapacity } from '../assessment/samples.ts';
import { SETTLES_AFTER_MS, settledVerdict } from '../assessment/settled.ts';
import { windowOf } from '../assessment/window.ts';
import type { Device, Registry } from '../registry/registry.ts';
import type { SeriesStore } from '../series/series.ts';
import type { BelowTest, BelowTests } from './confirm-below.ts';
import type {
  AlertFacts,
  ContactFact,
  LevelFact,
  ServerFact,
  StandingFact,
  TurningFact,
} from './facts.ts';

export interface GatherFactsOptions {
  readonly registry: Pick<
    Registry,
    | 'alerts'
    | 'devices'
    | 'lines'
    | 'locations'
    | 'overrules'
    | 'predecessors'
    | 'serverFaults'
    | 'verdictHistory'
  >;
  readonly series: Pick<SeriesStore, 'query'>;
  readonly servers: () => readonly ServerFact[];
  readonly norm: Norm;
  readonly listeningSince: EpochMs;
}

const FAULTS_MS: Ms = 2 * 86_400_000;
const PAGE = 500;
/** What was judged while the last look was made. */
const OVERLAP_MS: Ms = 60_000;

export class FactGatherer {
  readonly #options: GatherFactsOptions;
  readonly #calendar: Calendar;
  /** By line: the changes of level that its newest verdict tells of. */
  readonly #levels = new Map<string, readonly LevelChange[]>();
  #judgedUpTo: EpochMs = 0;

  constructor(options: GatherFactsOptions) {
    this.#options = options;
    this.#calendar = createCalendar(options.norm.timeZone);
  }

  /** `openKeys`: conditions of open incidents, which need no confirming. */
  async gather(now: EpochMs, openKeys: { has(key: string): boolean }): Promise<AlertFacts> {
    const { registry, servers, listeningSince } = this.#options;
    const [locations, lines, devices, faults] = await Promise.all([
      registry.locations(undefined),
      registry.lines(),
      registry.devices(),
      registry.serverFaults.find({ from: now - FAULTS_MS, to: now }),
    ]);
    await this.#readLevels();
    const running = lines.filter(isRunning);
    const linesAt = Map.groupBy(running, ({ locationId }) => locationId);
    const measured = new Set(devices.map(({ locationId }) => locationId));
    return {
      places: locations.map(({ id, municipality, province }) => ({
        id,
        ...(municipality === undefined ? {} : { municipality }),
        ...(province === undefined ? {} : { province }),
        providers: (linesAt.get(id) ?? []).flatMap(({ role, provider }) =>
          role === 'main' && provider !== undefined ? [provider] : [],
        ),
        isMeasured: measured.has(id),
      })),
      ...(await this.#standing(now, openKeys)),
      levels: running.flatMap((line) => this.#levelsOf(line)),
      contacts: contactsOf(running, devices),
      ...{ faults, servers: servers(), listeningSince },
    };
  }

  async #standing(
    now: EpochMs,
    openKeys: { has(key: string): boolean },
  ): Promise<Pick<AlertFacts, 'standing' | 'turning'>> {
    const { registry } = this.#options;
    const overrules = Map.groupBy(await registry.overrules(), ({ locationId }) => locationId);
    const ids = new Set([...(await registry.alerts.locationsEverBelow()), ...overrules.keys()]);
    const standingFacts: StandingFact[] = [];
    const turning: TurningFact[] = [];
    for (const locationId of ids) {
      const history = await registry.verdictHistory(locationId);
      const { settled, since, pending } = settledVerdict(history, now);
      const overrule = activeOverrule(overrules.get(locationId) ?? [], now);
      const standing = standingOutcome(settled, overrule);
      if (overrule === undefined && pending?.verdict.outcome === 'below') {
        const from = pending.settlesAt - SETTLES_AFTER_MS;
        turning.push({ locationId, since: from, tests: await this.#belowTests(locationId, now) });
      }
      if (standing === undefined) continue;
      const from = overrule === undefined ? (since ?? now) : Date.parse(overrule.createdAt);
      const isToConfirm =
        standing.by === 'verdict' &&
        standing.outcome === 'below' &&
        !openKeys.has(`below:${locationId}`);
      const tests = isToConfirm ? { tests: await this.#belowTests(locationId, now) } : {};
      standingFacts.push({ locationId, ...standing, since: from, ...tests });
    }
    return { standing: standingFacts, turning };
  }

  async #belowTests(locationId: string, now: EpochMs): Promise<BelowTests> {
    const { registry, series, norm } = this.#options;
    const lines = await gather({ registry, series }, locationId, norm, now, {
      calendar: this.#calendar,
    });
    const { from, to } = windowOf(norm, now);
    const places = [locationId, ...(await registry.predecessors(locationId))];
    const servers = new Map<string, string>();
    for (const place of places) {
      const tests = await series.query({
        ...{ locationId: place, from, to: to + 1, kind: 'throughput' },
      });
      for (const { measurement } of tests)
        servers.set(measurement.id, measurement.conditions.server);
    }
    return lines
      .filter(({ line }) => line.role === 'main')
      .map(({ evidence }) =>
        evidence.tests.filter(countsForCapacity).flatMap((test): BelowTest[] => {
          const outcomes = [test.download?.outcome, test.upload?.outcome];
          const isFail = outcomes.includes('fail');
          if (!isFail && !outcomes.includes('pass')) return [];
          const { id, deviceId, startedAt } = test;
          return [{ id, deviceId, startedAt, isFail, server: servers.get(id) ?? '' }];
        }),
      );
  }

  async #readLevels(): Promise<void> {
    const { alerts } = this.#options.registry;
    const since = this.#judgedUpTo - OVERLAP_MS;
    let upTo = this.#judgedUpTo;
    for (let after = ''; ; ) {
      const rows = await alerts.lineVerdictsAfter(after, since, PAGE);
      for (const { lineId, verdict, judgedAt } of rows) {
        this.#levels.set(lineId, levelChangesIn(verdict));
        upTo = Math.max(upTo, judgedAt);
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) break;
      after = last.lineId;
    }
    this.#judgedUpTo = upTo;
  }

  #levelsOf({ id, locationId, name, provider }: Line): readonly LevelFact[] {
    return (this.#levels.get(id) ?? []).map((change) => ({
      ...{ locationId, lineId: id, lineName: name, ...change },
      ...(provider === undefined ? {} : { provider }),
    }));
  }
}

type LevelChange = Pick<LevelFact, 'direction' | 'at' | 'before' | 'after'>;

function levelChangesIn({ reasons }: Verdict): readonly LevelChange[] {
  return reasons.flatMap(({ rule, direction, observed, detail }) => {
    if (rule !== 'level_changed' || direction === undefined || observed === undefined) return [];
    const at = Date.parse(String(detail?.at));
    const before = Number(detail?.before);
    return Number.isNaN(at) || Number.isNaN(before)
      ? []
      : [{ direction, at, before, after: observed }];
  });
}

function contactsOf(lines: readonly Line[], devices: readonly Device[]): readonly ContactFact[] {
  const heardAt = (some: readonly Device[]) =>
    Math.max(...some.map(({ lastContactAt, enrolledAt }) => lastContactAt ?? enrolledAt));
  const byLine = Map.groupBy(devices, ({ lineId }) => lineId);
  const byLocation = Map.groupBy(devices, ({ locationId }) => locationId);
  return lines.flatMap(({ id, locationId, name, provider }) => {
    const own = byLine.get(id) ?? [];
    if (own.length === 0) return [];
    const others = (byLocation.get(locationId) ?? []).filter(({ lineId }) => lineId !== id);
    return [
      {
        ...{ locationId, lineId: id, lineName: name, heardAt: heardAt(own) },
        ...(provider === undefined ? {} : { provider }),
        ...(others.length === 0 ? {} : { otherHeardAt: heardAt(others) }),
      },
    ];
  });
}
