import { expect, test } from 'vitest';
import { systemClock, withDeadline } from '#shared/runtime/clock.ts';
import { FakeClock } from '#test/support/fake-clock.ts';

test('work that ends in time gives its value and leaves no sleeper', async () => {
  const clock = new FakeClock();
  const value = await withDeadline(
    clock,
    1000,
    () => new Error('late'),
    async () => 42,
  );
  expect(value).toBe(42);
  expect(clock.sleepers).toBe(0);
});

test('work that is late is told so and the caller gets the deadline error', async () => {
  const clock = new FakeClock();
  let told = false;
  const late = withDeadline(
    clock,
    1000,
    () => new Error('late'),
    (signal) => new Promise(() => signal.addEventListener('abort', () => (told = true))),
  );
  const seen = expect(late).rejects.toThrow('late');
  await clock.advance(1000);
  await seen;
  expect(told).toBe(true);
});

test("the owner's signal ends a wait with the owner's reason", async () => {
  const stop = new AbortController();
  const waiting = withDeadline(
    systemClock,
    60_000,
    () => new Error('late'),
    (signal) => systemClock.sleep(60_000, signal),
    stop.signal,
  );
  stop.abort(new Error('shutting down'));
  await expect(waiting).rejects.toThrow('shutting down');
});
