// What went wrong with a request, in the collector's own words where it answered, and under one
// code where it did not. Pure: what a person reads is made of it by components/problem.tsx.
import type { ErrorBody } from '#shared/wire/api.ts';

/** Codes of failures that never reached the collector or came back garbled. */
export const NO_REPLY = 'no_reply';
export const TIMED_OUT = 'timed_out';
export const UNREADABLE = 'unreadable_reply';

export class ApiError extends Error {
  /** One of the collector's error codes, or one of the codes above. */
  readonly code: string;
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** One line per fault in the request. */
  readonly faults: readonly string[];

  constructor(
    code: string,
    message: string,
    detail: { status?: number; faults?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'ApiError';
    this.code = code;
    this.status = detail.status;
    this.faults = detail.faults ?? [];
  }
}

/** Reads an error's body; anything that is not of the API's form becomes `unreadable_reply`. */
export function errorOfReply(status: number, body: unknown): ApiError {
  if (isErrorBody(body)) {
    const { code, message, faults } = body.error;
    return new ApiError(code, message, { status, ...(faults === undefined ? {} : { faults }) });
  }
  return new ApiError(UNREADABLE, `the collector answered ${status} without saying why`, {
    status,
  });
}

/** Whether the same request may succeed a moment later. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status === undefined || error.status >= 500;
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

function isErrorBody(body: unknown): body is ErrorBody {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const { error } = body;
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'string' &&
    'message' in error &&
    typeof error.message === 'string'
  );
}
