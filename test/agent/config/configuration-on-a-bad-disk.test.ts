// What the agent says and does with a configuration that its disk does not take.
import { expect, test } from 'vitest';
import { createRemoteConfiguration, TRIAL_MS } from '#agent/config/configuration-service.ts';
import type { ConfigurationState } from '#agent/config/trial.ts';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import type { AgentFrame } from '#shared/wire/uplink.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { silentLog } from '#test/support/silent-log.ts';

const HOME = 'https://home.example';
const MOVED = { collector: 'https://moved.example' };

function scene(state: ConfigurationState = {}) {
  const clock = new FakeClock();
  const said: AgentFrame[] = [];
  const stop = new AbortController();
  const at = { isFull: false, kept: state, reconnects: 0, changes: 0 };
  const remote = createRemoteConfiguration({
    installed: { collector: HOME },
    state,
    save: async (changed) => {
      await Promise.resolve();
      if (at.isFull) throw new Error('ENOSPC: no space left on device');
      at.kept = changed;
    },
    uplink: () => ({
      say: (frame) => said.push(frame) > 0,
      reconnect: () => {
        at.reconnects += 1;
      },
    }),
    onChanged: () => {
      at.changes += 1;
    },
    ...{ clock, log: silentLog },
  });
  const over = remote.service.run(stop.signal, () => {});
  const give = (version: number, configuration: unknown) =>
    remote.take({ type: 'configuration', version, configuration });
  return {
    ...{ at, remote, clock, said, give },
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('stopping'));
      await over;
      expect(clock.sleepers).toBe(0);
    },
  };
}

test.each([
  ['a move', MOVED],
  ['a budget', { budget: { ...DEFAULT_PLAN.budget, dayBytes: 1_000_000 } }],
])('%s that cannot be kept is not used, and the collector hears why', async (_what, wanted) => {
  await using scened = scene();
  const { at, remote, said, give } = scened;
  at.isFull = true;
  give(1, wanted);
  await expect.poll(() => said).toHaveLength(1);
  expect(said[0]).toMatchObject({ version: 1, outcome: 'rolled_back' });
  expect(said[0]).toMatchObject({ reason: expect.stringContaining('no space left') });
  expect(remote.collector()).toBe(HOME);
  expect(remote.version()).toBeUndefined();
  expect(at).toMatchObject({ kept: {}, reconnects: 0, changes: 0 });
  // Given again on a disk that takes it, it is used.
  at.isFull = false;
  give(2, wanted);
  await expect.poll(() => at.changes).toBe(1);
  expect(at.kept.good ?? at.kept.trial).toMatchObject({ version: 2, configuration: wanted });
});

test('a proof that cannot be kept: applied is said when it can be, not before', async () => {
  await using scened = scene();
  const { at, remote, said, give, clock } = scened;
  give(1, { uplink: 'https' });
  await expect.poll(() => at.reconnects).toBe(1);
  expect(at.kept.trial?.version).toBe(1);
  at.isFull = true;
  remote.welcomed();
  // Neither is it taken back: the collector is there.
  await clock.advance(2 * TRIAL_MS);
  expect(said).toEqual([]);
  expect(remote.configuration()).toEqual({ uplink: 'https' });
  at.isFull = false;
  await clock.advance(60_000);
  await expect
    .poll(() => said)
    .toEqual([{ type: 'configuration_result', version: 1, outcome: 'applied' }]);
  expect(at.kept.good?.version).toBe(1);
});

test('a welcome under the one before proves nothing of what is taken just then', async () => {
  await using scened = scene();
  const { at, remote, give } = scened;
  give(1, MOVED);
  remote.welcomed();
  await expect.poll(() => at.reconnects).toBe(1);
  await expect.poll(() => at.kept.trial?.version).toBe(1);
  expect(remote.collector()).toBe(MOVED.collector);
  remote.welcomed();
  await expect.poll(() => at.kept.good?.version).toBe(1);
});

test('moved to a collector that numbers anew: it hears of no number of the other one’s', async () => {
  const offer = { collector: HOME, sha256: 'of what home gave' };
  await using scened = scene({ good: { version: 1, configuration: MOVED, offer } });
  const { remote, said, give } = scened;
  expect(remote.version()).toBeUndefined();
  remote.welcomed();
  const budget = { ...DEFAULT_PLAN.budget, dayBytes: 1_000_000 };
  give(1, { budget });
  await expect.poll(() => said).toHaveLength(1);
  expect(said).toEqual([{ type: 'configuration_result', version: 1, outcome: 'applied' }]);
  expect(remote.configuration()).toEqual({ ...MOVED, budget });
  expect(remote.version()).toBe(1);
});
