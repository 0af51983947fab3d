// Incidents for the pages' places: one of several locations, one of one, a measure server, one that
// is over, and one that went on in another.
import type { Incident, Member } from '#shared/model/incident.ts';
import { PLACES } from './dashboard-data.ts';
import type { DashboardServer } from './dashboard-server.ts';

const DAY_MS = 86_400_000;

/** The locations must be there. */
export async function keepIncidents(server: DashboardServer): Promise<void> {
  const now = Date.now();
  const member = (locationId: string | null, detail: Member['detail'], days: number): Member => ({
    ...{ key: `${locationId} ${days}`, since: now - days * DAY_MS, locationId, causes: [], detail },
    ...{ joinedAt: now - days * DAY_MS, endedAt: null },
  });
  const incident = (
    id: string,
    kind: Incident['kind'],
    members: readonly Member[],
    change: Partial<Incident> = {},
  ): Incident => {
    const openedAt = Math.min(...members.map(({ since }) => since));
    return {
      ...{ id, kind, openedAt, updatedAt: openedAt, closedAt: null, mergedInto: null, members },
      ...{ acknowledgements: [], ...change },
    };
  };
  const below = { by: 'verdict', failed: 4, of: 5, secondServer: 'agrees', servers: 'a b' };
  const [one, two, three] = [PLACES.below.id, PLACES.intermittent.id, PLACES.no_data.id];
  const ended = now - DAY_MS;
  await server.registry.alerts.keep([
    incident(
      'provider',
      'below',
      [one, two, three].map((id) => member(id, below, 2)),
      {
        cause: { kind: 'provider', name: 'Noordnet', members: 3, of: 4 },
      },
    ),
    incident('fell', 'level_fell', [
      member(
        PLACES.meets.id,
        { line: 'hoofdlijn', direction: 'download', before: 912, after: 540 },
        3,
      ),
    ]),
    incident('away', 'server_away', [
      member(null, { server: 'https://meten.example.nl', lastError: 'connect_timed_out' }, 0.1),
    ]),
    incident(
      'over',
      'silent',
      [
        {
          ...member(
            PLACES.unfit.id,
            {
              line: 'hoofdlijn',
              stage: 'at_risk',
              heardAt: new Date(now - 12 * DAY_MS).toISOString(),
            },
            5,
          ),
          endedAt: ended,
        },
      ],
      { closedAt: ended, updatedAt: ended },
    ),
    incident('joined', 'below', [member(one, below, 2)], { closedAt: now, mergedInto: 'provider' }),
  ]);
}
