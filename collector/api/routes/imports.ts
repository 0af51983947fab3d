// DUO's files over the API: uploaded and previewed, then applied by the preview's token. For
// operators of all boards: an import is about every board.
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { sectorSchema } from '#shared/model/location.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { errorBodySchema } from '#shared/wire/api.ts';
import {
  type ImportPlan,
  importApplySchema,
  importPlanSchema,
  importPreviewSchema,
} from '#shared/wire/import.ts';
import { changedEvidence, importFacts } from '../../import/import.ts';
import { type ImportedFacts, type ImportFile, readFiles } from '../../import/read-files.ts';
import { mayImport } from '../access.ts';
import { type ApiScope, perMinute } from '../api-scope.ts';
import type { ApiDeps } from '../deps.ts';
import { newSecret } from '../secrets.ts';
import { operator } from '../sign-in.ts';

/** All of DUO's files of one year are 6 MB; a postcode file of the whole country is the command's. */
const MAX_UPLOAD_BYTES = 16 * 1024 * 1024;
const PREVIEW_MS = 3_600_000;
/** Each holds its files' rows in memory. */
const MAX_PREVIEWS = 4;
const UPLOADS_PER_MINUTE = 10;

interface Preview {
  readonly facts: ImportedFacts;
  readonly plan: ImportPlan;
  readonly expiresAt: number;
}

const REFUSALS = {
  400: errorBodySchema,
  403: errorBodySchema,
  404: errorBodySchema,
  409: errorBodySchema,
  413: errorBodySchema,
  422: errorBodySchema,
};

export function addImportRoutes(app: ApiScope, deps: ApiDeps): void {
  const previews = new Map<string, Preview>();
  app.register(async (plain) => {
    const scope = plain as ApiScope;
    // Before a byte of the body is read: nobody else's upload is worth the memory.
    scope.addHook('onRequest', async (request) => {
      if (!mayImport(operator(request))) {
        throw new AppError('not_allowed', 'only an operator of all boards may import');
      }
    });
    scope.addContentTypeParser(
      'multipart/form-data',
      { parseAs: 'buffer', bodyLimit: MAX_UPLOAD_BYTES },
      (_request, body, done) => done(null, body),
    );
    addUpload(scope, deps, previews);
    addApply(scope, deps, previews);
  });
}

function addUpload(app: ApiScope, deps: ApiDeps, previews: Map<string, Preview>): void {
  app.post(
    '/imports',
    {
      bodyLimit: MAX_UPLOAD_BYTES,
      config: perMinute(UPLOADS_PER_MINUTE),
      schema: {
        summary:
          "Upload DUO's files (multipart/form-data, each in a field `file`) and see what they change",
        consumes: ['multipart/form-data'],
        querystring: z.object({ sector: sectorSchema.optional() }),
        response: { 201: importPreviewSchema, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const facts = readFiles(await filesOf(request), request.query.sector);
      const now = deps.clock.now();
      const plan = await importFacts(deps.registry, facts, now, { mode: 'preview' });
      const token = newSecret(deps.random);
      const expiresAt = now + PREVIEW_MS;
      for (const [other, { expiresAt: until }] of previews) {
        if (until <= now || previews.size >= MAX_PREVIEWS) previews.delete(other);
      }
      previews.set(token, { facts, plan, expiresAt });
      return reply.code(201).send({ token, expiresAt: new Date(expiresAt).toISOString(), plan });
    },
  );
}

function addApply(app: ApiScope, deps: ApiDeps, previews: Map<string, Preview>): void {
  app.post(
    '/imports/:token/apply',
    {
      schema: {
        summary: 'Apply an import as it was previewed',
        params: z.object({ token: z.string().max(200) }),
        body: importApplySchema,
        response: { 200: importPlanSchema, ...REFUSALS },
      },
    },
    async (request) => {
      const { token } = request.params;
      const preview = previews.get(token);
      const now = deps.clock.now();
      if (preview === undefined || preview.expiresAt <= now) {
        throw new AppError(
          'not_found',
          'this preview is not known or too old; upload the files again',
        );
      }
      const { merge, closeMany = false } = request.body ?? {};
      const plan = await importFacts(deps.registry, preview.facts, now, {
        ...{ mode: 'write', closeMany, expected: preview.plan },
        ...(merge === undefined ? {} : { merge }),
      });
      previews.delete(token);
      const { added, changed, closed } = plan.locations;
      deps.log.info('locations imported', {
        ...{ added: added.length, changed: changed.length, closed: closed.length },
        by: operator(request).id,
      });
      await told(deps, plan);
      return plan;
    },
  );
}

/** Web's own reader of forms, which Node has. Throws `bad_request`. */
async function filesOf({ headers, body }: FastifyRequest): Promise<readonly ImportFile[]> {
  const contentType = headers['content-type'] ?? '';
  if (!Buffer.isBuffer(body)) {
    throw new AppError(
      'bad_request',
      'send the files as multipart/form-data, each in a field file',
    );
  }
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': contentType },
  })
    .formData()
    .catch((cause: unknown) => {
      throw new AppError('bad_request', 'the body is no whole multipart/form-data', { cause });
    });
  const files: ImportFile[] = [];
  for (const [, value] of form) {
    if (typeof value === 'string') continue;
    files.push({ name: value.name, bytes: new Uint8Array(await value.arrayBuffer()) });
  }
  if (files.length > 0) return files;
  throw new AppError('bad_request', 'there is no file in the form; send each in a field file');
}

/** Whoever looks sees it; and what has other evidence now is judged by it. */
async function told(deps: ApiDeps, plan: ImportPlan): Promise<void> {
  for (const id of changedEvidence(plan)) {
    await deps.judge.judge(id).catch((error: unknown) => {
      deps.log.error('no new verdict after a merge', { location: id, error });
    });
  }
  const { added, changed, closed, reopened, merged } = plan.locations;
  const ids = [...added, ...changed, ...closed, ...reopened].map(({ id }) => id);
  for (const id of [...ids, ...merged.flatMap(({ from, to }) => [from, to])]) {
    deps.events.changed(id);
  }
}
