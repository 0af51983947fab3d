// An agent in this process on a disk, a clock and a line that a simulation owns: all of it but the
// measuring itself, the files of the service manager and the command line.
import { createKey } from '#agent/identity/identity.ts';
import type { Measurer } from '#agent/measure/measurer.ts';
import type { AgentState } from '#agent/schedule/agent-state.ts';
import { NOTHING_SPENT } from '#agent/schedule/budget.ts';
import { createLatencyService } from '#agent/schedule/latency-service.ts';
import { TestRunner } from '#agent/schedule/test-runner.ts';
import { createTimetableService } from '#agent/schedule/timetable-service.ts';
import { openDiskSpool } from '#agent/spool/disk.ts';
import { createFlushService } from '#agent/spool/flush-service.ts';
import type { Spool } from '#agent/spool/spool.ts';
import type { Connect } from '#agent/uplink/transport.ts';
import { createUplink, type Uplink } from '#agent/uplink/uplink-service.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Random } from '#shared/runtime/random.ts';
import { runGroup } from '#shared/runtime/service.ts';
import type { FakeDisk } from '#test/support/fake-disk.ts';
import { measurementAt } from '#test/support/measurements.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { DEVICE } from './line.ts';

export interface SimulatedAgentOptions {
  readonly disk: FakeDisk;
  /** The agent's own, which may be wrong. */
  readonly clock: Clock;
  readonly random: Random;
  readonly connect: Connect;
  readonly onBegun: (measurement: Measurement) => void;
  /** It is in the spool. */
  readonly onTaken: (measurement: Measurement) => void;
}

export interface SimulatedAgent {
  readonly spool: Spool;
  readonly uplink: Uplink;
  readonly runner: TestRunner;
  /** The power goes: nothing of it is told any more. */
  cut(): void;
  /** Resolves when it has stopped in order. */
  stop(): Promise<void>;
}

const TEST_MS = 12_000;
const PROBES_MS = 60_000;
const VERSIONS = { agentVersion: '0.1.0', nodeVersion: 'v24.21.0' };

export async function startSimulatedAgent(options: SimulatedAgentOptions): Promise<SimulatedAgent> {
  const { disk, clock, random, connect, onBegun, onTaken } = options;
  let isCut = false;
  const spool = await openDiskSpool({
    ...{ directory: '/spool', maxBytes: 8_000_000, log: silentLog, disk },
    age: { maxMs: 800 * 86_400_000, now: () => clock.now() },
    lock: async () => ({ [Symbol.dispose]: () => {} }),
  });
  const results: Pick<Spool, 'append'> = {
    append: async (measurement) => {
      if (isCut) throw new Error('the power is gone');
      onBegun(measurement);
      const position = await spool.append(measurement);
      if (!isCut) onTaken(measurement);
      return position;
    },
  };
  const uplink = createUplink({
    identity: { ...createKey(), deviceId: DEVICE, locationId: '16SW03', collector: 'http://c' },
    ...{ spool, clock, random, log: silentLog, purpose: 'run', ...VERSIONS },
    ways: () => ({ websocket: connect }),
  });
  const measurer: Measurer = {
    measure: async ({ clockOffsetMs }) => {
      const startedAt = Math.round(clock.now());
      await clock.sleep(TEST_MS);
      return timed(measurementAt(DEVICE, startedAt), clockOffsetMs);
    },
  };
  let state: AgentState = { spent: NOTHING_SPENT };
  const runner = new TestRunner({
    ...{ deviceId: DEVICE, slots: uplink, measurer, spool: results, plan: () => DEFAULT_PLAN },
    ...{ clock, random, log: silentLog, ...VERSIONS, known: () => ({}) },
    newId: () => measurementAt(DEVICE, Math.round(clock.now())).id,
    state: {
      get: () => state,
      set: async (changed) => {
        state = changed;
      },
    },
  });
  const timetable = createTimetableService({
    ...{ deviceId: DEVICE, plan: DEFAULT_PLAN, clock, log: silentLog },
    onSlot: (_slot, signal) => runner.run('timetable', signal),
  });
  const probes = createLatencyService({
    ...{ deviceId: DEVICE, spool: results, clock, log: silentLog },
    plan: () => ({
      ...DEFAULT_PLAN,
      latency: { server: 'http://192.0.2.1:8081', perSecond: 10, seconds: 60 },
    }),
    aside: (work, signal) => runner.aside(work, signal),
    measure: async (_request, signal) => {
      const startedAt = Math.round(clock.now());
      await clock.sleep(PROBES_MS, signal).catch(() => {});
      return signal.aborted ? undefined : probed(startedAt, uplink.clockOffsetMs());
    },
  });
  const stop = new AbortController();
  const over = runGroup([createFlushService(spool, clock), uplink.service, timetable, probes], {
    ...{ signal: stop.signal, stopDeadlineMs: 10_000, clock, log: silentLog },
  });
  return {
    ...{ spool, uplink, runner },
    cut: () => {
      isCut = true;
      disk.isReadOnly = true;
      over.catch(() => {});
      stop.abort(new Error('the power is gone'));
    },
    stop: async () => {
      stop.abort(new Error('stopping'));
      await over;
      await spool[Symbol.asyncDispose]();
    },
  };
}

function timed(measurement: Measurement, clockOffsetMs: number | undefined): Measurement {
  if (clockOffsetMs === undefined) return measurement;
  return { ...measurement, conditions: { ...measurement.conditions, clockOffsetMs } };
}

function probed(startedAt: number, clockOffsetMs: number | undefined): Measurement {
  const { download: _down, upload: _up, ...rest } = measurementAt(DEVICE, startedAt);
  const { mode: _mode, ...conditions } = rest.conditions;
  const latency = { lookups: [], reach: [] };
  return timed(
    { ...rest, kind: 'latency', protocol: 'stamp/rfc8762', latency, conditions },
    clockOffsetMs,
  );
}
