import { expect, test } from 'vitest';
import type { Progress } from '#agent/health/liveness.ts';
import { createLivenessService } from '#agent/health/liveness-service.ts';
import { type Notice, openServiceManager } from '#agent/health/service-manager.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { FakeClock } from '#test/support/fake-clock.ts';

const MINUTE_MS = 60_000;

function bench(watchdogMs?: number) {
  const clock = new FakeClock();
  const told: Notice[] = [];
  let moves = true;
  let settled = 0;
  const progress = (): Progress => {
    if (moves) settled += 1;
    const uplink = { isConnected: true, changedMs: 0, answeredMs: clock.monotonicMs() };
    return { uplink, timetable: { turns: 0 }, isTesting: false, statusesSettled: settled };
  };
  const tell = async (notice: Notice) => {
    told.push(notice);
  };
  const service = createLivenessService({
    ...{ progress, clock, statusText: () => 'connected' },
    manager: watchdogMs === undefined ? { tell } : { tell, watchdogMs },
  });
  const stop = new AbortController();
  const over = service.run(stop.signal, () => {});
  over.catch(() => {});
  const hang = () => {
    moves = false;
  };
  return { clock, told, hang, over, stop: () => stop.abort(new Error('stopping')) };
}

test('it is told at once and then each minute, or three times in a shorter watchdog', async () => {
  const usual = bench();
  await usual.clock.advance(10 * MINUTE_MS);
  expect(usual.told).toHaveLength(11);
  expect(usual.told[0]).toEqual({ READY: '1', WATCHDOG: '1', STATUS: 'connected' });
  usual.stop();
  await usual.over;
  expect(usual.clock.sleepers).toBe(0);
  const short = bench(MINUTE_MS);
  await short.clock.advance(MINUTE_MS);
  expect(short.told).toHaveLength(4);
  short.stop();
  await short.over;
});

test('when a part stands still, nothing more is told and the agent ends, naming it', async () => {
  const { clock, told, hang, over } = bench();
  await clock.advance(10 * MINUTE_MS);
  hang();
  await clock.advance(30 * MINUTE_MS);
  await expect(over).rejects.toThrow(/no progress of status/);
  const before = told.length;
  await clock.advance(60 * MINUTE_MS);
  expect(told).toHaveLength(before);
  expect(clock.sleepers).toBe(0);
});

test('a manager that cannot be told is logged once, and stops nothing', async () => {
  let logged = '';
  const log = createLogger({
    ...{ level: 'info', format: 'text', clock: new FakeClock() },
    write: (text) => {
      logged += text;
    },
  });
  const env = { NOTIFY_SOCKET: '/nowhere/notify', WATCHDOG_USEC: '6000000', PATH: '/nowhere' };
  const manager = openServiceManager(env, 7, log);
  await manager.tell({ WATCHDOG: '1' });
  await manager.tell({ WATCHDOG: '1' });
  expect(logged.match(/cannot be told/g)).toHaveLength(1);
  expect(manager.watchdogMs).toBe(6_000);
  expect(openServiceManager({ ...env, WATCHDOG_PID: '8' }, 7, log).watchdogMs).toBeUndefined();
  expect(openServiceManager({}, 7, log).watchdogMs).toBeUndefined();
});
