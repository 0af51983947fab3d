import { expect, test } from 'vitest';
import { systemClock } from '#shared/runtime/clock.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { aborted, runGroup, type Service } from '#shared/runtime/service.ts';

function recorder() {
  const events: string[] = [];
  const lines: string[] = [];
  const log = createLogger({
    level: 'debug',
    format: 'json',
    clock: systemClock,
    write: (line) => lines.push(line),
  });
  const service = (name: string): Service => ({
    name,
    run: async (signal, ready) => {
      events.push(`${name} up`);
      ready();
      await aborted(signal);
      events.push(`${name} down`);
    },
  });
  return { events, lines, log, service };
}

test('services start in order and stop in reverse', async () => {
  const { events, log, service } = recorder();
  const stop = new AbortController();
  await runGroup([service('store'), service('gateway')], {
    signal: stop.signal,
    stopDeadlineMs: 1000,
    clock: systemClock,
    log,
    onReady: () => stop.abort(),
  });
  expect(events).toEqual(['store up', 'gateway up', 'gateway down', 'store down']);
});

test('a service that fails stops the others and is the reason given', async () => {
  const { events, log, service } = recorder();
  const broken: Service = {
    name: 'broken',
    run: () => Promise.reject(new Error('no disk')),
  };
  const group = runGroup([service('store'), broken, service('never')], {
    signal: new AbortController().signal,
    stopDeadlineMs: 1000,
    clock: systemClock,
    log,
  });
  await expect(group).rejects.toThrow('no disk');
  expect(events).toEqual(['store up', 'store down']);
});

test('a service that ends on its own is a failure of the group', async () => {
  const { log, service } = recorder();
  const short: Service = {
    name: 'short',
    run: async (_signal, ready) => ready(),
  };
  await expect(
    runGroup([service('store'), short], {
      signal: new AbortController().signal,
      stopDeadlineMs: 1000,
      clock: systemClock,
      log,
    }),
  ).rejects.toThrow('short ended on its own');
});

test('a service that hangs is named and left behind at the deadline', async () => {
  const { events, lines, log, service } = recorder();
  const stop = new AbortController();
  const hanging: Service = {
    name: 'hanging',
    run: (_signal, ready) => {
      ready();
      return new Promise(() => {});
    },
  };
  await runGroup([service('store'), hanging], {
    signal: stop.signal,
    stopDeadlineMs: 20,
    clock: systemClock,
    log,
    onReady: () => stop.abort(),
  });
  expect(lines.join('')).toContain('"service":"hanging"');
  expect(events).toContain('store down');
});
