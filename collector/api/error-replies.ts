// Everything that goes wrong on the way to an answer, as one body: {error: {code, message, faults?}}.
// Bugs are logged in full and told in general words.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { AppError, ERRORS, type ErrorCode } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { ErrorBody } from '#shared/wire/api.ts';

interface Told {
  readonly status: number;
  readonly body: ErrorBody;
}

export function addErrorReplies(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error: unknown, request, reply) => {
    const told = toldOf(error);
    if (told.status >= 500) {
      log.error('request failed', { method: request.method, path: pathOf(request), error });
    }
    return sendError(reply, told);
  });
}

/** What does not exist, in the same form; for the not-found handler. */
export function notFound(request: FastifyRequest): AppError {
  return new AppError(
    'not_found',
    `${request.method} ${pathOf(request)}: there is no such thing here`,
  );
}

export function sendError(reply: FastifyReply, told: Told): FastifyReply {
  return reply
    .code(told.status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(told.body));
}

export function toldOf(error: unknown): Told {
  if (error instanceof AppError) {
    // What failed inside names paths and addresses; those are for the log.
    return error.entry.status >= 500
      ? tell(error.code, `${error.entry.meaning}; try again later, the collector's log says more`)
      : tell(error.code, error.message);
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const place = (error as { validationContext?: string }).validationContext ?? 'request';
    const faults = error.validation.map(
      ({ instancePath, message }) =>
        `${place}${instancePath === '/' ? '' : instancePath}: ${message ?? 'is wrong'}`,
    );
    return tell('bad_request', `the request cannot be used: ${faults.join('; ')}`, faults);
  }
  return toldOfFramework(error as Partial<FastifyError>) ?? internal();
}

function toldOfFramework(error: Partial<FastifyError>): Told | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return tell('message_too_big', 'the body is larger than this API takes; send less');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return tell(
        'bad_request',
        'the body must be JSON: send it with content-type application/json',
      );
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return tell('bad_request', 'the body is not valid JSON; mend it and send it again');
    default: {
      const status = error.statusCode ?? 500;
      if (status === 429) return tell('too_many_requests', error.message ?? 'too many requests');
      if (status >= 500) return undefined;
      return { ...tell('bad_request', error.message ?? 'the request cannot be used'), status };
    }
  }
}

function tell(code: ErrorCode, message: string, faults?: readonly string[]): Told {
  const detail = faults === undefined ? {} : { faults: [...faults] };
  return { status: ERRORS[code].status, body: { error: { code, message, ...detail } } };
}

function internal(): Told {
  return tell('internal_error', 'something went wrong here; the log of the collector says what');
}

/** Without the query, which may carry a token. */
function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}
