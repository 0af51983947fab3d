// The collector's real API and pages over real stores, in this process, so that a test can put
// measurements in, stop it and start it again. No agents' gateway: who is connected is said here.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { buildApi } from '#collector/api/app.ts';
import { createLocalAuthenticator } from '#collector/api/authenticator.ts';
import { createSessions } from '#collector/api/sessions.ts';
import { createSetup } from '#collector/api/setup.ts';
import { unjudged } from '#collector/assessment/assess.ts';
import { explain } from '#collector/assessment/explain.ts';
import { createJudge } from '#collector/assessment/series-judge.ts';
import type { DossierParts } from '#collector/dossier-parts.ts';
import { createEvidenceDesk } from '#collector/evidence-pack/desk.ts';
import { createEnrolment, newEnrolmentCode } from '#collector/gateway/enrolment.ts';
import { createLiveEvents } from '#collector/live.ts';
import { createPlanningDesk } from '#collector/planning/planning-desk.ts';
import type { Registry } from '#collector/registry/registry.ts';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import type { SeriesStore } from '#collector/series/series.ts';
import { openSqliteSeries } from '#collector/series/sqlite.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import { noAlerts } from '#test/support/alerts.ts';
import { testDossierParts } from './dossiers.ts';
import { freePort, ROOT } from './process.ts';
import { silentLog } from './silent-log.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface DashboardServer extends AsyncDisposable {
  readonly url: string;
  readonly registry: Registry;
  readonly series: SeriesStore;
  readonly dossiers: DossierParts;
  /** Ids of the devices that are connected now. */
  readonly connected: Set<string>;
  /** A fresh link for the first account. */
  setupUrl(): Promise<string>;
  /** Enrols a device at the location; resolves with its id. */
  enrol(locationId: string, name: string, position?: 'in_path' | 'off_path'): Promise<string>;
  /** Stores the measurements, judges the location anew, and tells who listens. */
  record(locationId: string, measurements: readonly Measurement[]): Promise<void>;
  /** Ends every connection; the stores stay open. */
  stop(): Promise<void>;
  /** On the same port. */
  start(): Promise<void>;
}

const PAGES = join(ROOT, 'collector', 'dashboard', 'dist');

export async function startDashboardServer(): Promise<DashboardServer> {
  const folder = await temporaryFolder();
  const [clock, random, log] = [systemClock, systemRandom, silentLog];
  const registry = await openSqliteRegistry({ path: join(folder.path, 'registry.db'), clock, log });
  const series = await openSqliteSeries({ path: join(folder.path, 'series.db') });
  const norm = NORM_500_40;
  const newId = () => randomUUID();
  const events = createLiveEvents();
  const judge = createJudge({ registry, series, norm: () => norm, clock, log });
  const setup = createSetup({ registry, random, newId });
  const connected = new Set<string>();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;

  const dossiers = await testDossierParts({ registry, events, clock, pagesUrl: url });

  const listen = async () => {
    const app = await buildApi({
      ...{ registry, series, events, setup, norm, newId, clock, random, log },
      devices: { isConnected: (id) => connected.has(id) },
      measureServers: () => [],
      authenticator: createLocalAuthenticator(registry, clock),
      sessions: createSessions({ registry, clock, random }),
      dossiers: dossiers.api,
      alerts: noAlerts,
      unjudged: (now) => unjudged(norm, now),
      judge,
      explain,
      planning: createPlanningDesk({
        ...{ registry, series, norm, clock, schemes: dossiers.api.schemes },
      }),
      evidence: createEvidenceDesk({
        ...{ registry, series, norm, clock, version: '0.1.0' },
        key: generateKeyPairSync('ed25519').privateKey,
      }),
      enrol: createEnrolment({ registry, clock, newId }),
      newEnrolmentCode: () => newEnrolmentCode(random),
      pagesFolder: PAGES,
    });
    await app.listen({ host: '127.0.0.1', port });
    return app;
  };
  let app: Awaited<ReturnType<typeof listen>> | undefined = await listen();

  const stop = async () => {
    const running = app;
    app = undefined;
    running?.server.closeAllConnections();
    await running?.close();
  };
  return {
    url,
    registry,
    series,
    dossiers,
    connected,
    setupUrl: async () => `${url}/setup?token=${await setup.newToken()}`,
    enrol: async (locationId, name, position = 'in_path') => {
      const code = newEnrolmentCode(random);
      await registry.addEnrolmentCode(code, locationId, clock.now() + 60_000);
      const id = newId();
      const publicKey = Buffer.from(random.bytes(44)).toString('base64url');
      const device = { id, name, position, publicKey, agentVersion: '0.1.0' };
      await registry.enrol(code, device, clock.now());
      events.changed(locationId);
      return id;
    },
    record: async (locationId, measurements) => {
      const receivedAt = clock.now();
      await series.write(
        measurements.map((measurement) => {
          const startedAt = Date.parse(measurement.startedAt);
          return { measurement, locationId, startedAt, receivedAt };
        }),
      );
      await judge.judge(locationId);
      events.changed(locationId);
    },
    stop,
    start: async () => {
      app = await listen();
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
      await series[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
