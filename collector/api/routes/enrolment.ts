// An agent's way in: the one-time code is the credential, so no sign-in.
import { AppError } from '#shared/runtime/errors.ts';
import { enrolmentReplySchema, enrolmentRequestSchema, errorBodySchema } from '#shared/wire/api.ts';
import { type ApiScope, perMinute, WITHOUT_SIGN_IN } from '../api-scope.ts';
import { createAttempts } from '../attempts.ts';
import type { ApiDeps } from '../deps.ts';

/** A roll-out enrols many devices from one office; only failures count towards guessing. */
const REQUESTS_PER_MINUTE = 1200;
const FAILURES = { max: 30, windowMs: 10 * 60_000 };

export function addEnrolmentRoutes(app: ApiScope, deps: ApiDeps): void {
  const failures = createAttempts(FAILURES, deps.clock);
  app.post(
    '/enrolments',
    {
      config: perMinute(REQUESTS_PER_MINUTE),
      schema: {
        summary: 'Enrol a device with a one-time code',
        security: WITHOUT_SIGN_IN,
        body: enrolmentRequestSchema,
        response: {
          201: enrolmentReplySchema,
          401: errorBodySchema,
          404: errorBodySchema,
          409: errorBodySchema,
          410: errorBodySchema,
          429: errorBodySchema,
        },
      },
    },
    async (request, reply) => {
      failures.check(request.ip);
      const device = await deps.enrol(request.body).catch((error: unknown) => {
        if (error instanceof AppError && error.entry.status < 500) failures.count(request.ip);
        throw error;
      });
      deps.log.info('device enrolled', { device: device.deviceId, location: device.locationId });
      deps.events.changed(device.locationId);
      return reply.code(201).send(device);
    },
  );
}
