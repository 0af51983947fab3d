// Operators look after agents from afar: what they run by, and a test now.
import { z } from 'zod';
import { AppError } from '#shared/runtime/errors.ts';
import {
  askedTestSchema,
  configurationReplySchema,
  configurationRequestSchema,
  deviceConfigurationSchema,
} from '#shared/wire/agent-care.ts';
import { errorBodySchema, type Person } from '#shared/wire/api.ts';
import type { AgentCare } from '../../gateway/remote-care.ts';
import type { Device } from '../../registry/registry.ts';
import { mayOperateAll } from '../access.ts';
import type { ApiScope } from '../api-scope.ts';
import type { ApiDeps } from '../deps.ts';
import { operator, signedIn } from '../sign-in.ts';
import { visibleLocation } from '../visible-location.ts';

const params = z.object({ id: z.uuid() });
const REFUSALS = {
  400: errorBodySchema,
  403: errorBodySchema,
  404: errorBodySchema,
  409: errorBodySchema,
};

type CareDeps = Pick<ApiDeps, 'registry' | 'log'>;

export function addAgentCareRoutes(app: ApiScope, deps: CareDeps, care: AgentCare): void {
  app.post(
    '/agent-configurations',
    {
      schema: {
        summary: 'Configure one agent, or all; each takes it back by itself when it cuts it off',
        body: configurationRequestSchema,
        response: { 201: configurationReplySchema, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const person = operator(request);
      const { deviceId, configuration } = request.body;
      if (deviceId !== undefined) await visibleDevice(deps, person, deviceId);
      else if (!mayOperateAll(person)) {
        throw new AppError('not_allowed', 'only an operator of all boards configures all agents');
      }
      const version = await deps.registry.configurations.add({
        ...{ deviceId, configuration, authorId: person.id },
      });
      deps.log.info('agents configured', { version, device: deviceId ?? 'all', by: person.id });
      // Not waited for: devices may be many, and each answers in its own time.
      void care.configurationAdded(deviceId);
      return reply.code(201).send({ version });
    },
  );
  app.get(
    '/devices/:id/configuration',
    {
      schema: {
        summary: 'What a device is to run by, and what it said of it',
        params,
        response: { 200: deviceConfigurationSchema, ...REFUSALS },
      },
    },
    async (request) => {
      const device = await visibleDevice(deps, operator(request), request.params.id);
      const found = await deps.registry.configurations.forDevice(device.id);
      return {
        version: found?.version ?? null,
        configuration: found?.configuration ?? {},
        createdAt: found === undefined ? null : new Date(found.createdAt).toISOString(),
        outcome: found?.answer?.outcome ?? null,
        reason: found?.answer?.reason ?? null,
      };
    },
  );
  app.post(
    '/devices/:id/measure-now',
    {
      schema: {
        summary: 'Ask a connected device for a test now',
        params,
        response: { 202: askedTestSchema, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const person = operator(request);
      const device = await visibleDevice(deps, person, request.params.id);
      const test = care.measureNow(device.id);
      deps.log.info('a test was asked for', { device: device.id, by: person.id });
      return reply.code(202).send(test);
    },
  );
  app.get(
    '/devices/:id/measure-now',
    {
      schema: {
        summary:
          'How the test goes that was last asked for; each change is an event of its location',
        params,
        response: { 200: askedTestSchema, ...REFUSALS },
      },
    },
    async (request) => {
      const device = await visibleDevice(deps, signedIn(request), request.params.id);
      const test = care.askedTest(device.id);
      if (test !== undefined) return test;
      throw new AppError(
        'not_found',
        'no test was asked of this device since the collector started',
      );
    },
  );
}

/** Throws `not_found`, also for a device of another board. */
async function visibleDevice(
  { registry }: Pick<CareDeps, 'registry'>,
  person: Person,
  id: string,
): Promise<Device> {
  const device = await registry.device(id);
  if (device === undefined) throw new AppError('not_found', `there is no device ${id}`);
  await visibleLocation({ registry }, person, device.locationId);
  return device;
}
