// The API over real stores in a folder of its own, with a clock that tests move. Requests go
// through the real app (inject), or over a real socket where a test listens.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { buildApi } from '#collector/api/app.ts';
import { createLocalAuthenticator } from '#collector/api/authenticator.ts';
import type { ApiDeps } from '#collector/api/deps.ts';
import { createSessions } from '#collector/api/sessions.ts';
import { createSetup, type Setup } from '#collector/api/setup.ts';
import { unjudged } from '#collector/assessment/assess.ts';
import { explain } from '#collector/assessment/explain.ts';
import { createJudge } from '#collector/assessment/series-judge.ts';
import { createEvidenceDesk } from '#collector/evidence-pack/desk.ts';
import { createEnrolment, newEnrolmentCode } from '#collector/gateway/enrolment.ts';
import { createLiveEvents, type LiveEvents } from '#collector/live.ts';
import { createPlanningDesk } from '#collector/planning/planning-desk.ts';
import type { Registry } from '#collector/registry/registry.ts';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import type { SeriesStore } from '#collector/series/series.ts';
import { openSqliteSeries } from '#collector/series/sqlite.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import { noAlerts } from '#test/support/alerts.ts';
import { testDossierParts } from '#test/support/dossiers.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

export const TOKEN = 'operator-token-of-this-test';
export const PERSON = {
  email: 'Beheer@Example.nl',
  name: 'Beheer',
  password: 'een lang genoeg wachtwoord',
};
export const BOARDS = [
  { id: '41234', name: 'Stichting A' },
  { id: '40505', name: 'Stichting B' },
];
export const LOCATIONS = [
  { id: '16SW03', boardId: '41234', name: 'Basisschool De Zoë', city: 'Boxmeer' },
  { id: '00AP00', boardId: '40505', name: 'De Krûme Swynser' },
];

export interface Harness extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly registry: Registry;
  readonly series: SeriesStore;
  readonly clock: FakeClock;
  readonly events: LiveEvents;
  readonly setup: Setup;
  readonly connected: Set<string>;
  readonly folder: string;
  /** On a free port of loopback; resolves with the origin. */
  listen(): Promise<string>;
  /** As an operator with the bearer token. */
  asOperator(options: InjectOptions): Promise<LightMyRequestResponse>;
  /** Makes an account and signs it in; resolves with its cookie. */
  signedIn(boardIds: string[] | null, role?: 'operator' | 'reader'): Promise<string>;
}

export async function openHarness(change: Partial<ApiDeps> = {}): Promise<Harness> {
  const folder = await temporaryFolder();
  const clock = new FakeClock();
  const registry = await openSqliteRegistry({
    path: join(folder.path, 'registry.db'),
    clock,
    log: silentLog,
  });
  const series = await openSqliteSeries({ path: join(folder.path, 'series.db') });
  await registry.importLocations(BOARDS, LOCATIONS);
  const connected = new Set<string>();
  const events = createLiveEvents();
  const newId = () => randomUUID();
  const setup = createSetup({ registry, random: systemRandom, newId });
  const dossiers = await testDossierParts({ registry, events, clock });
  const app = await buildApi({
    registry,
    series,
    events,
    devices: { isConnected: (id) => connected.has(id) },
    measureServers: () => [],
    authenticator: createLocalAuthenticator(registry, clock),
    sessions: createSessions({ registry, clock, random: systemRandom }),
    setup,
    norm: NORM_500_40,
    dossiers: dossiers.api,
    alerts: noAlerts,
    unjudged: (now) => unjudged(NORM_500_40, now),
    judge: createJudge({ registry, series, norm: () => NORM_500_40, clock, log: silentLog }),
    explain,
    planning: createPlanningDesk({
      ...{ registry, series, norm: NORM_500_40, clock, schemes: dossiers.api.schemes },
    }),
    evidence: createEvidenceDesk({
      ...{ registry, series, norm: NORM_500_40, clock, version: '0.1.0' },
      key: generateKeyPairSync('ed25519').privateKey,
    }),
    enrol: createEnrolment({ registry, clock, newId }),
    newEnrolmentCode: () => newEnrolmentCode(systemRandom),
    newId,
    clock,
    random: systemRandom,
    log: silentLog,
    operatorToken: TOKEN,
    pagesFolder: join(folder.path, 'dist'),
    ...change,
  });
  const asOperator = (options: InjectOptions) =>
    app.inject({ ...options, headers: { authorization: `Bearer ${TOKEN}`, ...options.headers } });
  return {
    app,
    registry,
    series,
    clock,
    events,
    setup,
    connected,
    folder: folder.path,
    listen: () => app.listen({ host: '127.0.0.1', port: 0 }),
    asOperator,
    signedIn: async (boardIds, role = 'reader') => {
      const email = `${randomUUID()}@example.nl`;
      const account = { email, name: 'Iemand', role, boardIds, password: PERSON.password };
      const made = await asOperator({ method: 'POST', url: '/api/v1/people', payload: account });
      if (made.statusCode !== 201) throw new Error(made.body);
      const reply = await app.inject({
        method: 'POST',
        url: '/api/v1/session',
        payload: { email, password: PERSON.password },
      });
      return cookieOf(reply.headers['set-cookie']);
    },
    [Symbol.asyncDispose]: async () => {
      await app.close();
      await series[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** `name=value` of the first cookie that a reply sets. */
export function cookieOf(header: string | readonly string[] | number | undefined): string {
  const first = Array.isArray(header) ? header[0] : header;
  return String(first ?? '').split(';')[0] ?? '';
}
