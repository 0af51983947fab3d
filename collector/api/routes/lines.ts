// An operator's say on the lines of a location: added, changed, ended. A change that bears on the
// location's verdict is judged before it is answered.
import { z } from 'zod';
import type { Line } from '#shared/model/line.ts';
import { locationIdSchema } from '#shared/model/location.ts';
import { AppError } from '#shared/runtime/errors.ts';
import {
  errorBodySchema,
  type LineView,
  lineChangeRequestSchema,
  lineEndRequestSchema,
  lineRequestSchema,
  lineViewSchema,
  type Person,
} from '#shared/wire/api.ts';
import type { ApiScope } from '../api-scope.ts';
import type { ApiDeps } from '../deps.ts';
import { operator } from '../sign-in.ts';
import { lineView } from '../views.ts';
import { visibleLocation } from '../visible-location.ts';

const params = z.object({ id: locationIdSchema });
const lineParams = params.extend({ lineId: z.string().max(100) });
const REFUSALS = {
  400: errorBodySchema,
  403: errorBodySchema,
  404: errorBodySchema,
  409: errorBodySchema,
};

export function addLineRoutes(app: ApiScope, deps: ApiDeps): void {
  app.post(
    '/locations/:id/lines',
    {
      schema: {
        summary: 'Add a line to a location',
        params,
        body: lineRequestSchema,
        response: { 201: lineViewSchema, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const person = operator(request);
      const location = await visibleLocation(deps, person, request.params.id);
      const line = await deps.registry.addLine(location.id, request.body);
      deps.log.info('line added', { location: location.id, line: line.id, by: person.id });
      return reply.code(201).send(await judged(deps, line));
    },
  );
  app.patch(
    '/locations/:id/lines/:lineId',
    {
      schema: {
        summary: 'Change what is known of a line; null makes a part unknown',
        params: lineParams,
        body: lineChangeRequestSchema,
        response: { 200: lineViewSchema, ...REFUSALS },
      },
    },
    async (request) => {
      const person = operator(request);
      const { id } = await lineOf(deps, person, request.params);
      const line = await deps.registry.changeLine(id, request.body);
      deps.log.info('line changed', { location: line.locationId, line: id, by: person.id });
      return judged(deps, line);
    },
  );
  app.post(
    '/locations/:id/lines/:lineId/end',
    {
      schema: {
        summary: 'End a line: it is kept, and has no further say in the verdict',
        params: lineParams,
        body: lineEndRequestSchema,
        response: { 200: lineViewSchema, ...REFUSALS },
      },
    },
    async (request) => {
      const person = operator(request);
      const { id } = await lineOf(deps, person, request.params);
      const now = deps.clock.now();
      const endedAt = request.body?.endedAt;
      const at = endedAt === undefined ? now : Date.parse(endedAt);
      if (at > now) {
        throw new AppError('bad_request', 'body/endedAt: lies in the future; end the line then');
      }
      const line = await deps.registry.endLine(id, at);
      deps.log.info('line ended', { location: line.locationId, line: id, by: person.id });
      return judged(deps, line);
    },
  );
}

async function lineOf(
  deps: ApiDeps,
  person: Person,
  { id, lineId }: z.infer<typeof lineParams>,
): Promise<Line> {
  const location = await visibleLocation(deps, person, id);
  const line = (await deps.registry.lines(location.id)).find((each) => each.id === lineId);
  if (line !== undefined) return line;
  throw new AppError('not_found', `location ${location.id} has no line ${lineId}`);
}

async function judged(deps: ApiDeps, line: Line): Promise<LineView> {
  // The change stands without it; the next measurement or the daily refresh brings the verdict.
  await deps.judge.judge(line.locationId).catch((error: unknown) => {
    deps.log.error('no new verdict after a change of a line', { line: line.id, error });
  });
  deps.events.changed(line.locationId);
  const verdicts = await deps.registry.lineVerdicts(line.locationId);
  return lineView(deps, line, verdicts.get(line.id));
}
