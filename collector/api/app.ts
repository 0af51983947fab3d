// Puts the HTTP side together: headers, errors, sign-in, routes, pages. Building listens on
// nothing; the gateway takes its upgrades from `app.server`.
import type { Socket } from 'node:net';
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance } from 'fastify';
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { API_PREFIX, type ErrorBody } from '#shared/wire/api.ts';
import { addSurvey } from '../survey/survey-routes.ts';
import type { ApiScope } from './api-scope.ts';
import type { ApiDeps } from './deps.ts';
import { addErrorReplies, sendError, toldOf } from './error-replies.ts';
import { addHealth } from './health.ts';
import { addOpenApi } from './openapi.ts';
import { addPages } from './pages.ts';
import { addAgentCareRoutes } from './routes/agent-care.ts';
import { addAlertFeedRoutes } from './routes/alert-feeds.ts';
import { addAvailabilityRoutes } from './routes/availability.ts';
import { addDossierRoutes } from './routes/dossiers.ts';
import { addEnrolmentRoutes } from './routes/enrolment.ts';
import { addEventRoutes } from './routes/events.ts';
import { addEvidenceKey, addEvidenceRoutes } from './routes/evidence.ts';
import { addImportRoutes } from './routes/imports.ts';
import { addIncidentRoutes } from './routes/incidents.ts';
import { addLineRoutes } from './routes/lines.ts';
import { addLocationRoutes } from './routes/locations.ts';
import { addMeasureServerRoutes } from './routes/measure-servers.ts';
import { addOverruleRoutes } from './routes/overrules.ts';
import { addPeopleRoutes } from './routes/people.ts';
import { addPlanningRoutes } from './routes/planning.ts';
import { addRecipientRoutes } from './routes/recipients.ts';
import { addScenarioRoutes } from './routes/scenarios.ts';
import { addSessionRoutes } from './routes/session.ts';
import { addSubsidyRoutes } from './routes/subsidies.ts';
import { addUplinkPollingRoutes } from './routes/uplink-polling.ts';
import { addSecurityHeaders } from './security.ts';
import { addSignIn } from './sign-in.ts';

/** The largest request is an account; nothing here needs more. */
const MAX_BODY_BYTES = 65_536;
/** To receive a whole request; a slow sender holds a socket no longer. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Version of the API's document, not of the program. */
const API_VERSION = '1.0.0';

/** The app, ready to listen and closed to further wiring. */
export async function buildApi(deps: ApiDeps): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    trustProxy: deps.isTrustedProxy ?? false,
    // Kept-alive connections that are between requests do not hold up a stop.
    forceCloseConnections: 'idle',
    clientErrorHandler: refuseNonHttp,
    frameworkErrors: (error, _request, reply) => {
      sendError(reply, toldOf(error));
    },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.removeContentTypeParser('text/plain');
  addErrorReplies(app, deps.log);
  app.addHook('onResponse', async (request, reply) => {
    deps.log.debug('request', {
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    });
  });
  await addSecurityHeaders(app, deps.publicUrl);
  await app.register(cookie);
  await app.register(rateLimit, { global: false });
  await addOpenApi(app, API_VERSION);
  await app.register(
    async (scope) => {
      addSignIn(scope, deps);
      scope.addHook('onSend', async (_request, reply) => {
        if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
      });
      addRoutes(scope.withTypeProvider<ZodTypeProvider>(), deps);
    },
    { prefix: API_PREFIX },
  );
  await addSurvey(app, { ...deps, survey: deps.dossiers.survey });
  addEvidenceKey(app, deps);
  addHealth(app, deps);
  await addPages(app, deps.pagesFolder);
  await app.ready();
  return app;
}

function addRoutes(app: ApiScope, deps: ApiDeps): void {
  addSessionRoutes(app, deps);
  addPeopleRoutes(app, deps);
  addLocationRoutes(app, deps);
  addLineRoutes(app, deps);
  addEvidenceRoutes(app, deps);
  addImportRoutes(app, deps);
  addOverruleRoutes(app, deps);
  addPlanningRoutes(app, deps);
  addScenarioRoutes(app, deps);
  addAvailabilityRoutes(app, deps);
  addEnrolmentRoutes(app, deps);
  addDossierRoutes(app, deps);
  addSubsidyRoutes(app, deps);
  addIncidentRoutes(app, deps);
  addAlertFeedRoutes(app, deps);
  addRecipientRoutes(app, deps);
  addEventRoutes(app, deps);
  addMeasureServerRoutes(app, deps);
  if (deps.care !== undefined) addAgentCareRoutes(app, deps, deps.care);
  if (deps.polling !== undefined) addUplinkPollingRoutes(app, deps.polling);
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
}

/** What arrived is no HTTP, or too much of it; there is no request to answer by the usual way. */
function refuseNonHttp(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const isTooBig = error.code === 'HPE_HEADER_OVERFLOW';
  const body: ErrorBody = isTooBig
    ? { error: { code: 'message_too_big', message: 'the headers are larger than allowed' } }
    : { error: { code: 'bad_request', message: 'this is not a valid HTTP request' } };
  const text = JSON.stringify(body);
  const status = isTooBig ? '431 Request Header Fields Too Large' : '400 Bad Request';
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}
