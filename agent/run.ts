// The standing agent: spool, uplink, timetable and status, wired and run until it is stopped.
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Calibration } from '#shared/model/calibration.ts';
import type { Plan } from '#shared/model/plan.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Random } from '#shared/runtime/random.ts';
import { runGroup, type Service } from '#shared/runtime/service.ts';
import { createAvailabilityService } from './availability/availability-service.ts';
import { createKnownAddresses } from './availability/known-addresses.ts';
import { createProbe } from './availability/probe-line.ts';
import { watchFile } from './availability/watch-file.ts';
import { loadConfiguration, saveConfiguration } from './config/configuration-file.ts';
import { createRemoteConfiguration } from './config/configuration-service.ts';
import { planUnder } from './config/plan-under.ts';
import type { AgentSettings } from './config/settings.ts';
import { createLenientWrites, type LenientWrite } from './files/lenient-writes.ts';
import { createLivenessService } from './health/liveness-service.ts';
import { runningStatus } from './health/running-status.ts';
import type { ServiceManager } from './health/service-manager.ts';
import { createStatusWriter } from './health/status-file.ts';
import type { Identity } from './identity/identity.ts';
import { knownOf, loadMemory, saveIdleHistory } from './known.ts';
import { loadPlan, savePlan } from './last-plan.ts';
import { isCurrent } from './measure/calibration/calibration-file.ts';
import { openHostFiles } from './measure/environment/host-files.ts';
import { idleReadingOf, remember } from './measure/environment/idle-history.ts';
import { measureLatency } from './measure/latency/measure-latency.ts';
import { endOfOrigin } from './measure/latency/reach.ts';
import type { Measurer } from './measure/measurer.ts';
import { createOutbound } from './network/outbound.ts';
import { type Environment, proxyFor } from './network/proxy.ts';
import { createUpdates, type UpdateWiring } from './releases/update-service.ts';
import { loadAgentState, saveAgentState } from './schedule/agent-state.ts';
import { leftOf, spend } from './schedule/budget.ts';
import { createCalibrationService } from './schedule/calibration-service.ts';
import { createFirstTest } from './schedule/first-test-service.ts';
import { createLatencyService } from './schedule/latency-service.ts';
import { createMeasureNow } from './schedule/measure-now.ts';
import { TestRunner } from './schedule/test-runner.ts';
import { createTimetableService } from './schedule/timetable-service.ts';
import { openDiskSpool } from './spool/disk.ts';
import { createFlushService } from './spool/flush-service.ts';
import type { Spool } from './spool/spool.ts';
import { trueClock } from './uplink/true-clock.ts';
import { withTrueTimes } from './uplink/true-times.ts';
import { createUplink, type Uplink } from './uplink/uplink-service.ts';
import { waysTo } from './uplink/ways.ts';
import { AGENT_VERSION } from './version.ts';

export interface RunOptions {
  readonly settings: AgentSettings;
  /** The agent's own directory. */
  readonly directory: string;
  readonly identity: Identity;
  /** Names the proxies. */
  readonly env: Environment;
  readonly measurer: Measurer;
  /** In a process of its own, which keeps what it finds. */
  readonly calibrate: (signal: AbortSignal) => Promise<Calibration>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly newId: () => string;
  readonly nodeVersion: string;
  readonly pid: number;
  /** Told for as long as the agent moves. */
  readonly manager: ServiceManager;
  readonly signal: AbortSignal;
  /** Called when a burst of work is over: the start, a test. */
  readonly giveBackMemory: () => void;
  /** Absent: this agent is not replaced by releases. */
  readonly updates?: UpdateWiring | undefined;
}

const STOP_DEADLINE_MS = 10_000;
/** Looked at; written when it says something else. */
const STATUS_EVERY_MS = 60_000;
const DELIVERY_MS = 3_000;
/** Everything is loaded, connected and sent by then. */
const STARTED_MS = 30_000;
/** Two school years: longer than any outage that somebody still wants to hear of. */
const SPOOL_MAX_AGE_MS = 800 * 24 * 3_600_000;

/** Resolves when all has stopped after `signal`. */
export async function run(options: RunOptions): Promise<void> {
  const { settings, directory, identity, clock, random, log, nodeVersion, newId } = options;
  await using disk = await openDiskSpool({
    directory: join(directory, 'spool'),
    maxBytes: settings.spoolBytes,
    age: { maxMs: SPOOL_MAX_AGE_MS, now: () => clock.now() },
    log,
  });
  const clockOffsetMs = () => uplink.clockOffsetMs();
  const spool = withTrueTimes(disk, { clock, clockOffsetMs });
  const trueTime = trueClock(clock, clockOffsetMs);
  const write = createLenientWrites(log);
  let plan = await loadPlan(directory, identity.position);
  let state = await loadAgentState(directory);
  let memory = await loadMemory(directory);
  const results: Pick<Spool, 'append'> = {
    append: async (measurement) => {
      const position = await spool.append(measurement);
      const reading = idleReadingOf(measurement);
      if (reading !== undefined) {
        memory = { ...memory, idleHistory: remember(memory.idleHistory, reading) };
        const { idleHistory } = memory;
        await write('the idle round trips', () => saveIdleHistory(directory, idleHistory));
      }
      return position;
    },
  };
  const remote = createRemoteConfiguration({
    installed: { collector: identity.collector, fixedCollector: settings.collector },
    state: await loadConfiguration(directory, log),
    save: (changed) => saveConfiguration(directory, changed),
    uplink: () => uplink,
    onChanged: () => applyPlan(),
    ...{ clock, log },
  });
  const planNow = (): Plan => planUnder(plan, remote.configuration());
  const applyPlan = () => {
    timetable.apply(planNow());
    void tell();
  };
  // What is wrong with the environment is said before anything starts.
  proxyFor(options.env, new URL(remote.collector()));
  using outbound = createOutbound({ env: options.env, clock });
  const uplink = createUplink({
    onClosed: () => updates?.closed(),
    identity: withCollector(identity, remote.collector),
    ...{ spool, clock, random, log, nodeVersion, agentVersion: AGENT_VERSION },
    ways: () =>
      waysTo(remote.collector(), remote.configuration().uplink ?? settings.uplink, outbound, clock),
    purpose: 'run',
    configurationVersion: remote.version,
    takesReleases: options.updates !== undefined,
    onInstruction: (instruction) => {
      if (instruction.type === 'configuration') remote.take(instruction);
      else if (instruction.type === 'measure_now') asked.take(instruction);
      else updates?.take(instruction);
    },
    onPlan: (given) => {
      plan = given;
      applyPlan();
      remote.welcomed();
      updates?.welcomed();
      void write('the plan', () => savePlan(directory, given));
    },
  });
  const runner = new TestRunner({
    ...{ spool: results, clock, random, log, newId, nodeVersion, agentVersion: AGENT_VERSION },
    deviceId: identity.deviceId,
    slots: uplink,
    measurer: options.measurer,
    plan: planNow,
    known: (server) => knownOf(memory, server, clock.now()),
    state: {
      get: () => state,
      set: async (changed) => {
        state = changed;
        await write('what was spent', () => saveAgentState(directory, changed));
        await tell();
        // And again when the result has had the time to be delivered.
        void clock
          .sleep(DELIVERY_MS, options.signal)
          .then(tell)
          .then(options.giveBackMemory)
          .catch(() => {});
      },
    },
  });
  const timetable = createTimetableService({
    deviceId: identity.deviceId,
    plan: planNow(),
    onSlot: (_slot, signal) => runner.run('timetable', signal),
    ...{ clock: trueTime, log },
  });
  const probes = createLatencyService({
    deviceId: identity.deviceId,
    plan: () => plan,
    aside: (work, signal) => runner.aside(work, signal),
    measure: (request, signal) =>
      measureLatency(
        {
          ...request,
          deviceId: identity.deviceId,
          collector: remote.collector(),
          clockOffsetMs: uplink.clockOffsetMs(),
        },
        { clock, random, newId, nodeVersion, agentVersion: AGENT_VERSION },
        signal,
      ),
    ...{ spool: results, clock, log },
  });
  const asked = createMeasureNow({
    ...{ runner, clock, log },
    say: (frame) => uplink.say(frame),
  });
  const updates =
    options.updates &&
    createUpdates({
      ...options.updates,
      ...{ uplink, runner, deviceId: identity.deviceId, nodeVersion, clock, log },
      leftBytes: () => leftOf(planNow().budget, state.spent, trueTime.now()),
      spend: async (bytes) => {
        state = { ...state, spent: spend(state.spent, bytes, trueTime.now()) };
        await write('what was spent', () => saveAgentState(directory, state));
      },
    });
  const calibrating = createCalibrationService({
    isDue: () => !isCurrent(memory.calibration, { agentVersion: AGENT_VERSION, nodeVersion }),
    aside: (work, signal) => runner.aside(work, signal),
    calibrate: options.calibrate,
    onCalibrated: (calibration) => {
      memory = { ...memory, calibration };
    },
    ...{ clock, log },
  });
  const writeStatus = createStatusWriter(directory, clock);
  let statusesSettled = 0;
  const tell = oneAtATime(() =>
    write('the status', () =>
      writeStatus(
        runningStatus({
          ...{ uplink, spool, timetable, state, plan: planNow(), isTesting: runner.isTesting },
          ...{ identity: withCollector(identity, remote.collector), clock, pid: options.pid },
        }),
      ),
    ).finally(() => {
      statusesSettled += 1;
    }),
  );
  const liveness = createLivenessService({
    manager: options.manager,
    clock: trueTime,
    progress: () => {
      const [nextAt] = timetable.next(1);
      return {
        uplink: { ...uplink.pulse(), changedMs: uplink.changedMs() },
        timetable: { ...(nextAt === undefined ? {} : { nextAt }), turns: timetable.turns() },
        ...{ isTesting: runner.isTesting, statusesSettled },
      };
    },
    statusText: () => `${uplink.status().state}; ${spool.stats().records} result(s) to be sent`,
  });
  const watch = watchOf(options, {
    ...{ uplink, spool, write, plan: planNow, collector: remote.collector },
  });
  log.info('agent runs', { device: identity.deviceId, location: identity.locationId });
  await runGroup(
    [
      createFlushService(spool, clock),
      remote.service,
      // Before the first welcome, which it is to hear.
      ...(updates === undefined ? [] : [updates.service]),
      uplink.service,
      watch,
      timetable,
      asked.service,
      probes,
      calibrating,
      createFirstTest(runner, () => state, options),
      statusTeller(tell, options),
      liveness,
    ],
    {
      signal: options.signal,
      stopDeadlineMs: STOP_DEADLINE_MS,
      clock,
      log,
    },
  );
}

interface Watched {
  /** Base URL; it may move. */
  readonly collector: () => string;
  readonly uplink: Uplink;
  readonly spool: Spool;
  readonly write: LenientWrite;
  readonly plan: () => Plan;
}

/** Stopped before the uplink, so that its last record is still sent. */
function watchOf(options: RunOptions, { collector, uplink, spool, write, plan }: Watched): Service {
  const { directory, identity, clock, random, log, newId, nodeVersion } = options;
  const addresses = createKnownAddresses();
  const files = openHostFiles();
  const keeper = watchFile(directory);
  const servers = () => {
    const { availability, latency } = plan();
    return availability?.servers ?? (latency === undefined ? [] : [latency.server]);
  };
  return createAvailabilityService({
    get collector() {
      return collector();
    },
    ...{ uplink, spool, files, clock, log, newId, nodeVersion },
    keeper: {
      ...keeper,
      write: (kept) => write('the watch of the line', () => keeper.write(kept)),
    },
    deviceId: identity.deviceId,
    position: identity.position,
    agentVersion: AGENT_VERSION,
    learn: () => addresses.learn([collector(), ...servers()].map((each) => endOfOrigin(each).host)),
    probe: createProbe({
      get collector() {
        return collector();
      },
      isProxied: () => proxyFor(options.env, new URL(collector())) !== undefined,
      ...{ servers, addresses, files, clock, random },
      addressesOf: (port) => (networkInterfaces()[port] ?? []).map(({ address }) => address),
    }),
  });
}

function statusTeller(tell: () => Promise<void>, { clock, giveBackMemory }: RunOptions): Service {
  return {
    name: 'status',
    run: async (signal, ready) => {
      ready();
      void clock
        .sleep(STARTED_MS, signal)
        .then(giveBackMemory)
        .catch(() => {});
      while (!signal.aborted) {
        await tell();
        await clock.sleep(STATUS_EVERY_MS, signal).catch(() => {});
      }
    },
  };
}

/** What it is now, at each look. */
function withCollector(identity: Identity, collector: () => string): Identity {
  return {
    ...identity,
    get collector() {
      return collector();
    },
  };
}

/** Two writers of one file at the same time would tear it. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.then(work, work);
    return last;
  };
}
