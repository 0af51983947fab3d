// A whole test against a server that is not ours. It measures as our own does and keeps the same
// figures, but its server says nothing of its own limits: the reading is "at least" what the line
// carries, and there is no fail in it.

import { randomFillSync } from 'node:crypto';
import type { Sample } from '#shared/flow/byte-curve.ts';
import type { Failure } from '#shared/model/failure.ts';
import type { Conditions, DirectionResult, Flag, Measurement } from '#shared/model/measurement.ts';
import { type Direction, requiredMbps } from '#shared/model/norm.ts';
import type { Bytes } from '#shared/model/units.ts';
import { NDT7_PROTOCOL } from '#shared/wire/ndt7.ts';
import { DIRECTION_LIMIT_MS, payloadShare, STREAMS_MAX } from '#shared/wire/speed.ts';
import type { EnvironmentSession } from '../../environment-probe.ts';
import type { MeasureRequest, Measurer, Progress } from '../../measurer.ts';
import { failure, failureOf } from '../failure-of.ts';
import type { InProcessMeasurerOptions } from '../in-process-measurer.ts';
import { withoutFail } from '../quality.ts';
import type { DirectionRun } from '../run-direction.ts';
import { LIBRESPEED_PROTOCOL, LIBRESPEED_STREAMS, openLibrespeed } from './librespeed.ts';
import { findLibrespeed } from './librespeed-find.ts';
import { librespeedCandidates } from './librespeed-server.ts';
import { openNdt7 } from './ndt7.ts';
import { ndt7Server } from './ndt7-server.ts';
import { type OpenLoad, runPeerDirection } from './peer-direction.ts';

export type PeerProtocol = 'ndt7' | 'librespeed';

/** A server that was found to answer. */
interface Peer {
  /** What the stop rule is told; at its most, it asks for no others. */
  readonly streams: number;
  readonly open: (direction: Direction) => OpenLoad;
}

interface Findings {
  readonly conditions: Conditions;
  readonly results: { download?: DirectionResult; upload?: DirectionResult };
  readonly flags: Set<Flag>;
  failure?: Failure;
}

const NAMES: Readonly<Record<PeerProtocol, string>> = {
  ndt7: NDT7_PROTOCOL,
  librespeed: LIBRESPEED_PROTOCOL,
};
const ETHERNET_MTU_BYTES = 1500;
const PAYLOAD_BYTES = 4 * 1024 * 1024;
/** What a direction may take of the bytes that are left: the upload must not go without. */
const BUDGET_SHARE = { download: 0.85, upload: 1 } as const;

export class PeerMeasurer implements Measurer {
  readonly #protocol: PeerProtocol;
  readonly #options: Omit<InProcessMeasurerOptions, 'random'>;

  constructor(protocol: PeerProtocol, options: Omit<InProcessMeasurerOptions, 'random'>) {
    this.#protocol = protocol;
    this.#options = options;
  }

  /** `request.server`: as peerOrigin takes it. Throws `bad_usage` for what can be no such server. */
  async measure(
    request: MeasureRequest,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void = () => {},
  ): Promise<Measurement> {
    const { clock, newId } = this.#options;
    const origin = peerOrigin(this.#protocol, request.server);
    const startedAt = new Date(clock.now()).toISOString();
    const start = clock.monotonicMs();
    const found = await this.#find(request, origin, signal, onProgress);
    onProgress({ phase: 'done' });
    return {
      id: newId(),
      deviceId: request.deviceId,
      kind: 'throughput',
      protocol: NAMES[this.#protocol],
      startedAt,
      durationMs: Math.round(clock.monotonicMs() - start),
      ...withoutFail(found.results, 'near_dropped'),
      conditions: found.conditions,
      flags: [...found.flags],
      ...(found.failure === undefined ? {} : { failure: found.failure }),
    };
  }

  async #find(
    request: MeasureRequest,
    origin: string,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<Findings> {
    const conditions: Conditions = {
      position: request.plan.position,
      mode: request.mode,
      agentVersion: this.#options.agentVersion,
      nodeVersion: this.#options.nodeVersion,
      server: origin,
      mtuBytes: this.#options.mtuBytes ?? ETHERNET_MTU_BYTES,
    };
    const found: Findings = { conditions, results: {}, flags: new Set() };
    const session = await this.#options.environment.start(origin, signal, request.known);
    try {
      if ((await session.waitForQuiet(signal)) === 'busy') {
        throw failure('line_busy', 'admission', 'the line did not fall quiet in the time allowed');
      }
      await this.#test(request, session, found, signal, onProgress);
    } catch (error) {
      found.failure = signal.aborted
        ? { code: 'stopped', operation: 'test', message: 'the test was stopped' }
        : failureOf(error, 'connect');
    }
    const environment = await session.finish(found.results, request.plan.norm, found.conditions);
    for (const flag of environment.flags) found.flags.add(flag);
    return { ...found, conditions: { ...found.conditions, ...environment.conditions } };
  }

  async #test(
    request: MeasureRequest,
    session: EnvironmentSession,
    found: Findings,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<void> {
    onProgress({ phase: 'latency' });
    const peer =
      this.#protocol === 'ndt7'
        ? this.#ndt7(request, found)
        : await this.#librespeed(request, found, signal);
    let left: Bytes = request.plan.budget.testBytes;
    for (const direction of ['download', 'upload'] as const) {
      session.loadStarted(direction);
      const rule = this.#rule(direction, request, peer, left * BUDGET_SHARE[direction]);
      const onSample = ({ bytes }: Sample) => session.loadSampled(direction, bytes);
      const options = { rule, clock: this.#options.clock, signal, onProgress, onSample };
      const run = await runPeerDirection(direction, options, peer.open(direction));
      session.loadEnded(direction);
      left -= run.bytes;
      for (const flag of run.reading.flags) found.flags.add(flag);
      found.results[direction] = this.#result(run, found.conditions.ipVersion ?? 4);
    }
  }

  #ndt7({ server }: MeasureRequest, { conditions }: Findings): Peer {
    const options = {
      server: ndt7Server(server),
      agentVersion: this.#options.agentVersion,
      payload: randomFillSync(Buffer.allocUnsafe(PAYLOAD_BYTES)),
      clock: this.#options.clock,
      onConnected: (ipVersion: 4 | 6) => void Object.assign(conditions, { ipVersion }),
    };
    return { streams: STREAMS_MAX, open: (direction) => openNdt7(direction, options) };
  }

  async #librespeed(
    request: MeasureRequest,
    { conditions }: Findings,
    signal: AbortSignal,
  ): Promise<Peer> {
    const { clock, agentVersion } = this.#options;
    const candidates = librespeedCandidates(request.server);
    const { server, latency, ipVersion, answersEarly } = await findLibrespeed(candidates, {
      ...{ clock, signal, agentVersion },
    });
    // Where it was found is where it is measured: a redirection may lead elsewhere.
    const { origin } = server.download;
    Object.assign(conditions, { idleLatency: latency, ipVersion, server: origin });
    const payload = randomFillSync(Buffer.allocUnsafe(PAYLOAD_BYTES));
    const rttMs = latency.p50Ms;
    const options = { server, agentVersion, payload, clock, rttMs, answersEarly };
    return {
      streams: LIBRESPEED_STREAMS,
      open: (direction) => openLibrespeed(direction, options),
    };
  }

  #rule(direction: Direction, { plan, mode }: MeasureRequest, peer: Peer, maxBytes: Bytes) {
    // Before its connection a peer's address family is not known; IPv4 asks for the most payload.
    const share = payloadShare(this.#options.mtuBytes ?? ETHERNET_MTU_BYTES, 4);
    return {
      mode,
      required: requiredMbps(plan.norm, direction) * share,
      streams: peer.streams,
      provisionalShare: plan.norm.provisionalShare,
      confidence: plan.norm.confidence,
      maxBytes,
      limitMs: DIRECTION_LIMIT_MS,
    };
  }

  #result({ reading, bytes }: DirectionRun, ipVersion: 4 | 6): DirectionResult {
    const share = payloadShare(this.#options.mtuBytes ?? ETHERNET_MTU_BYTES, ipVersion);
    return {
      goodput: rounded(reading.goodput),
      ipCapacity: rounded(reading.goodput / share),
      interval: [rounded(reading.interval[0] / share), rounded(reading.interval[1] / share)],
      bytes: Math.round(bytes),
      outcome: reading.outcome,
      // One stream, or a stranger's server: whatever held the rate there, it need not be the line.
      atLeast: true,
      durationMs: rounded(reading.durationMs),
      warmUpMs: rounded(reading.warmUpMs),
      streams: reading.streams,
      ...(reading.batchVariation === undefined
        ? {}
        : { batchVariation: rounded(reading.batchVariation) }),
      stoppedBy: reading.stoppedBy,
    };
  }
}

/** What a measurement says of where it was made. Throws `bad_usage`. */
export function peerOrigin(protocol: PeerProtocol, server: string): string {
  if (protocol === 'librespeed') {
    return librespeedCandidates(server)[0]?.download.origin ?? '';
  }
  const { protocol: scheme, host } = ndt7Server(server).download;
  return `${scheme}//${host}`;
}

/** To a thousandth: finer than any counter here, and short on the wire. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
