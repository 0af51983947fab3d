// A recipient's feed of incidents as Atom, by a link whose secret is the key: feed readers sign in
// nowhere. No path is logged, so the secret is in no log.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Recipient } from '#shared/model/incident.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { ALERT_FEED_PREFIX } from '#shared/wire/alerts-api.ts';
import { errorBodySchema } from '#shared/wire/api.ts';
import { atomOf } from '../../alerts/atom.ts';
import { type ApiScope, perMinute, WITHOUT_SIGN_IN } from '../api-scope.ts';
import type { ApiDeps } from '../deps.ts';
import { incidentViews } from '../incident-views.ts';
import { feedUrlOf } from '../recipient-secret.ts';
import { hashSecret } from '../secrets.ts';

/** Readers of one office share an address; each asks some times an hour. */
const REQUESTS_PER_MINUTE = 60;
const MOST_ENTRIES = 100;
/** Looked through for those of the recipient's kinds. */
const MOST_LOOKED_AT = 1000;

export function addAlertFeedRoutes(app: ApiScope, deps: ApiDeps): void {
  app.get(
    `${ALERT_FEED_PREFIX}/:secret`,
    {
      config: perMinute(REQUESTS_PER_MINUTE),
      schema: {
        summary: 'Incidents as an Atom feed, for who was given its link',
        security: WITHOUT_SIGN_IN,
        params: z.object({ secret: z.string().max(100) }),
        response: {
          200: {
            description: 'The feed, newest change first',
            content: { 'application/atom+xml': { schema: z.string() } },
          },
          304: z.null().describe('It is as `If-None-Match` says'),
          ...{ 404: errorBodySchema, 429: errorBodySchema },
        },
      },
    },
    async (request, reply) => {
      const { secret } = request.params;
      const recipient = await deps.registry.alerts.feedRecipient(hashSecret(secret));
      if (recipient === undefined) {
        throw new AppError('not_found', 'there is no such feed; ask for a new link');
      }
      const body = await feedOf(deps, recipient, secret);
      const tag = `"${createHash('sha256').update(body).digest('base64url')}"`;
      reply.header('etag', tag).header('cache-control', 'private, no-cache');
      reply.header('x-robots-tag', 'noindex, nofollow');
      const known = request.headers['if-none-match'] ?? '';
      if (known.split(',').some((each) => each.trim().replace(/^W\//, '') === tag)) {
        return reply.code(304).send(null);
      }
      return reply
        .type('application/atom+xml; charset=utf-8')
        .serializer((text: string) => text as never)
        .send(body as never) as never;
    },
  );
}

async function feedOf(deps: ApiDeps, recipient: Recipient, secret: string): Promise<string> {
  const { id, name, language, boardIds, kinds, createdAt } = recipient;
  const { registry, alerts } = deps;
  const found = await registry.alerts.incidents({
    ...{ status: 'all', limit: MOST_LOOKED_AT },
    ...(boardIds === null ? {} : { boardIds }),
  });
  const told = found
    .filter(({ kind, mergedInto }) => mergedInto === null && (kinds?.includes(kind) ?? true))
    .slice(0, MOST_ENTRIES);
  const locations = new Map((await registry.locations(undefined, 'all')).map((l) => [l.id, l]));
  const pagesUrl = alerts.pagesUrl();
  return atomOf({
    ...{ id, title: name, language, pagesUrl, madeAt: new Date(createdAt).toISOString() },
    selfUrl: feedUrlOf(pagesUrl, secret),
    incidents: incidentViews(told, { boardIds }, locations),
  });
}
