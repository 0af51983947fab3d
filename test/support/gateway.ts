// A real gateway on a real HTTP server with real stores; only the judge is a stand-in, and the
// clock stands still until it is moved.
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { join } from 'node:path';
import fastify from 'fastify';
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { addErrorReplies } from '#collector/api/error-replies.ts';
import { addUplinkPollingRoutes } from '#collector/api/routes/uplink-polling.ts';
import { createEnrolment } from '#collector/gateway/enrolment.ts';
import { type Gateway, type GatewayOptions, openGateway } from '#collector/gateway/gateway.ts';
import { createIngest } from '#collector/ingest/ingest.ts';
import { createLiveEvents } from '#collector/live.ts';
import type { Registry } from '#collector/registry/registry.ts';
import { openRawStore } from '#collector/series/raw.ts';
import type { SeriesStore } from '#collector/series/series.ts';
import { openSqliteSeries } from '#collector/series/sqlite.ts';
import { createSlots } from '#collector/slots/slots.ts';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import { API_PREFIX } from '#shared/wire/api.ts';
import { UPLINK_PATH } from '#shared/wire/uplink.ts';
import { FakeClock } from './fake-clock.ts';
import {
  connectRaw,
  type DeviceKey,
  enrolmentRequest,
  type HelloFrame,
  helloOf,
  newDeviceKey,
  type RawAgent,
} from './raw-agent.ts';
import { openTestRegistry } from './registry.ts';
import { silentLog } from './silent-log.ts';

export interface TestDevice {
  readonly id: string;
  readonly key: DeviceKey;
}

export interface GatewayScene extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly registry: Registry;
  readonly series: SeriesStore;
  readonly clock: FakeClock;
  readonly server: Server;
  readonly url: string;
  /** Locations of which something changed. */
  readonly changed: string[];
  newDevice(locationId?: string): Promise<TestDevice>;
  /** Connected and welcomed. */
  welcome(device: TestDevice, change?: Partial<HelloFrame>): Promise<RawAgent>;
}

export async function gatewayScene(
  change: Partial<Pick<GatewayOptions, 'ingest' | 'addressOf'>> & {
    readonly registry?: (registry: Registry) => GatewayOptions['registry'];
  } = {},
): Promise<GatewayScene> {
  const clock = new FakeClock();
  const open = await openTestRegistry(clock);
  const { registry } = open;
  const series = await openSqliteSeries({ path: join(open.folder, 'series.db') });
  const raw = await openRawStore(open.folder);
  const events = createLiveEvents();
  const changed: string[] = [];
  events.subscribe((locationId) => changed.push(locationId));
  const ingest = createIngest({
    ...{ series, events, clock, log: silentLog },
    raw,
    judge: { judge: async () => ({}) as Verdict },
  });
  const slots = createSlots({
    servers: () => [{ url: 'http://127.0.0.1:8081', capacity: 1 }],
    key: new Uint8Array(32),
    ...{ clock, random: systemRandom, newId: randomUUID, log: silentLog },
  });
  const gateway = openGateway({
    ...{ slots, events, clock, random: systemRandom, log: silentLog },
    ...{ plan: DEFAULT_PLAN, ingest: change.ingest ?? ingest },
    registry: change.registry?.(registry) ?? registry,
    ...(change.addressOf === undefined ? {} : { addressOf: change.addressOf }),
  });
  const app = fastify({ forceCloseConnections: true });
  app.setValidatorCompiler(validatorCompiler).setSerializerCompiler(serializerCompiler);
  app.setNotFoundHandler((_request, reply) => reply.code(418).send());
  addErrorReplies(app, silentLog);
  app.get('/healthz', async () => ({}));
  await app.register(
    async (scope) =>
      addUplinkPollingRoutes(scope.withTypeProvider<ZodTypeProvider>(), gateway.polling),
    { prefix: API_PREFIX },
  );
  const { server } = app;
  gateway.attach(server);
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const url = `ws://127.0.0.1:${port}${UPLINK_PATH}`;
  const enrol = createEnrolment({ registry, clock, newId: randomUUID });
  return {
    ...{ gateway, registry, series, clock, server, url, changed },
    newDevice: async (locationId = '16SW03') => {
      const key = newDeviceKey();
      const code = randomUUID();
      await registry.addEnrolmentCode(code, locationId, clock.now() + 1_000);
      return { id: (await enrol(enrolmentRequest(key, code))).deviceId, key };
    },
    welcome: async (device, hello) => {
      const agent = await connectRaw(url);
      agent.send(await helloOf(agent, device.id, device.key, hello));
      await agent.expect('welcome');
      return agent;
    },
    [Symbol.asyncDispose]: async () => {
      const over = gateway[Symbol.asyncDispose]();
      await clock.advance(10_000);
      await over;
      await ingest.settled();
      await app.close();
      await series[Symbol.asyncDispose]();
      await raw[Symbol.asyncDispose]();
      await open[Symbol.asyncDispose]();
    },
  };
}
