// When a location's line was up, per month, with its outages; as JSON or as a table.
import { z } from 'zod';
import { locationIdSchema } from '#shared/model/location.ts';
import {
  type AvailabilityView,
  availabilityQuerySchema,
  availabilityViewSchema,
  errorBodySchema,
} from '#shared/wire/api.ts';
import { createCalendar } from '../../assessment/calendar.ts';
import { COUNT_ALL } from '../../availability/availability.ts';
import { monthsCsv, outagesCsv } from '../../availability/availability-csv.ts';
import { gatherAvailability } from '../../availability/gather-availability.ts';
import { monthsUntil } from '../../availability/months.ts';
import type { ApiScope } from '../api-scope.ts';
import type { ApiDeps } from '../deps.ts';
import { signedIn } from '../sign-in.ts';
import { visibleLocation } from './locations.ts';

const params = z.object({ id: locationIdSchema });

export function addAvailabilityRoutes(app: ApiScope, deps: ApiDeps): void {
  const calendar = createCalendar(deps.norm.timeZone);
  const rules = deps.outageRules ?? COUNT_ALL;
  const viewOf = async (locationId: string, count: number): Promise<AvailabilityView> => {
    const now = deps.clock.now();
    const months = monthsUntil(now, count, calendar);
    const found = await gatherAvailability(deps, { locationId, months, now, rules });
    return {
      locationId,
      timeZone: deps.norm.timeZone,
      minOutageMs: rules.minOutageMs,
      months: found.months.map(({ from, to, ...month }) => ({ ...month, ...times({ from, to }) })),
      outages: found.outages.map(({ from, to, ...outage }) => ({
        ...outage,
        ...times({ from, to }),
        durationMs: to - from,
      })),
    };
  };
  app.get(
    '/locations/:id/availability',
    {
      schema: {
        summary: 'Availability of a line per month, and its outages, newest first',
        params,
        querystring: availabilityQuerySchema,
        response: { 200: availabilityViewSchema, 404: errorBodySchema },
      },
    },
    async (request, reply) => {
      const location = await visibleLocation(deps, signedIn(request), request.params.id);
      const { months, format, table } = request.query;
      const view = await viewOf(location.id, months);
      if (format === 'json') return view;
      const text = table === 'months' ? monthsCsv(view) : outagesCsv(view);
      reply.header(
        'content-disposition',
        `attachment; filename="meetnet-${location.id}-${table}.csv"`,
      );
      // Text is not serialised by the schema.
      return reply
        .type('text/csv; charset=utf-8')
        .serializer(String)
        .send(text as never);
    },
  );
}

function times({ from, to }: { readonly from: number; readonly to: number }) {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}
