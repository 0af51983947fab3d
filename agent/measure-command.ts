// `measure`: one test now, with its progress; and the hidden job that the standing agent's child is.
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Measurement } from '#shared/model/measurement.ts';
import { CAPACITY_TEST_BYTES, DEFAULT_PLAN, type Plan } from '#shared/model/plan.ts';
import { systemClock, withDeadline } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import type { AgentEdge } from './edge.ts';
import type { Identity } from './identity/identity.ts';
import { openHostFiles } from './measure/environment/host-files.ts';
import { createEnvironmentProbe } from './measure/environment/probe.ts';
import type { Known, MeasureRequest, Measurer, Progress } from './measure/measurer.ts';
import {
  InProcessMeasurer,
  type InProcessMeasurerOptions,
} from './measure/throughput/in-process-measurer.ts';
import type { PeerProtocol } from './measure/throughput/protocols/peer-measurer.ts';
import { newId } from './new-id.ts';
import type { Uplink } from './uplink/uplink-service.ts';
import { AGENT_VERSION } from './version.ts';

export interface MeasureOptions {
  /** Origin of a measure server that admits anyone; absent: one that the collector assigns. */
  readonly server?: string;
  readonly mode: 'check' | 'capacity';
  readonly known: (server: string) => Known;
  readonly onProgress: (progress: Progress) => void;
}

const SLOT_DEADLINE_MS = 120_000;
const DELIVERY_DEADLINE_MS = 30_000;
const SPOOL_BYTES = 1_000_000;

export function createMeasurer(edge: AgentEdge, position: Plan['position']): Measurer {
  return new InProcessMeasurer(measurerOptions(edge, position));
}

function measurerOptions(edge: AgentEdge, position: Plan['position']): InProcessMeasurerOptions {
  return {
    clock: systemClock,
    random: systemRandom,
    newId: () => newId(),
    agentVersion: AGENT_VERSION,
    nodeVersion: edge.nodeVersion,
    environment: createEnvironmentProbe({
      files: openHostFiles(),
      clock: systemClock,
      eventLoop: () => {
        const start = performance.eventLoopUtilization();
        return () => performance.eventLoopUtilization(start).utilization;
      },
      position,
    }),
  };
}

/** Against a server that the caller names: nothing is sent to a collector. */
export async function measureAgainst(
  edge: AgentEdge,
  server: string,
  position: Plan['position'],
  options: MeasureOptions & { readonly protocol?: PeerProtocol },
): Promise<Measurement> {
  const { budget } = DEFAULT_PLAN;
  const testBytes = options.mode === 'capacity' ? CAPACITY_TEST_BYTES : budget.testBytes;
  const plan = { ...DEFAULT_PLAN, position, budget: { ...budget, testBytes } };
  return (await measurerFor(edge, position, options.protocol)).measure(
    { deviceId: randomUUID(), server, plan, mode: options.mode, known: options.known(server) },
    edge.signal,
    options.onProgress,
  );
}

async function measurerFor(
  edge: AgentEdge,
  position: Plan['position'],
  protocol: PeerProtocol | undefined,
): Promise<Measurer> {
  if (protocol === undefined) return createMeasurer(edge, position);
  const { PeerMeasurer } = await import('./measure/throughput/protocols/peer-measurer.ts');
  return new PeerMeasurer(protocol, measurerOptions(edge, position));
}

export interface Measured {
  readonly measurement: Measurement;
  /** Why the collector does not have it, where it does not. */
  readonly undelivered?: unknown;
}

/**
 * In a slot of the collector's, to which the result is delivered before this resolves. Rejects when
 * there was no slot; a result that could not be delivered is still the person's who waited for it.
 */
export async function measureForCollector(
  edge: AgentEdge,
  identity: Identity,
  log: Logger,
  options: MeasureOptions,
): Promise<Measured> {
  const { createMemorySpool } = await import('./spool/memory.ts');
  const { createUplink } = await import('./uplink/uplink-service.ts');
  const { createOutbound } = await import('./network/outbound.ts');
  const { waysTo } = await import('./uplink/ways.ts');
  using outbound = createOutbound({ env: edge.env, clock: systemClock });
  await using spool = createMemorySpool({ maxBytes: SPOOL_BYTES });
  const uplink = createUplink({
    ...{ identity, spool, log, clock: systemClock, random: systemRandom },
    ...{ agentVersion: AGENT_VERSION, nodeVersion: edge.nodeVersion },
    ways: () => waysTo(identity.collector, 'auto', outbound, systemClock),
    purpose: 'once',
  });
  const end = new AbortController();
  const session = uplink.service.run(AbortSignal.any([edge.signal, end.signal]), () => {});
  try {
    const grant = await within(
      SLOT_DEADLINE_MS,
      edge.signal,
      'the collector gave no slot in time',
      (signal) => uplink.requestSlot(options.mode, signal),
    );
    const measurement = await measureInSlot(edge, identity, uplink, grant, options).finally(() =>
      uplink.releaseSlot(grant.slotId),
    );
    await spool.append(measurement);
    return await within(
      DELIVERY_DEADLINE_MS,
      edge.signal,
      'the result could not be delivered in time',
      (signal) => uplink.drained(signal),
    ).then(
      () => ({ measurement }),
      (undelivered: unknown) => ({ measurement, undelivered }),
    );
  } finally {
    end.abort();
    await session;
  }
}

function measureInSlot(
  edge: AgentEdge,
  identity: Identity,
  uplink: Uplink,
  { server, token }: { readonly server: string; readonly token: string },
  options: MeasureOptions,
): Promise<Measurement> {
  const plan = uplink.plan() ?? DEFAULT_PLAN;
  const clockOffsetMs = uplink.clockOffsetMs();
  const request: MeasureRequest = {
    deviceId: identity.deviceId,
    ...{ server, token, plan, mode: options.mode, known: options.known(server) },
    ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }),
  };
  return createMeasurer(edge, plan.position).measure(request, edge.signal, options.onProgress);
}

/** The standing agent's child: a request on stdin, progress and the result on stdout. */
export async function measureJob(edge: AgentEdge): Promise<void> {
  const request = JSON.parse(await edge.readLine()) as MeasureRequest;
  const signal = AbortSignal.any([edge.signal, edge.stdinEnded()]);
  const measurement = await createMeasurer(edge, request.plan.position).measure(
    request,
    signal,
    (progress) => edge.stdout(`${JSON.stringify({ progress })}\n`),
  );
  edge.stdout(`${JSON.stringify({ measurement })}\n`);
}

function within<T>(
  ms: number,
  parent: AbortSignal,
  message: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withDeadline(
    systemClock,
    ms,
    () => new AppError('unreachable', `${message}; check with: meetnet-agent doctor`),
    work,
    parent,
  );
}
