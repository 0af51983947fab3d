// Locations with their verdicts, their measurements, and codes to enrol a device there.
import { z } from 'zod';
import { locationIdSchema } from '#shared/model/location.ts';
import {
  boardListSchema,
  enrolmentCodeRequestSchema,
  enrolmentCodeSchema,
  errorBodySchema,
  locationDetailSchema,
  locationListSchema,
  measurementListSchema,
  measurementQuerySchema,
} from '#shared/wire/api.ts';
import { DEFAULT_CODE_DAYS } from '../../config/enrolment.ts';
import { boardScope } from '../access.ts';
import type { ApiScope } from '../api-scope.ts';
import type { ApiDeps } from '../deps.ts';
import { sendJsonRows } from '../json-rows.ts';
import { newestMeasurements } from '../location-measurements.ts';
import { operator, signedIn } from '../sign-in.ts';
import { locationDetail, locationRows, measurementView } from '../views.ts';
import { visibleLocation } from '../visible-location.ts';

const DAY_MS = 86_400_000;
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
        summary: 'All open locations that you may see, with verdict and latest result',
        response: { 200: locationListSchema },
      },
    },
    async (request, reply) => {
      const rows = await locationRows(deps, boardScope(signedIn(request)));
      return sendJsonRows(reply, { locations: rows }, { norm: deps.norm });
    },
  );
  app.get(
    '/locations/:id',
    {
      schema: {
        summary: 'One location with its lines and devices',
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
      const stored = await newestMeasurements(deps, {
        locationId: location.id,
        kind,
        limit,
        ...(from === undefined ? {} : { from: Date.parse(from) }),
        ...(to === undefined ? {} : { to: Date.parse(to) }),
      });
      return { measurements: stored.map(measurementView) };
    },
  );
  addEnrolmentCodes(app, deps);
}

function addEnrolmentCodes(app: ApiScope, deps: ApiDeps): void {
  app.post(
    '/locations/:id/enrolment-codes',
    {
      schema: {
        summary: 'Make a one-time code with which a device enrols at this location',
        params,
        body: enrolmentCodeRequestSchema,
        response: {
          201: enrolmentCodeSchema,
          403: errorBodySchema,
          404: errorBodySchema,
          409: errorBodySchema,
        },
      },
    },
    async (request, reply) => {
      const person = operator(request);
      const { id: locationId } = await visibleLocation(deps, person, request.params.id);
      const code = deps.newEnrolmentCode();
      const expiresAt = deps.clock.now() + (request.body?.days ?? DEFAULT_CODE_DAYS) * DAY_MS;
      await deps.registry.addEnrolmentCode(code, locationId, expiresAt, request.body?.lineId);
      deps.log.info('enrolment code made', { location: locationId, by: person.id });
      return reply
        .code(201)
        .send({ code, locationId, expiresAt: new Date(expiresAt).toISOString() });
    },
  );
}
