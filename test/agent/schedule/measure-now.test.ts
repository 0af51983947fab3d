import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createMeasureNow, type MeasureNowOptions } from '#agent/schedule/measure-now.ts';
import type { AgentFrame, TestProgress } from '#shared/wire/uplink.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { measurementAt } from '#test/support/measurements.ts';
import { silentLog } from '#test/support/silent-log.ts';

function scene(runner: MeasureNowOptions['runner'], clock = new FakeClock()) {
  const said: TestProgress[] = [];
  const say = (frame: AgentFrame) => {
    if (frame.type === 'measure_progress' && frame.requestId === 'r1') said.push(frame.progress);
    return true;
  };
  const asked = createMeasureNow({ runner, say, clock, log: silentLog });
  const stop = new AbortController();
  const done = asked.service.run(stop.signal, () => {});
  return {
    said,
    ask: () => asked.take({ type: 'measure_now', requestId: 'r1' }),
    end: async () => {
      stop.abort(new Error('stopping'));
      await done;
    },
  };
}

test('each phase is told at once, its readings twice a second, and the result when it is kept', async () => {
  const clock = new FakeClock();
  const measurement = measurementAt(randomUUID(), clock.now());
  let resumed = 0;
  const at = scene(
    {
      isTesting: false,
      run: async (cause, _signal, _confirms, onProgress = () => {}) => {
        expect(cause).toBe('asked');
        onProgress({ phase: 'latency' });
        for (let reading = 1; reading <= 20; reading += 1) {
          await clock.advance(100);
          const phase = reading <= 10 ? 'download' : 'upload';
          onProgress({ phase, elapsedMs: reading * 100, goodput: 400, streams: 4 });
        }
        onProgress({ phase: 'done' });
        return measurement;
      },
      resume: async () => {
        resumed += 1;
      },
    },
    clock,
  );
  at.ask();
  await expect.poll(() => resumed).toBe(1);
  await at.end();
  const phases = at.said.map(({ phase }) => phase);
  expect(phases).toEqual([
    ...['waiting', 'latency', 'download', 'download', 'upload', 'upload', 'done'],
  ]);
  expect(at.said.at(-1)).toEqual({ phase: 'done', measurementId: measurement.id });
});

test('never two tests at once, none while stopping, and a failure is told', async () => {
  const run = () => Promise.reject(new Error('the disk is full'));
  const busy = scene({ isTesting: true, run, resume: async () => {} });
  busy.ask();
  await busy.end();
  expect(busy.said).toMatchObject([
    { phase: 'refused', reason: expect.stringMatching(/under way/) },
  ]);
  busy.ask();
  expect(busy.said).toHaveLength(1);
  const broken = scene({ isTesting: false, run, resume: async () => {} });
  broken.ask();
  await broken.end();
  expect(broken.said).toMatchObject([
    { phase: 'waiting' },
    { phase: 'refused', reason: 'the disk is full' },
  ]);
});
