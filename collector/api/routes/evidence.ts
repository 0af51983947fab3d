// The evidence pack of a location as a signed file, and the key with which anyone can check one.
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { locationIdSchema } from '#shared/model/location.ts';
import { errorBodySchema } from '#shared/wire/api.ts';
import {
  EVIDENCE_KEY_PATH,
  EVIDENCE_SIGNATURE_HEADER,
  evidenceKeySchema,
  evidencePackQuerySchema,
  evidencePackSchema,
} from '#shared/wire/evidence-pack.ts';
import { type ApiScope, perMinute, WITHOUT_SIGN_IN } from '../api-scope.ts';
import type { ApiDeps } from '../deps.ts';
import { signedIn } from '../sign-in.ts';
import { visibleLocation } from '../visible-location.ts';

/** A report of a year costs a second of a core. */
const PACKS_PER_MINUTE = 10;
const KEY_MAX_AGE_S = 300;
/** A file, whatever its type. */
const fileSchema = z.string().meta({ format: 'binary' });

export function addEvidenceRoutes(app: ApiScope, deps: ApiDeps): void {
  app.get(
    '/locations/:id/evidence-pack',
    {
      config: perMinute(PACKS_PER_MINUTE),
      schema: {
        summary: `Verdict and every test of a location, signed: a ZIP of PDF, CSV and JSON, or one of them with its detached JWS in ${EVIDENCE_SIGNATURE_HEADER}`,
        params: z.object({ id: locationIdSchema }),
        querystring: evidencePackQuerySchema,
        response: {
          200: {
            description: 'The file',
            content: {
              'application/zip': { schema: fileSchema },
              'application/pdf': { schema: fileSchema },
              'text/csv': { schema: fileSchema },
              'application/json': { schema: evidencePackSchema },
            },
          },
          ...{ 400: errorBodySchema, 404: errorBodySchema, 429: errorBodySchema },
        },
      },
    },
    async (request, reply) => {
      const person = signedIn(request);
      const location = await visibleLocation(deps, person, request.params.id);
      const { format, lang, from, to, line } = request.query;
      const file = await deps.evidence.file(location, {
        ...{ format, lang },
        ...(from === undefined ? {} : { from: Date.parse(from) }),
        ...(to === undefined ? {} : { to: Date.parse(to) }),
        ...(line === undefined ? {} : { lineId: line }),
      });
      deps.log.info('evidence pack made', { location: location.id, format, by: person.id });
      reply
        .type(file.contentType)
        .header('content-disposition', `attachment; filename="${file.name}"`);
      if (file.jws !== undefined) reply.header(EVIDENCE_SIGNATURE_HEADER, file.jws);
      return reply
        .serializer((bytes: Uint8Array) => Buffer.from(bytes) as never)
        .send(file.bytes as never) as never;
    },
  );
}

/** For everybody: whoever gets a pack has no account here. */
export function addEvidenceKey(
  app: FastifyInstance,
  { evidence }: Pick<ApiDeps, 'evidence'>,
): void {
  app.get(
    EVIDENCE_KEY_PATH,
    {
      schema: {
        summary: 'The public key that evidence packs are signed with (JWK)',
        security: WITHOUT_SIGN_IN,
        response: { 200: evidenceKeySchema },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', `public, max-age=${KEY_MAX_AGE_S}`);
      return evidence.publicKey;
    },
  );
}
