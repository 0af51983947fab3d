// The one place that talks to the collector: JSON in and out, a deadline on every request, and
// every failure an ApiError. Types are the contract's; the collector serialises by its schemas.
import { ApiError, errorOfReply, NO_REPLY, TIMED_OUT, UNREADABLE } from './api-error.ts';

const PREFIX = '/api/v1';
/** A list of all locations over a school's slow line takes seconds, never half a minute. */
const DEADLINE_MS = 30_000;

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly deadlineMs?: number;
}

/** Where a browser finds `path` of the API by itself, as for a download. */
export function apiAddress(path: string): string {
  return `${PREFIX}${path}`;
}

/** `T` is what the contract says of `path`. Rejects with ApiError, or as the caller's signal says. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const { method = 'GET', body, signal, deadlineMs = DEADLINE_MS } = options;
  const deadline = AbortSignal.timeout(deadlineMs);
  const failed = (error: unknown): never => {
    signal?.throwIfAborted();
    if (deadline.aborted) {
      throw new ApiError(TIMED_OUT, `no answer within ${deadlineMs / 1000} s`, { cause: error });
    }
    throw new ApiError(NO_REPLY, 'the collector cannot be reached', { cause: error });
  };
  const reply = await fetch(apiAddress(path), {
    method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
  }).catch(failed);
  const text = await reply.text().catch(failed);
  const parsed = parse(text);
  if (!reply.ok) throw errorOfReply(reply.status, parsed);
  if (parsed === undefined && reply.status !== 204) {
    throw new ApiError(UNREADABLE, 'the answer is not JSON', { status: reply.status });
  }
  return parsed as T;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
