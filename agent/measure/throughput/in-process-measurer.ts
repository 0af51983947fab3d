// A whole throughput test in this process: conditions, idle round trips, download, upload.
import { randomFillSync } from 'node:crypto';
import type { Failure } from '#shared/model/failure.ts';
import {
  type Conditions,
  type DirectionResult,
  disqualifies,
  type Flag,
  type Measurement,
} from '#shared/model/measurement.ts';
import { type Direction, requiredMbps } from '#shared/model/norm.ts';
import type { Ms, Share } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Random } from '#shared/runtime/random.ts';
import {
  DIRECTION_LIMIT_MS,
  PACE_OVER_NORM,
  payloadShare,
  SPEED_PROTOCOL,
} from '#shared/wire/speed.ts';
import type { EnvironmentProbe, EnvironmentSession } from '../environment-probe.ts';
import { openLoadedProbes } from '../latency/loaded-probes.ts';
import type { MeasureRequest, Measurer, Progress } from '../measurer.ts';
import { addressOf } from './connect.ts';
import { failure, failureOf } from './failure-of.ts';
import { withoutFail } from './quality.ts';
import { rawDirection } from './raw-direction.ts';
import { type DirectionRun, runDirection } from './run-direction.ts';
import { streamsAtStart } from './streams.ts';
import { type ControlOptions, closeTest, openTest, pingServer } from './test-control.ts';

export interface InProcessMeasurerOptions {
  readonly clock: Clock;
  /** A fresh UUIDv7. */
  readonly newId: () => string;
  readonly agentVersion: string;
  readonly nodeVersion: string;
  readonly environment: EnvironmentProbe;
  readonly random: Random;
  /** Of the line, not of the interface: a loopback's 64 kB packets are not what a school has. */
  readonly mtuBytes?: number;
}

const ETHERNET_MTU_BYTES = 1500;
/** Longer than the windows of what links compress with (deflate 32 kB, LZ4 64 kB). */
const UPLOAD_PAYLOAD_BYTES = 1024 * 1024;
/** Offsets above this make one-way figures meaningless; round trips stay. */
const CLOCK_LIMIT_MS = 100;
/** What a direction may take of the bytes that are left: the upload must not go without. */
const BUDGET_SHARE = { download: 0.85, upload: 1 } as const;
/** The server counts what it sent, the agent what came: what is under way at an end is not in both. */
const TICKET_SHARE = 0.95;
/** A stopped agent still tells the server, but does not wait long for its answer. */
const CLOSE_DEADLINE_MS = { ended: 10_000, stopped: 500 } as const;
/** At reading ≥ this × the pace, the line may carry more than was asked of it. */
const PACE_REACHED = 0.97;

/** What is found on the way; a failure leaves what was measured before it. */
interface Findings {
  readonly conditions: Conditions;
  readonly results: { download?: DirectionResult; upload?: DirectionResult };
  readonly flags: Set<Flag>;
  failure?: Failure;
}

export class InProcessMeasurer implements Measurer {
  readonly #options: InProcessMeasurerOptions;

  constructor(options: InProcessMeasurerOptions) {
    this.#options = options;
  }

  async measure(
    request: MeasureRequest,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void = () => {},
  ): Promise<Measurement> {
    const { clock, newId } = this.#options;
    const startedAt = new Date(clock.now()).toISOString();
    const start = clock.monotonicMs();
    const found = await this.#find(request, signal, onProgress);
    onProgress({ phase: 'done' });
    const flags = [...found.flags];
    const reasons = flags.filter(disqualifies);
    const isOthers = reasons.every((flag) => flag === 'cross_traffic');
    const results =
      reasons.length > 0
        ? withoutFail(found.results, isOthers ? 'near_kept' : 'near_dropped')
        : found.results;
    return {
      id: newId(),
      deviceId: request.deviceId,
      kind: 'throughput',
      protocol: SPEED_PROTOCOL,
      startedAt,
      durationMs: Math.round(clock.monotonicMs() - start),
      ...results,
      conditions: found.conditions,
      flags,
      ...(request.confirms === undefined ? {} : { confirms: request.confirms }),
      ...(found.failure === undefined ? {} : { failure: found.failure }),
    };
  }

  async #find(
    request: MeasureRequest,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<Findings> {
    const found: Findings = {
      conditions: this.#conditions(request),
      results: {},
      flags: new Set(),
    };
    if (Math.abs(request.clockOffsetMs ?? 0) > CLOCK_LIMIT_MS) found.flags.add('clock_unsynced');
    const session = await this.#options.environment.start(request.server, signal, request.known);
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
    const server = addressOf(request.server);
    const control: ControlOptions = { server, clock: this.#options.clock, signal };
    onProgress({ phase: 'latency' });
    const { latency, ipVersion } = await pingServer(control);
    Object.assign(found.conditions, { idleLatency: latency, ipVersion });
    const loaded = await openLoadedProbes({ ...control, random: this.#options.random });
    const { testBytes } = request.plan.budget;
    const ticket = await openTest(control, request.token, testBytes);
    try {
      let left = TICKET_SHARE * Math.min(testBytes, ticket.maxBytes);
      for (const direction of ['download', 'upload'] as const) {
        session.loadStarted(direction);
        await loaded.start();
        const maxBytes = left * BUDGET_SHARE[direction];
        const asked = this.#direction(direction, request, ipVersion, latency.p50Ms, maxBytes);
        const run = await runDirection(direction, {
          ...{ server, testId: ticket.testId, clock: this.#options.clock, signal, onProgress },
          onSample: ({ bytes }) => session.loadSampled(direction, bytes),
          ...asked,
        });
        session.loadEnded(direction);
        left -= run.bytes;
        for (const flag of run.reading.flags) found.flags.add(flag);
        const probes = await loaded.stop();
        const share = payloadShare(this.#options.mtuBytes ?? ETHERNET_MTU_BYTES, ipVersion);
        const raw = rawDirection(asked.rule, share, run.samples);
        found.results[direction] = {
          ...this.#result(direction, run, request, ipVersion),
          ...(probes === undefined ? {} : { loaded: probes }),
          ...(raw === undefined ? {} : { raw }),
        };
      }
    } finally {
      await loaded.stop();
      // The server forgets tests by itself; that it could not be told is no failure of this one.
      const deadlineMs = CLOSE_DEADLINE_MS[signal.aborted ? 'stopped' : 'ended'];
      const receipt = await closeTest(control, ticket.testId, deadlineMs).catch(() => undefined);
      if (receipt?.serverLimited === true) found.flags.add('server_limited');
    }
  }

  #direction(
    direction: Direction,
    request: MeasureRequest,
    ipVersion: 4 | 6,
    rttMs: Ms,
    maxBytes: number,
  ) {
    const { norm } = request.plan;
    const share = this.#payloadShare(request, ipVersion);
    const required = requiredMbps(norm, direction) * share;
    // A capacity test's line may carry more than is asked of it, upwards too.
    const guess = requiredMbps(norm, 'download') * share;
    return {
      rule: {
        mode: request.mode,
        required,
        streams: streamsAtStart(direction, request.mode === 'check' ? required : guess, rttMs),
        rttMs,
        provisionalShare: norm.provisionalShare,
        confidence: norm.confidence,
        maxBytes,
        limitMs: DIRECTION_LIMIT_MS,
      },
      payload: randomFillSync(Buffer.allocUnsafe(UPLOAD_PAYLOAD_BYTES)),
      ...(request.mode === 'check' ? { pace: PACE_OVER_NORM * norm[direction] * share } : {}),
    };
  }

  #result(
    direction: Direction,
    { reading, bytes }: DirectionRun,
    request: MeasureRequest,
    ipVersion: 4 | 6,
  ): DirectionResult {
    const share = this.#payloadShare(request, ipVersion);
    const ipCapacity = reading.goodput / share;
    const pace = PACE_OVER_NORM * request.plan.norm[direction];
    return {
      goodput: rounded(reading.goodput),
      ipCapacity: rounded(ipCapacity),
      interval: [rounded(reading.interval[0] / share), rounded(reading.interval[1] / share)],
      bytes,
      outcome: reading.outcome,
      ...(reading.provisional ? { provisional: true } : {}),
      ...(request.mode === 'check' && ipCapacity >= PACE_REACHED * pace ? { atLeast: true } : {}),
      durationMs: rounded(reading.durationMs),
      warmUpMs: rounded(reading.warmUpMs),
      streams: reading.streams,
      ...(reading.batchVariation === undefined
        ? {}
        : { batchVariation: rounded(reading.batchVariation) }),
      stoppedBy: reading.stoppedBy,
    };
  }

  #payloadShare({ server }: MeasureRequest, ipVersion: 4 | 6): Share {
    const mtuBytes = this.#options.mtuBytes ?? ETHERNET_MTU_BYTES;
    return payloadShare(mtuBytes, ipVersion, addressOf(server).security ?? 'clear');
  }

  #conditions(request: MeasureRequest): Conditions {
    return {
      position: request.plan.position,
      mode: request.mode,
      agentVersion: this.#options.agentVersion,
      nodeVersion: this.#options.nodeVersion,
      server: request.server,
      mtuBytes: this.#options.mtuBytes ?? ETHERNET_MTU_BYTES,
      ...(request.clockOffsetMs === undefined ? {} : { clockOffsetMs: request.clockOffsetMs }),
    };
  }
}

/** To a thousandth: finer than any counter here, and short on the wire. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
