// Who am I, sign in, sign out, and the first account.
import { z } from 'zod';
import { AppError } from '#shared/runtime/errors.ts';
import {
  errorBodySchema,
  sessionSchema,
  setupRequestSchema,
  signInRequestSchema,
} from '#shared/wire/api.ts';
import { type ApiScope, perMinute, WITHOUT_SIGN_IN } from '../api-scope.ts';
import { createAttempts } from '../attempts.ts';
import type { ApiDeps } from '../deps.ts';
import { clearSessionCookie, givenSecret, setSessionCookie } from '../sign-in.ts';

/** Each try costs a core 50 ms of argon2; a school's staff shares one address. */
const SIGN_INS_PER_MINUTE = 60;
const SETUP_TRIES = { max: 10, windowMs: 15 * 60_000 };

export function addSessionRoutes(app: ApiScope, deps: ApiDeps): void {
  app.get(
    '/session',
    {
      schema: {
        summary: 'Who is signed in',
        security: WITHOUT_SIGN_IN,
        response: { 200: sessionSchema },
      },
    },
    async (request) => ({ person: request.person, setupNeeded: await deps.setup.isNeeded() }),
  );
  addSetup(app, deps);
  app.post(
    '/session',
    {
      config: perMinute(SIGN_INS_PER_MINUTE),
      schema: {
        summary: 'Sign in; sets the session cookie',
        security: WITHOUT_SIGN_IN,
        body: signInRequestSchema,
        response: { 200: sessionSchema, 401: errorBodySchema, 429: errorBodySchema },
      },
    },
    async (request, reply) => {
      const person = await deps.authenticator.authenticate({
        ...request.body,
        address: request.ip,
      });
      setSessionCookie(reply, await deps.sessions.start(person), deps.publicUrl);
      return { person, setupNeeded: false };
    },
  );
  app.delete(
    '/session',
    {
      schema: {
        summary: 'Sign out; ends the session, or the token that is shown',
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const secret = givenSecret(request, deps.publicUrl);
      if (secret !== undefined) await deps.sessions.end(secret);
      clearSessionCookie(reply, deps.publicUrl);
      return reply.code(204).send(null);
    },
  );
}

function addSetup(app: ApiScope, deps: ApiDeps): void {
  const wrongTokens = createAttempts(SETUP_TRIES, deps.clock);
  app.post(
    '/setup',
    {
      config: perMinute(SIGN_INS_PER_MINUTE),
      schema: {
        summary: 'Make the first account with the one-time token, and sign in',
        security: WITHOUT_SIGN_IN,
        body: setupRequestSchema,
        response: { 201: sessionSchema, 403: errorBodySchema, 429: errorBodySchema },
      },
    },
    async (request, reply) => {
      wrongTokens.check(request.ip);
      const person = await deps.setup.use(request.body).catch((error: unknown) => {
        if (error instanceof AppError) wrongTokens.count(request.ip);
        throw error;
      });
      deps.log.info('first account made', { person: person.id });
      setSessionCookie(reply, await deps.sessions.start(person), deps.publicUrl);
      return reply.code(201).send({ person, setupNeeded: false });
    },
  );
}
