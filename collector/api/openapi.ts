// The OpenAPI document, made from the same schemas that check the requests.
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import { boardSchema } from '#shared/model/location.ts';
import { measurementSchema } from '#shared/model/measurement.ts';
import { normSchema } from '#shared/model/norm.ts';
import { overruleSchema } from '#shared/model/overrule.ts';
import { subsidySchemeSchema } from '#shared/model/subsidy.ts';
import { incidentViewSchema } from '#shared/wire/alerts-api.ts';
import {
  deviceViewSchema,
  errorBodySchema,
  lineViewSchema,
  locationViewSchema,
  measureServerViewSchema,
  personSchema,
  serverFaultViewSchema,
  verdictViewSchema,
} from '#shared/wire/api.ts';
import { dossierViewSchema } from '#shared/wire/dossier-api.ts';
import { evidenceKeySchema, evidencePackSchema } from '#shared/wire/evidence-pack.ts';

/** Shapes that have a name of their own in the document. */
const NAMED = {
  Board: boardSchema,
  Device: deviceViewSchema,
  Dossier: dossierViewSchema,
  Error: errorBodySchema,
  EvidenceKey: evidenceKeySchema,
  EvidencePack: evidencePackSchema,
  Incident: incidentViewSchema,
  Line: lineViewSchema,
  Location: locationViewSchema,
  Measurement: measurementSchema,
  MeasureServer: measureServerViewSchema,
  Norm: normSchema,
  Overrule: overruleSchema,
  Person: personSchema,
  ServerFault: serverFaultViewSchema,
  SubsidyScheme: subsidySchemeSchema,
  Verdict: verdictViewSchema,
};

export async function addOpenApi(app: FastifyInstance, version: string): Promise<void> {
  const schemaRegistry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) schemaRegistry.add(schema, { id });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Meetnet',
        description:
          'Measurements and verdicts of school locations. Rates are in Mbit/s (10^6 bit/s), times in UTC.',
        version,
      },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'meetnet' },
          token: { type: 'http', scheme: 'bearer' },
        },
      },
      security: [{ session: [] }, { token: [] }],
    },
    transform: createJsonSchemaTransform({ schemaRegistry }),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry }),
  });
}
