// The planning of the locations that one may see: table, funnel, joint builds and scenarios, as
// JSON or as a file.
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { errorBodySchema } from '#shared/wire/api.ts';
import {
  type FileQuery,
  funnelReplySchema,
  jointBuildsReplySchema,
  planningQuerySchema,
  planningReplySchema,
  scenarioQuerySchema,
  scenariosReplySchema,
} from '#shared/wire/planning.ts';
import {
  funnelDocument,
  jointBuildsDocument,
  type PlanningDocument,
  scenariosDocument,
  tableDocument,
} from '../../planning/documents.ts';
import { exportFile } from '../../planning/export/file.ts';
import { boardScope } from '../access.ts';
import { type ApiScope, perMinute } from '../api-scope.ts';
import type { ApiDeps } from '../deps.ts';
import { sendJsonRows } from '../json-rows.ts';
import { signedIn } from '../sign-in.ts';

/** A plan of the country costs a second of a core, a workbook of it another. */
const PLANS_PER_MINUTE = 30;
const config = perMinute(PLANS_PER_MINUTE);
const REFUSALS = { 400: errorBodySchema, 429: errorBodySchema };

export function addPlanningRoutes(app: ApiScope, deps: ApiDeps): void {
  app.get(
    '/planning',
    {
      config,
      schema: {
        summary: 'The planning table: one row per location; also as CSV and XLSX',
        querystring: planningQuerySchema,
        response: { 200: planningReplySchema, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const plan = await deps.planning.plan(boardScope(signedIn(request)), request.query);
      return send(reply, tableDocument(plan), request.query);
    },
  );
  app.get(
    '/planning/funnel',
    {
      config,
      schema: {
        summary: 'From all locations to those that were helped; also as CSV and XLSX',
        querystring: planningQuerySchema,
        response: { 200: funnelReplySchema, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const plan = await deps.planning.plan(boardScope(signedIn(request)), request.query);
      return send(reply, funnelDocument(plan), request.query);
    },
  );
  app.get(
    '/planning/joint-builds',
    {
      config,
      schema: {
        summary:
          'Nearby locations that fall short and could be built together; also as CSV and XLSX',
        querystring: planningQuerySchema,
        response: { 200: jointBuildsReplySchema, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const plan = await deps.planning.plan(boardScope(signedIn(request)), request.query);
      return send(reply, jointBuildsDocument(plan), request.query);
    },
  );
  addScenarios(app, deps);
}

function addScenarios(app: ApiScope, deps: ApiDeps): void {
  app.get(
    '/planning/scenarios',
    {
      config,
      schema: {
        summary: 'Which locations first under a budget, by one or more rules; also as CSV and XLSX',
        querystring: scenarioQuerySchema,
        response: { 200: scenariosReplySchema, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const { query } = request;
      const plan = await deps.planning.plan(boardScope(signedIn(request)), query);
      return send(reply, scenariosDocument(plan, query, query.part), query);
    },
  );
}

async function send(
  reply: FastifyReply,
  document: PlanningDocument<string, unknown>,
  query: FileQuery,
): Promise<never> {
  const { name, basis, key, rows, sheets } = document;
  const { format } = query;
  if (format === 'json') return sendJsonRows(reply, { [key]: rows }, { basis });
  const file = await exportFile(sheets, { ...query, format, name, basis });
  reply.type(file.contentType).header('content-disposition', `attachment; filename="${file.name}"`);
  const { body } = file;
  return reply.send(body instanceof Uint8Array ? Buffer.from(body) : Readable.from(body)) as never;
}
