// Server-sent events (HTML standard, §9.2): which locations changed, as far as the reader may see
// them. The stream ends with the sign-in, and at shutdown.
import type { ServerResponse } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { LocationEvent, Person } from '#shared/wire/api.ts';
import { boardScope, maySeeLocation } from '../access.ts';
import type { ApiScope } from '../api-scope.ts';
import type { ApiDeps } from '../deps.ts';
import { createEventStream } from '../event-stream.ts';
import { personNow, signedIn } from '../sign-in.ts';

/** A comment keeps proxies from closing the stream; the sign-in is looked at again with it. */
const HEARTBEAT_MS = 20_000;
/** How long a browser waits before it connects again. */
const RETRY_MS = 3000;

export function addEventRoutes(app: ApiScope, deps: ApiDeps): void {
  const open = new Set<ServerResponse>();
  app.addHook('preClose', async () => {
    for (const response of open) response.end();
  });
  app.get(
    '/events',
    {
      exposeHeadRoute: false,
      schema: {
        summary: 'Changed locations, as server-sent events',
        produces: ['text/event-stream'],
      },
    },
    (request, reply) => {
      const person = signedIn(request);
      reply.hijack();
      const response = reply.raw;
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // nginx would otherwise hold events back.
        'x-accel-buffering': 'no',
      });
      response.write(`retry: ${RETRY_MS}\n\n`);
      open.add(response);
      const release = follow(deps, request, response, person);
      response.on('close', () => {
        release();
        open.delete(response);
      });
      response.on('error', (error) => deps.log.debug('event stream broke', { error }));
    },
  );
}

/** Returns the function that ends it. */
function follow(
  deps: ApiDeps,
  request: FastifyRequest,
  response: ServerResponse,
  person: Person,
): () => void {
  const stream = createEventStream(
    {
      take: (locationId) => {
        if (response.writableNeedDrain) return false;
        const event: LocationEvent = { locationId };
        response.write(`event: location\ndata: ${JSON.stringify(event)}\n\n`);
        return true;
      },
    },
    deps.clock,
  );
  const endWith = (error: unknown) => {
    deps.log.warn('event stream ended', { error });
    response.end();
  };
  const unsubscribe = deps.events.subscribe((locationId) => {
    if (boardScope(person) === undefined) {
      stream.changed(locationId);
      return;
    }
    deps.registry.location(locationId).then((location) => {
      if (location !== undefined && maySeeLocation(person, location)) stream.changed(locationId);
    }, endWith);
  });
  const stopHeartbeat = deps.clock.every(HEARTBEAT_MS, () => {
    if (!response.writableNeedDrain) response.write(': alive\n\n');
    personNow(request, deps).then((now) => {
      if (now?.id !== person.id) response.end();
    }, endWith);
  });
  return () => {
    unsubscribe();
    stopHeartbeat();
    stream.end();
  };
}
