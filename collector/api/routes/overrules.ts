// Overrules of a location's verdict: who sees the location sees them, an operator makes and
// withdraws them. The computed verdict goes on being computed and shown.
import { z } from 'zod';
import { locationIdSchema } from '#shared/model/location.ts';
import {
  MOST_OVERRULE_DAYS,
  overruleRequestSchema,
  overruleSchema,
  overruleWithdrawalRequestSchema,
} from '#shared/model/overrule.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { errorBodySchema, overruleListSchema } from '#shared/wire/api.ts';
import type { ApiScope } from '../api-scope.ts';
import type { ApiDeps } from '../deps.ts';
import { operator, signedIn } from '../sign-in.ts';
import { visibleLocation } from '../visible-location.ts';

const DAY_MS = 86_400_000;
const params = z.object({ id: locationIdSchema });
const overruleParams = params.extend({ overruleId: z.string().max(100) });
const REFUSALS = {
  400: errorBodySchema,
  403: errorBodySchema,
  404: errorBodySchema,
  409: errorBodySchema,
};

export function addOverruleRoutes(app: ApiScope, deps: ApiDeps): void {
  app.get(
    '/locations/:id/overrules',
    {
      schema: {
        summary: 'Overrules of a location’s verdict, oldest first, ended ones too',
        params,
        response: { 200: overruleListSchema, 404: errorBodySchema },
      },
    },
    async (request) => {
      const location = await visibleLocation(deps, signedIn(request), request.params.id);
      return { overrules: await deps.registry.overrules(location.id) };
    },
  );
  app.post(
    '/locations/:id/overrules',
    {
      schema: {
        summary: 'Overrule the verdict on a location until a date',
        params,
        body: overruleRequestSchema,
        response: { 201: overruleSchema, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const person = operator(request);
      const location = await visibleLocation(deps, person, request.params.id);
      const now = deps.clock.now();
      checkEnd(Date.parse(request.body.endsAt), now);
      const overrule = {
        ...request.body,
        id: deps.newId(),
        locationId: location.id,
        author: { id: person.id, name: person.name },
        createdAt: new Date(now).toISOString(),
      };
      await deps.registry.addOverrule(overrule);
      deps.log.info('verdict overruled', { location: location.id, by: person.id });
      deps.events.changed(location.id);
      return reply.code(201).send(overrule);
    },
  );
  app.post(
    '/locations/:id/overrules/:overruleId/withdraw',
    {
      schema: {
        summary: 'Withdraw an overrule before its end; it is kept',
        params: overruleParams,
        body: overruleWithdrawalRequestSchema,
        response: { 200: overruleSchema, ...REFUSALS },
      },
    },
    async (request) => {
      const person = operator(request);
      const location = await visibleLocation(deps, person, request.params.id);
      const ended = await deps.registry.withdrawOverrule(location.id, request.params.overruleId, {
        at: new Date(deps.clock.now()).toISOString(),
        author: { id: person.id, name: person.name },
        reason: request.body.reason,
      });
      deps.log.info('overrule withdrawn', { location: location.id, by: person.id });
      deps.events.changed(location.id);
      return ended;
    },
  );
}

function checkEnd(endsAt: number, now: number): void {
  if (endsAt <= now) {
    throw new AppError('bad_request', 'body/endsAt: lies in the past; an overrule ends later');
  }
  if (endsAt > now + MOST_OVERRULE_DAYS * DAY_MS) {
    throw new AppError(
      'bad_request',
      `body/endsAt: lies more than ${MOST_OVERRULE_DAYS} days ahead; overrule for a shorter time`,
    );
  }
}
