// The measure servers, for operators: whether each answers, how full it is, and when it fell short.
import type { EpochMs } from '#shared/model/units.ts';
import {
  errorBodySchema,
  type MeasureServerView,
  measureServerListSchema,
  type ServerFaultView,
} from '#shared/wire/api.ts';
import type { KeptServerFault } from '../../registry/server-faults.ts';
import type { ApiScope } from '../api-scope.ts';
import type { ApiDeps, MeasureServerStatus } from '../deps.ts';
import { operator } from '../sign-in.ts';

const DAY_MS = 86_400_000;
/** As long as a verdict's evidence is, by default. */
const FAULT_DAYS = 28;

export function addMeasureServerRoutes(app: ApiScope, deps: ApiDeps): void {
  app.get(
    '/measure-servers',
    {
      schema: {
        summary: `Measure servers: whether they answer, places in use, and faults of the last ${FAULT_DAYS} days`,
        response: { 200: measureServerListSchema, 401: errorBodySchema, 403: errorBodySchema },
      },
    },
    async (request) => {
      operator(request);
      const now = deps.clock.now();
      const faults = await deps.registry.serverFaults.find({
        from: now - FAULT_DAYS * DAY_MS,
        to: now,
      });
      return { servers: deps.measureServers().map(serverView), faults: faults.map(faultView) };
    },
  );
}

function serverView({ url, slots, inUse, condition }: MeasureServerStatus): MeasureServerView {
  const { state, since, failures, checkedAt, lastError } = condition;
  return {
    ...{ url, slots, inUse, state, failures },
    since: iso(since),
    checkedAt: checkedAt === undefined ? null : iso(checkedAt),
    lastError: lastError === undefined ? null : { ...lastError, at: iso(lastError.at) },
  };
}

function faultView(fault: KeptServerFault): ServerFaultView {
  const { server, direction, lines, fallen, usualRate } = fault;
  return {
    ...{ server, direction, lines, fallen, usualRate },
    from: iso(fault.from),
    to: iso(fault.to),
    foundAt: iso(fault.foundAt),
  };
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}
