// Incidents as a feed, each person's own part of them; an operator acknowledges.
import { z } from 'zod';
import { AppError } from '#shared/runtime/errors.ts';
import {
  acknowledgeRequestSchema,
  incidentListSchema,
  incidentQuerySchema,
  incidentViewSchema,
} from '#shared/wire/alerts-api.ts';
import { errorBodySchema, type Person } from '#shared/wire/api.ts';
import { boardScope } from '../access.ts';
import type { ApiScope } from '../api-scope.ts';
import type { ApiDeps } from '../deps.ts';
import { incidentView, incidentViews, seesIncident } from '../incident-views.ts';
import { operator, signedIn } from '../sign-in.ts';

const params = z.object({ id: z.string().max(60) });
const REFUSALS = { 403: errorBodySchema, 404: errorBodySchema };

export function addIncidentRoutes(app: ApiScope, deps: ApiDeps): void {
  app.get(
    '/alerts/incidents',
    {
      schema: {
        summary: 'Incidents on locations that you see, newest change first',
        querystring: incidentQuerySchema,
        response: { 200: incidentListSchema },
      },
    },
    async (request) => {
      const person = signedIn(request);
      const { status, kind, locationId, boardId, changedSince, limit } = request.query;
      const boardIds = boardsAsked(person, boardId);
      const incidents = await deps.registry.alerts.incidents({
        ...{ status, limit },
        ...(kind === undefined ? {} : { kind }),
        ...(locationId === undefined ? {} : { locationId }),
        ...(boardIds === undefined ? {} : { boardIds }),
        ...(changedSince === undefined ? {} : { changedSince: Date.parse(changedSince) }),
      });
      return { incidents: incidentViews(incidents, person, await places(deps)) };
    },
  );
  app.get(
    '/alerts/incidents/:id',
    {
      schema: {
        summary: 'An incident',
        params,
        response: { 200: incidentViewSchema, ...REFUSALS },
      },
    },
    async (request) => (await visible(deps, signedIn(request), request.params.id)).view,
  );
  app.post(
    '/alerts/incidents/:id/acknowledge',
    {
      schema: {
        summary: 'Say that you have seen to it: it is told again only when it is over',
        params,
        body: acknowledgeRequestSchema,
        response: { 200: incidentViewSchema, 409: errorBodySchema, ...REFUSALS },
      },
    },
    async (request) => {
      const person = operator(request);
      const { locations } = await visible(deps, person, request.params.id);
      const note = request.body?.note;
      const incident = await deps.registry.alerts.acknowledge(request.params.id, {
        at: new Date(deps.clock.now()).toISOString(),
        ...{ by: { id: person.id, name: person.name }, boardIds: person.boardIds },
        ...(note === undefined ? {} : { note }),
      });
      deps.log.info('incident acknowledged', { incident: incident.id, by: person.id });
      return incidentView(incident, person, locations);
    },
  );
}

/** A board that the person does not see gives nothing, as one that there is none of. */
function boardsAsked(person: Person, boardId: string | undefined): readonly string[] | undefined {
  const scope = boardScope(person);
  if (boardId === undefined) return scope;
  return scope === undefined || scope.includes(boardId) ? [boardId] : [];
}

/** Throws `not_found`, also for one of other boards. */
async function visible(deps: ApiDeps, person: Person, id: string) {
  const incident = await deps.registry.alerts.incident(id);
  const locations = await places(deps);
  if (incident === undefined || !seesIncident(incident, person, locations)) {
    throw new AppError('not_found', `there is no incident ${id} that you may see`);
  }
  return { locations, view: incidentView(incident, person, locations) };
}

/** Closed ones too: an incident outlives its location. */
async function places({ registry }: Pick<ApiDeps, 'registry'>) {
  return new Map((await registry.locations(undefined, 'all')).map((each) => [each.id, each]));
}
