// A latency measurement from start to result: lookups, reachability, a minute of probes.
import type { LatencyReport } from '#shared/model/latency.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Random } from '#shared/runtime/random.ts';
import { SPEED_PROTOCOL } from '#shared/wire/speed.ts';
import { addressOf } from '../throughput/connect.ts';
import { failureOf } from '../throughput/failure-of.ts';
import { chooseProbe } from './open-probe.ts';
import { LATE_MS, summariseProbes } from './probe-log.ts';
import { endOfOrigin, timeConnect, timeLookup } from './reach.ts';

export interface LatencyMeasureRequest {
  readonly deviceId: string;
  /** Origin of the measure server. */
  readonly server: string;
  /** Origin of the collector, to which a connection is tried; absent for a measurement by hand. */
  readonly collector?: string | undefined;
  readonly perSecond: number;
  readonly seconds: number;
  readonly clockOffsetMs?: number | undefined;
}

export interface LatencyContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly agentVersion: string;
  readonly nodeVersion: string;
}

const STAMP_PROTOCOL = 'stamp/rfc8762';

/** Undefined when `signal` broke it off; what the network does wrong is in the result. */
export async function measureLatency(
  request: LatencyMeasureRequest,
  context: LatencyContext,
  signal: AbortSignal,
): Promise<Measurement | undefined> {
  const { clock, newId, agentVersion, nodeVersion } = context;
  const startedAt = new Date(clock.now()).toISOString();
  const start = clock.monotonicMs();
  const found = await probe(request, context, signal);
  if (signal.aborted) return undefined;
  const { latency, ipVersion, failure } = found;
  return {
    id: newId(),
    deviceId: request.deviceId,
    kind: 'latency',
    protocol: latency?.probes?.transport === 'tcp' ? SPEED_PROTOCOL : STAMP_PROTOCOL,
    startedAt,
    durationMs: Math.round(clock.monotonicMs() - start),
    ...(latency === undefined ? {} : { latency }),
    ...(failure === undefined ? {} : { failure }),
    conditions: {
      // Probes need no position: they ask nothing of the line.
      position: 'off_path',
      agentVersion,
      nodeVersion,
      server: request.server,
      ...(ipVersion === undefined ? {} : { ipVersion }),
      ...(request.clockOffsetMs === undefined ? {} : { clockOffsetMs: request.clockOffsetMs }),
    },
    flags: [],
  };
}

async function probe(
  { server, collector, perSecond, seconds }: LatencyMeasureRequest,
  { clock, random }: LatencyContext,
  signal: AbortSignal,
): Promise<Pick<Measurement, 'latency' | 'failure'> & { readonly ipVersion?: 4 | 6 }> {
  const before: LatencyReport = { lookups: [], reach: [] };
  try {
    const ends = [server, ...(collector === undefined ? [] : [collector])].map(endOfOrigin);
    const names = [...new Set(ends.map(({ host }) => host))];
    const lookups = await Promise.all(names.map((name) => timeLookup(name, clock, signal)));
    before.lookups.push(...lookups.flatMap((lookup) => lookup ?? []));
    const [, ...others] = ends;
    before.reach.push(...(await Promise.all(others.map((end) => timeConnect(end, clock, signal)))));
    const { open, ipVersion } = await chooseProbe({
      server: addressOf(server),
      clock,
      random,
      signal,
    });
    const running = await open(perSecond);
    await clock.sleep(1000 * seconds, signal).catch(() => {});
    const probes = summariseProbes(await running.stop(signal.aborted ? 0 : LATE_MS));
    return {
      latency: { ...before, ...(probes === undefined ? {} : { probes }) },
      ...(ipVersion === undefined ? {} : { ipVersion }),
    };
  } catch (error) {
    return { latency: before, failure: failureOf(error, 'latency') };
  }
}
