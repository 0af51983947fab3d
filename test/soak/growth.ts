// What stays on the heap of an agent as days go by: a test every quarter of an hour, probes every hour,
// all delivered. The collector's end is in the same process, its store on disk.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Bytes } from '#shared/model/units.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { fakeDisk } from '#test/support/fake-disk.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { openLine } from './line.ts';
import { startSimulatedAgent } from './simulated-agent.ts';

export interface Growth {
  /** By day, as asked for: what is on the heap after a collection. */
  readonly heapBytes: ReadonlyMap<number, Bytes>;
  readonly tests: number;
  readonly delivered: number;
}

const QUARTER_MS = 900_000;
const QUARTERS_A_DAY = 96;

/** `days`: at whose ends the heap is looked at, in order. */
export async function growth(days: readonly number[]): Promise<Growth> {
  const clock = new FakeClock();
  await using line = await openLine(clock);
  let taken = 0;
  const agent = await startSimulatedAgent({
    ...{ clock, random: seededRandom(1), connect: line.connect },
    disk: fakeDisk(new Map(), { isRecorded: false }),
    onBegun: () => {},
    onTaken: () => {
      taken += 1;
    },
  });
  const never = new AbortController().signal;
  const heapBytes = new Map<number, Bytes>();
  const collect = collector();
  let tests = 0;
  for (let day = 1; day <= (days.at(-1) ?? 0); day += 1) {
    for (let quarter = 0; quarter < QUARTERS_A_DAY; quarter += 1) {
      const test = agent.runner.run('timetable', never);
      await clock.advance(QUARTER_MS);
      if ((await test) !== undefined) tests += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (days.includes(day)) {
      // Old code goes after some collections in which it was not used; finalizers run between them.
      for (let turn = 0; turn < 12; turn += 1) {
        collect();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      heapBytes.set(day, process.memoryUsage().heapUsed);
    }
  }
  const delivered = taken - agent.spool.stats().records;
  const over = agent.stop();
  await clock.advance(60_000);
  await over;
  return { heapBytes, tests, delivered };
}

/** Once: each such context stays, with half a megabyte. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('this Node has no collector to call');
  return () => collect();
}
