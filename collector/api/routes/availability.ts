// When a location's lines were up, per month, with its outages; as JSON or as a table.
import { Readable } from 'node:stream';
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
import { monthsSheet, outagesSheet } from '../../availability/availability-csv.ts';
import {
  gatherAvailability,
  type LineAvailability,
} from '../../availability/gather-availability.ts';
import { monthsUntil } from '../../availability/months.ts';
import { CSV_TYPE, csvPieces } from '../../planning/export/csv.ts';
import type { ApiScope } from '../api-scope.ts';
import type { ApiDeps } from '../deps.ts';
import { signedIn } from '../sign-in.ts';
import { visibleLocation } from '../visible-location.ts';

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
      lines: found.map(lineView),
    };
  };
  app.get(
    '/locations/:id/availability',
    {
      schema: {
        summary: 'Availability of the lines per month, and their outages; also as CSV',
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
      const sheet = table === 'months' ? monthsSheet(view) : outagesSheet(view);
      reply.header(
        'content-disposition',
        `attachment; filename="meetnet-${location.id}-${table}.csv"`,
      );
      // A stream is not serialised by the schema.
      return reply.type(CSV_TYPE).send(Readable.from(csvPieces(sheet, 'point')) as never);
    },
  );
}

function lineView({ line, months, outages }: LineAvailability): AvailabilityView['lines'][number] {
  const { id, name, role, endedAt } = line;
  return {
    ...{ lineId: id, name, role },
    endedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
    months: months.map(({ from, to, ...month }) => ({ ...month, ...times({ from, to }) })),
    outages: outages.map(({ from, to, ...outage }) => ({
      ...outage,
      ...times({ from, to }),
      durationMs: to - from,
    })),
  };
}

function times({ from, to }: { readonly from: number; readonly to: number }) {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}
