// The part of the app under /api/v1, with zod as its types.
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';

export type ApiScope = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** For the document: an endpoint that needs no sign-in. */
export const WITHOUT_SIGN_IN: { [name: string]: string[] }[] = [];

/** Tries per address and minute at doors where guessing or heavy work could be attempted. */
export function perMinute(max: number) {
  return { rateLimit: { max, timeWindow: 60_000 } };
}
