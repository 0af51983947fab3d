// Schools with a dossier and a fresh link to the survey each, over the real collector's pages.
import { systemClock } from '#shared/runtime/clock.ts';
import { type DashboardServer, startDashboardServer } from './dashboard-server.ts';
import { openDossier } from './dossiers.ts';

export interface SurveyAt extends AsyncDisposable {
  readonly server: DashboardServer;
  /** The next school that is asked. */
  invite(): Promise<{ readonly id: string; readonly link: string }>;
}

export async function startSurvey(): Promise<SurveyAt> {
  const server = await startDashboardServer();
  const { registry, dossiers } = server;
  const boards = [{ id: '41234', name: 'Stichting De Peel' }];
  const locations = Array.from({ length: 10 }, (_, n) => ({
    ...{ id: `16SW0${n}`, boardId: '41234', name: `Basisschool De Krûme Zwaan ${n + 1}` },
    ...{ street: 'Dorpsstraat', houseNumber: String(n + 1), city: 'Boxmeer', pupils: 41 },
  }));
  await registry.importLocations(boards, locations);
  const left = locations.map(({ id }) => id);
  return {
    server,
    invite: async () => {
      const id = left.shift();
      if (id === undefined) throw new Error('every school was asked');
      await openDossier(registry, id, systemClock.now());
      const author = { kind: 'command_line' } as const;
      const { link } = await dossiers.api.desk.invite({ locationId: id, author, reason: 'below' });
      return { id, link };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
