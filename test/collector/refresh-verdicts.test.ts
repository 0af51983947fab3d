import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLiveEvents } from '#collector/live.ts';
import { refreshVerdicts } from '#collector/refresh-verdicts.ts';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const HOUR_MS = 3_600_000;
const BOARD = { id: '41234', name: 'Stichting A' };

test('verdicts of another norm, of yesterday or not there are judged again, fresh ones are not', async () => {
  await using folder = await temporaryFolder();
  const clock = new FakeClock();
  const path = join(folder.path, 'registry.db');
  await using registry = await openSqliteRegistry({ path, clock, log: silentLog });
  const ids = ['16SW00', '16SW01', '16SW02', '16SW03', '16SW04'];
  const locations = ids.map((id) => ({ id, boardId: BOARD.id, name: id }));
  await registry.importLocations([BOARD], locations);
  for (const id of ids.slice(0, 4)) await addDevice(id);
  const verdict = (ageMs: number, normVersion = NORM_500_40.version): Verdict => {
    const at = new Date(clock.now() - ageMs).toISOString();
    return {
      outcome: 'meets',
      maatwerk: false,
      reasons: [{ rule: 'capacity' }],
      evidence: { from: at, to: at, tests: 0, capacityIds: [], useIds: [], excluded: {} },
      normVersion,
      judgedAt: at,
    };
  };
  await registry.saveVerdict('16SW00', verdict(23.5 * HOUR_MS));
  await registry.saveVerdict('16SW01', verdict(25 * HOUR_MS));
  await registry.saveVerdict('16SW02', verdict(0, '100/10'));

  const judged: string[] = [];
  const changed: string[] = [];
  const events = createLiveEvents();
  events.subscribe((id) => void changed.push(id));
  const judge = {
    judge: async (id: string) => {
      judged.push(id);
      const fresh = verdict(0);
      await registry.saveVerdict(id, fresh);
      return fresh;
    },
  };
  const stop = new AbortController();
  const service = refreshVerdicts({
    ...{ registry, judge, events, norm: NORM_500_40, clock, log: silentLog },
  });
  const running = service.run(stop.signal, () => {});
  await turns(clock);
  expect(judged.sort()).toEqual(['16SW01', '16SW02', '16SW03']);
  expect(changed.sort()).toEqual(judged);
  await clock.advance(HOUR_MS);
  await turns(clock);
  expect(judged.slice(3)).toEqual(['16SW00']);
  await clock.advance(2 * HOUR_MS);
  await turns(clock);
  expect(judged).toHaveLength(4);
  stop.abort();
  await running;
  expect(clock.sleepers).toBe(0);

  async function addDevice(locationId: string) {
    const id = randomUUID();
    await registry.addEnrolmentCode(id, locationId, clock.now() + HOUR_MS);
    const device = {
      id,
      name: id,
      position: 'off_path',
      publicKey: id,
      agentVersion: '1',
    } as const;
    await registry.enrol(id, device, clock.now());
  }
});

/** The store's answers take turns of the event loop that the clock knows nothing of. */
async function turns(clock: FakeClock): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(10);
  }
}
