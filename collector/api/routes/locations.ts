// Locations with their verdicts, their measurements, and codes to enrol a device there.
import { Readable } from 'node:stream';
import { z } from 'zod';
import { type Location, locationIdSchema } from '#shared/model/location.ts';
import type { Norm } from '#shared/model/norm.ts';
import { AppError } from '#shared/runtime/errors.ts';
import {
  boardListSchema,
  enrolmentCodeRequestSchema,
  enrolmentCodeSchema,
  errorBodySchema,
  type LocationView,
  locationDetailSchema,
  locationListSchema,
  measurementListSchema,
  measurementQuerySchema,
  type Person,
} from '#shared/wire/api.ts';
import { DEFAULT_CODE_DAYS } from '../../config/enrolment.ts';
import { boardScope, maySeeLocation } from '../access.ts';
import type { ApiScope } from '../api-scope.ts';
import type { ApiDeps } from '../deps.ts';
import { operator, signedIn } from '../sign-in.ts';
import { locationDetail, locationRows, measurementView } from '../views.ts';

const DAY_MS = 86_400_000;
/** About 250 kB and 10 ms. */
const ROWS_PER_PIECE = 100;
const params = z.object({ id: locationIdSchema });

export function addLocationRoutes(app: ApiScope, deps: ApiDeps): void {
  app.get(
    '/boards',
    { schema: { summary: 'School boards', response: { 200: boardListSchema } } },
    async (request) => ({ boards: await deps.registry.boards(boardScope(signedIn(request))) }),
  );
  app.get(
    '/locations',
    {
      schema: {
        summary: 'All locations that you may see, with verdict and latest result',
        response: { 200: locationListSchema },
      },
    },
    async (request, reply) => {
      const rows = await locationRows(deps, boardScope(signedIn(request)));
      reply.type('application/json; charset=utf-8');
      // A stream is not serialised by the schema; the tests hold the list to it.
      return reply.send(Readable.from(listJson(rows, deps.norm)) as never);
    },
  );
  app.get(
    '/locations/:id',
    {
      schema: {
        summary: 'One location with its devices',
        params,
        response: { 200: locationDetailSchema, 404: errorBodySchema },
      },
    },
    async (request) => {
      const location = await visibleLocation(deps, signedIn(request), request.params.id);
      return { ...(await locationDetail(deps, location)), norm: deps.norm };
    },
  );
  app.get(
    '/locations/:id/measurements',
    {
      schema: {
        summary: 'Measurements of a location, newest first',
        params,
        querystring: measurementQuerySchema,
        response: { 200: measurementListSchema, 404: errorBodySchema },
      },
    },
    async (request) => {
      const location = await visibleLocation(deps, signedIn(request), request.params.id);
      const { from, to, kind, limit } = request.query;
      const stored = await deps.series.query({
        locationId: location.id,
        kind,
        first: 'newest',
        limit,
        ...(from === undefined ? {} : { from: Date.parse(from) }),
        ...(to === undefined ? {} : { to: Date.parse(to) }),
      });
      return { measurements: stored.map(measurementView) };
    },
  );
  addEnrolmentCodes(app, deps);
}

/**
 * The list as text, a piece at a time: made at once, 9,000 locations take a second in which no
 * agent gets its acknowledgement. Between pieces the socket takes its turn.
 */
function* listJson(rows: Iterable<LocationView>, norm: Norm): Generator<string> {
  let piece: string[] = [];
  let lead = '{"locations":[';
  for (const row of rows) {
    piece.push(JSON.stringify(row));
    if (piece.length < ROWS_PER_PIECE) continue;
    yield lead + piece.join(',');
    piece = [];
    lead = ',';
  }
  if (piece.length > 0 || lead !== ',') yield lead + piece.join(',');
  yield `],"norm":${JSON.stringify(norm)}}`;
}

function addEnrolmentCodes(app: ApiScope, deps: ApiDeps): void {
  app.post(
    '/locations/:id/enrolment-codes',
    {
      schema: {
        summary: 'Make a one-time code with which a device enrols at this location',
        params,
        body: enrolmentCodeRequestSchema,
        response: { 201: enrolmentCodeSchema, 403: errorBodySchema, 404: errorBodySchema },
      },
    },
    async (request, reply) => {
      const person = operator(request);
      const { id: locationId } = await visibleLocation(deps, person, request.params.id);
      const code = deps.newEnrolmentCode();
      const expiresAt = deps.clock.now() + (request.body?.days ?? DEFAULT_CODE_DAYS) * DAY_MS;
      await deps.registry.addEnrolmentCode(code, locationId, expiresAt);
      deps.log.info('enrolment code made', { location: locationId, by: person.id });
      return reply
        .code(201)
        .send({ code, locationId, expiresAt: new Date(expiresAt).toISOString() });
    },
  );
}

/** Throws `not_found`, also for a location of another board. */
export async function visibleLocation(
  deps: ApiDeps,
  person: Person,
  id: string,
): Promise<Location> {
  const location = await deps.registry.location(id);
  if (location !== undefined && maySeeLocation(person, location)) return location;
  throw new AppError('not_found', `there is no location ${id} that you may see`);
}
