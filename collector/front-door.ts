// The port that agents and people come to: API, pages and the agents' gateway on one server, with
// ingest and judgement behind them. Stops the gateway first, so that what agents were promised is
// written before the stores close.
import { type KeyObject, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { DEFAULT_PLAN, DEFAULT_PROBES } from '#shared/model/plan.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Random } from '#shared/runtime/random.ts';
import { aborted, type Service } from '#shared/runtime/service.ts';
import { alertParts, serverFactOf } from './alert-parts.ts';
import { buildApi } from './api/app.ts';
import { createLocalAuthenticator } from './api/authenticator.ts';
import type { ApiDeps } from './api/deps.ts';
import { createSessions } from './api/sessions.ts';
import type { Setup } from './api/setup.ts';
import { unjudged } from './assessment/assess.ts';
import { explain } from './assessment/explain.ts';
import type { Judge } from './assessment/judge.ts';
import type { SchoolHolidays } from './assessment/school-holidays.ts';
import { createJudge } from './assessment/series-judge.ts';
import { type Bound, publicUrlOf } from './config/addresses.ts';
import { normOf } from './config/norm.ts';
import { clientAddress, trustedProxy } from './config/proxies.ts';
import type { CollectorSettings } from './config/settings.ts';
import { dossierParts } from './dossier-parts.ts';
import type { Schemes } from './dossiers/subsidy/schemes.ts';
import { createEvidenceDesk } from './evidence-pack/desk.ts';
import { createEnrolment, newEnrolmentCode } from './gateway/enrolment.ts';
import { openGateway } from './gateway/gateway.ts';
import { createIngest } from './ingest/ingest.ts';
import { createLiveEvents, type LiveEvents } from './live.ts';
import { createMeasureServers } from './measure-servers.ts';
import { createPlanningDesk } from './planning/planning-desk.ts';
import { pruneRaw } from './prune-raw.ts';
import { refreshVerdicts } from './refresh-verdicts.ts';
import type { Registry } from './registry/registry.ts';
import type { RawStore } from './series/raw.ts';
import type { SeriesStore, StoredMeasurement } from './series/series.ts';
import { createSlots } from './slots/slots.ts';
import { COLLECTOR_VERSION } from './version.ts';
import { watchServerFaults } from './watch-server-faults.ts';

export interface FrontDoorOptions {
  readonly settings: CollectorSettings;
  readonly registry: Registry;
  readonly series: SeriesStore;
  readonly raw: RawStore;
  readonly setup: Setup;
  /** Signs slots for the measure server. */
  readonly key: Uint8Array;
  /** Signs evidence packs. */
  readonly evidenceKey: KeyObject;
  /** Asked once the measure server listens. */
  readonly meetpuntUrl: () => string;
  readonly schemes: Schemes;
  readonly holidays: SchoolHolidays;
  readonly meetpuntBound: () => Bound;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly operatorToken?: string;
  readonly onListening: (bound: Bound) => void;
}

/** Bound of the plan; two on different networks are enough to tell the line from a server. */
const MAX_WATCH_SERVERS = 8;
const PAGES = join(import.meta.dirname, 'dashboard', 'dist');

export function frontDoor(options: FrontDoorOptions): Service {
  return {
    name: 'front door',
    run: async (signal, ready) => {
      const { settings, registry, series, raw, holidays, clock, random, log } = options;
      const norm = normOf(settings);
      const newId = () => randomUUID();
      const isTrustedProxy = trustedProxy(settings.trustProxy);
      const events = createLiveEvents();
      const judge = createJudge({ registry, series, norm: () => norm, holidays, clock, log });
      const faults = watchServerFaults({ registry, series, judge, events, norm, clock, log });
      const measureServers = createMeasureServers(options);
      const onStored = (records: readonly StoredMeasurement[]) => {
        faults.stored(records);
        measureServers.stored(records);
      };
      const ingest = createIngest({ series, raw, judge, onStored, events, clock, log });
      const slots = createSlots({
        servers: measureServers.list,
        ...{ key: options.key, clock, random, newId, log },
        avoid: (deviceId) => alerts.avoid(deviceId),
      });
      let bound: Bound = settings;
      const dossiers = dossierParts({
        ...{ settings, registry, events, newId, clock, random, log, schemes: options.schemes },
        pagesUrl: () => publicUrlOf(settings, bound),
      });
      await using gateway = openGateway({
        ...{ registry, ingest, slots, events, clock, random, log },
        plan: {
          ...DEFAULT_PLAN,
          norm,
          // Read at each greeting: a measure server that was restarted may be at another port.
          get latency() {
            return { server: measureServers.first(), ...DEFAULT_PROBES };
          },
          get availability() {
            return {
              servers: measureServers
                .list()
                .map(({ url }) => url)
                .slice(0, MAX_WATCH_SERVERS),
            };
          },
        },
        addressOf: (request) => clientAddress(request, isTrustedProxy),
      });
      const alerts = alertParts({
        ...{ settings, registry, series, norm, events, newId, clock, random, log },
        servers: () =>
          measureServers.list().map(({ url }) => serverFactOf(url, measureServers.condition(url))),
        pagesUrl: () => publicUrlOf(settings, bound),
      });
      const app = await buildApi({
        ...{ registry, series, raw, events, setup: options.setup, norm, newId, clock, random, log },
        ...optional(options),
        devices: gateway,
        polling: gateway.polling,
        care: gateway.care,
        measureServers: () =>
          measureServers.list().map(({ url, capacity }) => ({
            ...{ url, slots: capacity, inUse: slots.inUse(url) },
            condition: measureServers.condition(url),
          })),
        isTrustedProxy,
        authenticator: createLocalAuthenticator(registry, clock),
        sessions: createSessions({ registry, clock, random }),
        dossiers: dossiers.api,
        outageRules: {
          minOutageMs: 1000 * settings.minOutageSeconds,
          maintenance: settings.maintenance ?? [],
        },
        alerts: alerts.api,
        unjudged: (now) => unjudged(norm, now),
        judge,
        explain,
        planning: createPlanningDesk({ registry, series, norm, schemes: options.schemes, clock }),
        evidence: createEvidenceDesk({
          ...{ registry, series, norm, holidays, clock, key: options.evidenceKey },
          version: COLLECTOR_VERSION,
        }),
        enrol: judgedAfter(createEnrolment({ registry, clock, newId }), { judge, events, log }),
        newEnrolmentCode: () => newEnrolmentCode(random),
        pagesFolder: PAGES,
      });
      gateway.attach(app.server);
      const refresh = refreshVerdicts({ registry, judge, events, norm, clock, log });
      try {
        bound = await listen(app, settings);
        options.onListening(bound);
        const refreshing = refresh.run(signal, ready);
        const watching = faults.run(signal, () => {});
        const looking = measureServers.watch.run(signal, () => {});
        const pruning = pruneRaw({ raw, days: settings.rawDays, clock, log }).run(signal, () => {});
        const cases = [...dossiers.services, ...alerts.services].map((service) =>
          service.run(signal, () => {}),
        );
        await aborted(signal);
        await gateway[Symbol.asyncDispose]();
        await Promise.all([refreshing, watching, looking, pruning, ...cases]);
      } finally {
        await gateway[Symbol.asyncDispose]();
        await app.close();
        await ingest.settled();
      }
    },
  };
}

/** A new device turns "nothing is known here" into "no test yet", which no test will say. */
function judgedAfter(
  enrol: ApiDeps['enrol'],
  { judge, events, log }: { judge: Judge; events: LiveEvents; log: Logger },
): ApiDeps['enrol'] {
  return async (request) => {
    const enrolled = await enrol(request);
    // Not waited for: the code is used up, and the device must have its answer in time.
    judge.judge(enrolled.locationId).then(
      () => events.changed(enrolled.locationId),
      (error: unknown) =>
        log.warn('no verdict after an enrolment; the first measurement brings one', { error }),
    );
    return enrolled;
  };
}

function optional({ operatorToken, settings: { publicUrl } }: FrontDoorOptions) {
  return {
    ...(operatorToken === undefined ? {} : { operatorToken }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
  };
}

/** Throws `address_in_use`, or `bad_settings` for an address that this machine does not have. */
async function listen(app: FastifyInstance, { host, port }: CollectorSettings): Promise<Bound> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new AppError(
        'address_in_use',
        `port ${port} of ${host} is taken by another process; stop it, or set MEETNET_PORT to another port`,
        { cause },
      );
    }
    throw new AppError(
      'bad_settings',
      `cannot listen on MEETNET_HOST ${host}, MEETNET_PORT ${port}: ${message}`,
      { cause },
    );
  }
  const address = app.server.address();
  return { host, port: typeof address === 'object' && address !== null ? address.port : port };
}
