// The uplink for agents whose network lets no WebSocket through. The device's key over a nonce is the
// credential, as over a WebSocket, so no sign-in; the gateway decides.
import { z } from 'zod';
import {
  closeRequestSchema,
  MAX_POLLING_BYTES,
  openReplySchema,
  POLLING_PATH,
  pollReplySchema,
  pollRequestSchema,
  sendRequestSchema,
} from '#shared/wire/uplink-polling.ts';
import type { PollingDoor } from '../../gateway/polling-door.ts';
import { type ApiScope, WITHOUT_SIGN_IN } from '../api-scope.ts';

export function addUplinkPollingRoutes(app: ApiScope, polling: PollingDoor): void {
  const common = { hide: true, security: WITHOUT_SIGN_IN } as const;
  app.post(
    `${POLLING_PATH}/open`,
    { schema: { ...common, body: z.object({}), response: { 201: openReplySchema } } },
    async (request, reply) => reply.code(201).send(polling.open(request.ip)),
  );
  app.post(
    `${POLLING_PATH}/send`,
    {
      bodyLimit: MAX_POLLING_BYTES,
      schema: { ...common, body: sendRequestSchema, response: { 200: z.object({}) } },
    },
    async (request) => {
      await polling.send(request.body);
      return {};
    },
  );
  app.post(
    `${POLLING_PATH}/poll`,
    { schema: { ...common, body: pollRequestSchema, response: { 200: pollReplySchema } } },
    async (request, reply) => {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      return polling.poll(request.body, gone.signal);
    },
  );
  app.post(
    `${POLLING_PATH}/close`,
    { schema: { ...common, body: closeRequestSchema, response: { 200: z.object({}) } } },
    async (request) => {
      await polling.close(request.body);
      return {};
    },
  );
}
