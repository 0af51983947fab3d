// Days of faults, one after the other by a seed, and what became of every measurement.

import type { Clock } from '#shared/runtime/clock.ts';
import type { Random } from '#shared/runtime/random.ts';
import { afterPowerCut } from '#test/support/disk-events.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { type FakeDisk, fakeDisk } from '#test/support/fake-disk.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { type Line, type LineFault, openLine } from './line.ts';
import { type SimulatedAgent, startSimulatedAgent } from './simulated-agent.ts';

export const FAULTS = [
  'power cut',
  'power cut while sending',
  'power cut while offline',
  'disk full',
  'disk read-only',
  'clock set wrong',
  'dns gone',
  'collector gone',
  'proxy',
  'silent',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface SoakOptions {
  readonly days: number;
  readonly seed: number;
  /** From the begin of one fault to the begin of the next. */
  readonly everyHours: number;
}

export interface FaultRow {
  readonly fault: Fault;
  readonly times: number;
  readonly longestHours: number;
  /** Taken while such a fault lasted. */
  readonly measurements: number;
  /** Longest, from the end of the fault until the agent was connected by itself; infinity: it was not. */
  readonly longestReconnectS: number;
}

export interface SoakReport {
  readonly rows: readonly FaultRow[];
  /** Durable at the agent, by its own word. */
  readonly taken: number;
  readonly missing: readonly string[];
  /** At the collector though no agent ever made them. */
  readonly invented: readonly string[];
  readonly stored: number;
  /** Sent again after a cut, and known by their ids. */
  readonly resent: number;
  /** Stored with a time that is more than this run's tolerance from the true one, and not marked. */
  readonly wrongTimes: number;
  /** Marked as of an unknown hour. */
  readonly unknownTimes: number;
  readonly droppedRecords: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Beyond the longest wait between two attempts, and an attempt. */
const RECONNECT_MS = 12 * MINUTE_MS;
const LOOK_MS = 5_000;
const TRUE_WITHIN_MS = 5_000;
/** A board without a battery begins here; NTP tells it better some minutes after. */
const WITHOUT_BATTERY = Date.UTC(1970, 0, 1);

export async function soak({ days, seed, everyHours }: SoakOptions): Promise<SoakReport> {
  const world = new World(seed);
  await using line = await openLine(world.clock);
  await world.start(line);
  const rows: { fault: Fault; hours: number; measurements: number; reconnectS: number }[] = [];
  const faults = Math.floor((days * 24) / everyHours);
  for (let index = 0; index < faults; index += 1) {
    const fault = FAULTS[index % FAULTS.length] ?? 'power cut';
    const beforeMs = (0.2 + 0.3 * world.random.next()) * everyHours * HOUR_MS;
    // Most are short, some last for most of the time.
    const forMs = Math.max(2 * MINUTE_MS, 0.4 * everyHours * HOUR_MS * world.random.next() ** 2);
    await world.pass(beforeMs);
    const taken = world.taken.size;
    await world.begin(fault);
    await world.pass(forMs / 2);
    if (fault === 'power cut while offline') await world.restart();
    await world.pass(forMs / 2);
    await world.end(fault);
    const measurements = world.taken.size - taken;
    const reconnectS = await world.reconnected();
    rows.push({ fault, hours: forMs / HOUR_MS, measurements, reconnectS });
    await world.pass(Math.max(0, everyHours * HOUR_MS - beforeMs - forMs));
  }
  await world.pass(HOUR_MS);
  const { droppedRecords } = world.agent.spool.stats();
  await world.stop();
  return {
    rows: FAULTS.flatMap((fault) => rowOf(fault, rows)),
    ...(await held(world, line)),
    droppedRecords,
  };
}

/** Of the agent's clock, which may be wrong, beside the true one. */
class AgentClock implements Clock {
  readonly #true: FakeClock;
  aheadMs = 0;

  constructor(clock: FakeClock) {
    this.#true = clock;
  }

  now(): number {
    return this.#true.now() + this.aheadMs;
  }
  monotonicMs(): number {
    return this.#true.monotonicMs();
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#true.sleep(ms, signal);
  }
  every(ms: number, tick: () => void): () => void {
    return this.#true.every(ms, tick);
  }
}

class World {
  readonly clock = new FakeClock();
  /** Of the faults. */
  readonly random: Random;
  readonly #agentRandom: Random;
  /** Ids, and when they truly began. */
  readonly begun = new Map<string, number>();
  readonly taken = new Set<string>();
  readonly #agentClock = new AgentClock(this.clock);
  #line: Line | undefined;
  #disk: FakeDisk = fakeDisk();
  #agent: SimulatedAgent | undefined;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    // Of its own: how often it draws hangs on more than the seed.
    this.#agentRandom = seededRandom(seed + 1);
  }

  get agent(): SimulatedAgent {
    if (this.#agent === undefined) throw new Error('it is off');
    return this.#agent;
  }

  async start(line: Line): Promise<void> {
    this.#line = line;
    const clock = this.#agentClock;
    this.#agent = await startSimulatedAgent({
      ...{ disk: this.#disk, clock, random: this.#agentRandom, connect: line.connect },
      onBegun: ({ id, startedAt }) => {
        this.begun.set(id, Date.parse(startedAt) - clock.aheadMs);
      },
      onTaken: ({ id }) => this.taken.add(id),
    });
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }

  async begin(fault: Fault): Promise<void> {
    if (fault === 'power cut') this.#powerOff();
    else if (fault === 'power cut while sending') await this.#powerOffWhileSending();
    else if (fault === 'disk full') this.#disk.capacityBytes = 0;
    else if (fault === 'disk read-only') this.#disk.isReadOnly = true;
    else if (fault === 'clock set wrong') {
      this.#agentClock.aheadMs = (this.random.next() - 0.5) * 800 * 24 * HOUR_MS;
    } else this.#line?.begin(lineFaultOf(fault));
  }

  async end(fault: Fault): Promise<void> {
    if (fault === 'power cut' || fault === 'power cut while sending') await this.#powerOn();
    else if (fault === 'disk full') this.#disk.capacityBytes = Number.POSITIVE_INFINITY;
    else if (fault === 'disk read-only') this.#disk.isReadOnly = false;
    else if (fault === 'clock set wrong') this.#agentClock.aheadMs = 0;
    else this.#line?.mend();
  }

  /** The power goes and comes back; all else stays as it is. */
  async restart(): Promise<void> {
    this.#powerOff();
    await this.#powerOn();
    this.#line?.begin('collector gone');
  }

  /** Seconds until it is connected. */
  async reconnected(): Promise<number> {
    for (let waitedMs = 0; waitedMs <= RECONNECT_MS; waitedMs += LOOK_MS) {
      if (this.agent.uplink.pulse().isConnected && !this.#isStale()) return waitedMs / 1000;
      await this.pass(LOOK_MS);
    }
    return Number.POSITIVE_INFINITY;
  }

  async stop(): Promise<void> {
    const over = this.agent.stop();
    await this.pass(MINUTE_MS);
    await over;
  }

  /** It takes itself for connected, and a ping has no answer. */
  #isStale(): boolean {
    const { unansweredSinceMs } = this.agent.uplink.pulse();
    return (
      unansweredSinceMs !== undefined && this.clock.monotonicMs() - unansweredSinceMs > LOOK_MS
    );
  }

  #powerOff(): void {
    const files = afterPowerCut(this.#disk.start, this.#disk.events, this.#agentRandom);
    this.agent.cut();
    this.#line?.begin('collector gone');
    this.#disk = fakeDisk(files);
  }

  /** The collector has it, and nobody told the agent. */
  async #powerOffWhileSending(): Promise<void> {
    let isOff = false;
    this.#line?.whenStored(() => {
      this.#powerOff();
      isOff = true;
    });
    while (!isOff) await this.pass(MINUTE_MS);
  }

  async #powerOn(): Promise<void> {
    this.#agentClock.aheadMs = WITHOUT_BATTERY - this.clock.now();
    this.#line?.mend();
    if (this.#line !== undefined) await this.start(this.#line);
    await this.pass(this.random.next() * 10 * MINUTE_MS);
    this.#agentClock.aheadMs = 0;
  }
}

type OfTheAgent = 'power cut' | 'power cut while sending' | `disk ${string}` | 'clock set wrong';

function lineFaultOf(fault: Exclude<Fault, OfTheAgent>): LineFault {
  return fault === 'power cut while offline' ? 'collector gone' : fault;
}

async function held({ begun, taken }: World, line: Line) {
  const stored = await line.series.query({ locationId: '16SW03' });
  const ids = new Set(stored.map(({ measurement }) => measurement.id));
  const unmarked = stored.filter(
    ({ measurement }) => !measurement.flags.includes('clock_unsynced'),
  );
  const wrong = unmarked.filter(
    ({ measurement, startedAt }) =>
      Math.abs(startedAt - (begun.get(measurement.id) ?? Number.NaN)) > TRUE_WITHIN_MS,
  );
  return {
    taken: taken.size,
    missing: [...taken].filter((id) => !ids.has(id)),
    invented: [...ids].filter((id) => !begun.has(id)),
    stored: stored.length,
    resent: line.resent(),
    wrongTimes: wrong.length,
    unknownTimes: stored.length - unmarked.length,
  };
}

function rowOf(
  fault: Fault,
  all: readonly { fault: Fault; hours: number; measurements: number; reconnectS: number }[],
): FaultRow[] {
  const of = all.filter((each) => each.fault === fault);
  if (of.length === 0) return [];
  return [
    {
      ...{ fault, times: of.length },
      longestHours: Math.max(...of.map(({ hours }) => hours)),
      measurements: of.reduce((sum, { measurements }) => sum + measurements, 0),
      longestReconnectS: Math.max(...of.map(({ reconnectS }) => reconnectS)),
    },
  ];
}
